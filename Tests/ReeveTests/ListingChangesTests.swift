import Fleet
import FleetStore
import Testing

@testable import reeve

struct ListingChangesTests {
    private var listing: ObjectListing {
        var listing = ObjectListing(format: .table)
        listing.takesFingerprints = true
        return listing
    }

    private func look(_ rows: [ScanRow]) -> Look.Result {
        var view = FleetView()
        for row in rows {
            view.desired[row.key] = row.desired
            view.observed[row.key] = row.observed
            view.status[row.key] = row.status
        }
        let part = listing.list(rows.map(\.key), of: .node, in: view, now: Sample.now)
        var result = Look.Result()
        result.parts = [(listing.columns(.node), part.rows)]
        return result
    }

    private func rows(_ changes: ListingChanges) -> [[String]] {
        changes.rows.map { change in
            guard case .cells(let cells) = change.row.content else { return [] }
            return cells.map(\.text)
        }
    }

    @Test func `only what changed, came or went makes a row`() {
        let (a, b, c) = (Sample.node("a"), Sample.node("b"), Sample.node("c"))
        let first = ListingChanges(from: [:], to: look([Sample.row(a), Sample.row(b)]))
        #expect(first.rows.count == 2)
        var changed = b
        changed.generation = 3
        let second = ListingChanges(from: first.known, to: look([Sample.row(changed), Sample.row(c)]))
        let shown = rows(second)
        #expect(shown.map(\.first) == ["node_b", "node_c", "node_a"])
        #expect(shown.last?.contains("Deleted") == true)
        #expect(ListingChanges(from: second.known, to: look([Sample.row(changed), Sample.row(c)])).rows.isEmpty)
    }

    @Test func `a heartbeat alone is no change`() {
        let node = Sample.node()
        var observed = Sample.observed(node)
        let first = ListingChanges(from: [:], to: look([Sample.row(node, observed: observed)]))
        observed.lastHeartbeat = Sample.now
        #expect(ListingChanges(from: first.known, to: look([Sample.row(node, observed: observed)])).rows.isEmpty)
        observed.status = .string("error")
        #expect(ListingChanges(from: first.known, to: look([Sample.row(node, observed: observed)])).rows.count == 1)
    }
}
