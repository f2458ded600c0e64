import Fleet
import Planning
import Testing

@testable import reeve

struct HistoryTests {
    private let now = Sample.now

    private func pool(_ generation: Int64, most: Int64, first: Int64, revision: Int64, name: String = "render")
        -> Desired
    {
        var desired = Sample.pool(name, generation: generation)
        desired.declaration.spec[PoolLeaf.maxNodes] = .int(most)
        desired.declaration.source = SourceLocation(file: "fleet/pools.yaml", line: 12, column: 1)
        desired.commit = "0123456789abcdef0123"
        (desired.firstRevision, desired.revision) = (first, revision)
        return desired
    }

    /// Declared, changed, deleted, and declared again; then marked.
    private var history: ResourceHistory {
        let first = pool(1, most: 10, first: 3, revision: 3)
        var second = pool(2, most: 20, first: 3, revision: 5)
        second.declaration.name = "render-eu"
        second.deletion = DeletionMark(by: "bob", at: now)
        var again = pool(1, most: 30, first: 9, revision: 9)
        again.deletion = DeletionMark(by: "eve", at: now.advanced(seconds: -60))
        return ResourceHistory(
            DeclarationTimeline(
                first.key,
                former: [
                    StoredRevision(first, replacedAt: now.advanced(seconds: -500), replacedRevision: 5),
                    StoredRevision(second, replacedAt: now.advanced(seconds: -400), removedRevision: 7),
                ], current: again))
    }

    @Test func `a table shows each generation and the ends between them`() {
        let text = history.table(now: now, isWide: false).text(headers: true) { text, _ in text }
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(
            lines == [
                "GENERATION REVISION WHEN BY SOURCE COMMIT CHANGE",
                "1 3 10m cli/ops fleet/pools.yaml:12 0123456789 declared",
                "2 5 8m cli/ops fleet/pools.yaml:12 0123456789 metadata.name, spec.max_nodes",
                "- 7 6m bob - - deleted",
                "1 9 10m cli/ops fleet/pools.yaml:12 0123456789 declared again",
                "- - 60s eve - - being deleted",
            ])
    }

    @Test func `the changes come as diffs of manifests`() {
        let plain = Terminal(format: .table, noColor: true, verbose: false)
        let text = history.diffs(now: now, plain)
        #expect(
            text.contains(
                """
                NodePool/pool_render: generation 2, revision 5, 8m ago by cli/ops (fleet/pools.yaml:12, commit 0123456789)
                --- generation 1
                +++ generation 2
                """))
        #expect(text.contains("-  max_nodes: 10\n+  max_nodes: 20\n"))
        #expect(
            text.contains("NodePool/pool_render: deleted, revision 7, 6m ago by bob\n--- generation 2\n+++ nothing\n"))
    }

    @Test func `what a generation changed is not told once the one before is given up`() {
        let history = ResourceHistory(
            DeclarationTimeline(
                Sample.pool().key, former: [], current: pool(25, most: 30, first: 3, revision: 60)))
        #expect(
            history.entries.map { $0.change(isAgain: false, atMost: 3) } == [
                "(the generation before is no longer kept)"
            ])
        let item = history.value(showsDiffs: true)
        #expect(!item.jsonText.contains("\"fields\""))
        #expect(item.jsonText.contains("\"generation\": 25"))
    }

    @Test(
        arguments: [
            ("set/fleet", .set("fleet")), ("Sets/a/b.d", .set("a/b.d")), ("set//srv/fleet", .set("/srv/fleet")),
            ("pool/render", .resource(ResourceKey(.nodePool, "pool_render"))),
            ("node_fra-01", .resource(ResourceKey(.node, "node_fra-01"))), ("set/", nil), ("fleet", nil),
            ("cluster/x", nil),
        ] as [(String, RevertSubject?)])
    func `an object is named by kind and id, a set by all behind the first slash`(
        word: String, expected: RevertSubject?
    ) {
        #expect((try? RevertSubject(word)) == expected)
    }

    @Test func `a set's snapshots say which is taken back`() {
        var status = SetStatus("fleet", directory: "/srv/fleet", syncedBy: "sync/a")
        for (number, digest) in ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"].enumerated() {
            let snapshot = SetSnapshot(
                digest: digest, commit: number == 0 ? nil : "c0ffee", branch: number == 0 ? nil : "main", files: 2,
                documents: 5, at: now.advanced(seconds: -600))
            status.records.append(
                SetRecord(
                    snapshot: snapshot, before: 1, after: 2, created: 5, configured: 4, deleted: 3, by: "sync/a"))
        }
        func lines() -> [String] {
            status.historyTable(now: now, isWide: false).text(headers: false) { text, _ in text }
                .split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        }
        #expect(
            lines() == [
                "10m - - aaaaaaaaaaaa 5 4 3 sync/a -", "10m c0ffee main bbbbbbbbbbbb 5 4 3 sync/a applied last",
            ])
        #expect(status.pinNote(now: now) == nil)
        status.pin = SetPin(
            digest: "bbbbbbbbbbbbbbbb", keys: [Sample.pool().key], by: "ann", at: now.advanced(seconds: -120))
        #expect(lines().last == "10m c0ffee main bbbbbbbbbbbb 5 4 3 sync/a taken back")
        #expect(
            status.pinNote(now: now)
                == "ann took back 1 resource of snapshot bbbbbbbbbbbb 2m ago: pinned until another snapshot arrives")
        #expect(status.historyValue.jsonText.contains("\"pinned\": true"))
    }
}
