import Fleet
import FleetStore
import Foundation
import NIOHTTP1
import Testing

@testable import Web

struct MetricsPageTests {
    static func page(_ store: ScannedStore, _ metrics: DaemonMetrics = DaemonMetrics()) -> MetricsPage {
        MetricsPage(
            metrics, fleet: FleetFigures(store, metrics: metrics), version: "1.2.3",
            access: ReadAccess(listeningOn: "127.0.0.1", isLoopback: true))
    }

    @Test func `the page holds everything, and the process' own figures are true`() async throws {
        let store = ScannedStore([.made(.nodePool, "pool_a", [(.ready, .yes, "Ready", "")])])
        try await Serving.run([Self.page(store).add(to:)]) { server in
            let answer = try await server.get("/metrics")
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "content-type") == "text/plain; version=0.0.4; charset=utf-8")
            let value = { (name: String) -> Double? in
                let line = answer.text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
                return line.flatMap { Double($0.dropFirst(name.count + 1)) }
            }
            #expect(try #require(value("process_resident_memory_bytes")) > 1_000_000)
            #expect(try #require(value("process_cpu_seconds_total")) > 0)
            #expect(try #require(value("process_open_fds")) > 3)
            #expect(try #require(value("process_max_fds")) > 10)
            #expect(try #require(value("process_threads")) > 1)
            let age = Date().timeIntervalSince1970 - (try #require(value("process_start_time_seconds")))
            #expect(age > -5 && age < 86_400)
            #expect(value("reeve_build_info{version=\"1.2.3\"}") == 1)
            #expect(value("reconcile_total{result=\"changed\"}") == 0)
            #expect(answer.text.contains(#"type="Ready"} 1"#))
            let names = answer.text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
            #expect(names == names.sorted() && Set(names).count == names.count)
        }
    }

    @Test func `without the store, what the daemon itself counts is still there`() async throws {
        let store = ScannedStore()
        store.set { $0.fault = .unavailable("away") }
        try await Serving.run([Self.page(store).add(to:)]) { server in
            let text = try await server.get("/metrics").text
            #expect(text.contains("\nresource_scan_failures_total 1\n"))
            #expect(text.contains("\nworkqueue_depth 0\n"))
            #expect(!text.contains("resource_condition"))
        }
    }
}
