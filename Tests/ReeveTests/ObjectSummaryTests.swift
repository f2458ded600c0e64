import Fleet
import FleetStore
import Testing

@testable import reeve

struct ObjectSummaryTests {
    private func summary(_ desired: Desired, _ status: ResourceStatus?) -> ObjectSummary {
        ObjectSummary(Sample.row(desired, status), now: Sample.now)
    }

    @Test func `what nobody looked at yet is pending, not well`() {
        let summary = summary(Sample.node(), nil)
        #expect(summary.ready == .unknown)
        #expect(summary.reason == "Pending")
    }

    @Test func `a newer generation is pending while the old one still works`() {
        let node = Sample.node(generation: 3)
        let summary = summary(
            node, Sample.status(of: node, observed: 2, [Sample.condition(.ready, .yes, "HeartbeatFresh")]))
        #expect(summary.ready == .yes)
        #expect(summary.reason == "Pending")
    }

    @Test func `why it is stalled comes first`() {
        let node = Sample.node()
        let status = Sample.status(
            of: node, observed: 2,
            [Sample.condition(.ready, .no, "NotSynced"), Sample.condition(.stalled, .yes, "NameTaken")])
        #expect(summary(node, status).reason == "NameTaken")
    }

    @Test func `a pause by hand is shown at once, with who, why and until when`() {
        var node = Sample.node()
        node.overrides.suspend = Suspension(reason: "disk", by: "ops", until: Sample.now.advanced(seconds: 60))
        #expect(summary(node, nil).suspended?.hasPrefix("disk (by ops until 2023-") == true)
        node.overrides.suspend?.until = Sample.now
        #expect(summary(node, nil).suspended == nil)
    }

    @Test func `a pool's pause is inherited`() {
        let node = Sample.node()
        let condition = Sample.condition(.suspended, .yes, "PoolSuspended", "move (by ops)")
        #expect(summary(node, Sample.status(of: node, observed: 2, [condition])).suspended == "pool: move (by ops)")
    }

    @Test(arguments: [
        (Sample.condition(.drifted, .yes, "FieldsChanged"), "FieldsChanged"),
        (Sample.condition(.synced, .yes, "DriftIgnored"), "Ignored"),
        (Sample.condition(.synced, .yes, "AsDeclared"), nil),
    ])
    func `drift that is left is shown`(condition: Condition, drift: String?) {
        let node = Sample.node()
        #expect(summary(node, Sample.status(of: node, observed: 2, [condition])).drift == drift)
    }

    @Test func `every row has a cell for each header, whatever the kind`() {
        for kind in Kind.allCases {
            for isWide in [false, true] {
                let columns = ObjectColumns(kind: kind, isWide: isWide, labels: ["team"])
                let row = ScanRow(key: ResourceKey(kind, kind.idPrefix + "x"), desired: nil, observed: nil, status: nil)
                #expect(columns.cells(row, now: Sample.now).count == columns.headers.count)
                #expect(columns.headers[columns.readyColumn] == "READY")
            }
        }
    }
}
