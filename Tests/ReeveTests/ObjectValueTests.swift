import Fleet
import FleetStore
import Manifests
import Testing

@testable import reeve

struct ObjectValueTests {
    private func names(_ value: FieldValue?) -> [String] {
        guard case .record(let members) = value else { return [] }
        return members.map(\.name)
    }

    @Test func `the documented shape of a declared object`() {
        let node = Sample.node()
        let status = Sample.status(of: node, observed: 2, [Sample.condition(.ready, .yes, "HeartbeatFresh", "reports")])
        let value = Sample.row(node, status, observed: Sample.observed(node)).value
        #expect(names(value) == ["kind", "metadata", "spec", "status"])
        #expect(value.member("kind") == .string("Node"))
        #expect(names(value.member("metadata")).prefix(4) == ["id", "name", "generation", "revision"])
        #expect(value.member("metadata")?.member("generation") == .int(2))
        #expect(value.member("spec")?.member("hardware_info")?.member("cpu")?.member("cores") == .int(16))
        #expect(names(value.member("spec")?.member("hardware_info")) == ["cpu", "memory"])
        let reported = value.member("status")
        #expect(reported?.member("observed_generation") == .int(2))
        let condition = reported?.member("conditions")?.list?.first
        #expect(
            names(condition) == ["type", "status", "reason", "message", "last_transition_time", "observed_generation"])
        #expect(condition?.member("status") == .string("True"))
    }

    @Test func `an object that nobody reconciled yet has the same shape`() {
        let status = Sample.row(Sample.node()).value.member("status")
        #expect(status?.member("observed_generation") == .int(0))
        #expect(status?.member("conditions") == .list([]))
    }

    @Test func `the status of an earlier declaration under the id is not shown as this one's`() {
        let node = Sample.node()
        var status = Sample.status(of: node, observed: 9, [Sample.condition(.ready, .yes)])
        status.firstRevision = 1
        #expect(Sample.row(node, status).value.member("status")?.member("observed_generation") == .int(0))
    }

    @Test func `an undeclared document is shown as it stands`() {
        let value = Sample.row(nil, observed: Sample.observed(Sample.node())).value
        #expect(value.member("metadata")?.member("declared") == .bool(false))
        #expect(value.member("spec") == .record([]))
        #expect(value.member("observed")?.member("status") == .string("active"))
    }

    @Test func `-o yaml is a manifest that declares the same`() {
        let node = Sample.node()
        let status = Sample.status(of: node, observed: 2, [Sample.condition(.ready, .no, "NotSynced", "a\nb: c")])
        let text = Sample.row(node, status).manifest
        #expect(text.hasPrefix("# generation 2, observed 2\n# Ready: False, NotSynced: a"))
        let loaded = ManifestLoader.load([ManifestFile(path: "x.yaml", bytes: Array(text.utf8))])
        // The sample states less than a node must; what it states is read back.
        #expect(loaded.diagnostics.allSatisfy { $0.rule == "required" || $0.path.contains("hardware_info") })
        #expect(text.contains("pool_id: pool_render\n"))
    }
}
