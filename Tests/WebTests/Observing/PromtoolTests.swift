import Fleet
import Foundation
import Metrics
import TestServer
import Testing

@testable import Web

struct PromtoolTests {
    @Test func `the page of metrics passes, whatever stands in it`() async throws {
        let metrics = DaemonMetrics()
        for declaration in MetricCatalogue.all {
            let labels = [("result", "a\\b\"c\nd\u{301}\u{0}")]
            switch declaration.kind {
            case .counter: Counter(label: declaration.name, dimensions: labels, factory: metrics.registry).increment()
            case .gauge: Gauge(label: declaration.name, dimensions: labels, factory: metrics.registry).record(0.1)
            case .histogram:
                Timer(label: declaration.name, dimensions: labels, factory: metrics.registry).recordSeconds(2)
            }
        }
        let store = ScannedStore([
            .made(.nodePool, "pool_a\"\n\\", [(.ready, .no, "Lost", "")]), .made(.node, "node_a"),
        ])
        let page = await FleetFigures(store, metrics: metrics).exposition() + metrics.registry.exposition()
        let text = FamilyText.page(page + ProcessFigures(version: "1").exposition())
        let verdict = try Promtool.run(["check", "metrics"], input: text)
        #expect(verdict.status == 0 && verdict.text.isEmpty, "\(verdict.text)")
    }

    @Test(arguments: [
        ["check", "config", "prometheus.yml"], ["check", "rules", "--lint-fatal", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ])
    func `the examples for Prometheus pass`(arguments: [String]) throws {
        let file = Promtool.example(try #require(arguments.last))
        let verdict = try Promtool.run(arguments.dropLast() + [file])
        #expect(verdict.status == 0, "\(verdict.text)")
    }

    @Test func `alerts ask for metrics and results that there are`() async throws {
        let fleet = await FleetFigures(ScannedStore(), metrics: DaemonMetrics()).exposition().map(\.name)
        var known = Set(fleet + ["up", "pool_nodes", "resource_condition"])
        for metric in MetricCatalogue.all {
            known.insert(metric.name)
            if case .histogram = metric.kind { known.insert(metric.name + "_bucket") }
        }
        let text = try String(contentsOfFile: Promtool.example("alerts.yml"), encoding: .utf8)
        let named = Set(text.matches(of: /([a-z_]+)\{job="reeve"/).map { String($0.1) })
        #expect(named.count > 10)
        #expect(named.subtracting(known).isEmpty)
        let results = Set(MetricCatalogue.all.flatMap(\.series).flatMap(\.self).map(\.1))
        let asked = text.matches(of: /result(?:=|!~)"([a-z|]+)"/).flatMap {
            $0.1.split(separator: "|").map(String.init)
        }
        #expect(Set(asked).isSubset(of: results) && !asked.isEmpty)
    }

    @Test func `every alert is tested`() throws {
        let tests = try String(contentsOfFile: Promtool.example("alerts_test.yml"), encoding: .utf8)
        let rules = try String(contentsOfFile: Promtool.example("alerts.yml"), encoding: .utf8)
        let names = rules.matches(of: /- alert: (\w+)/).map { String($0.1) }
        #expect(!names.isEmpty)
        for name in names { #expect(tests.contains("alertname=\"\(name)\""), "\(name)") }
    }
}
