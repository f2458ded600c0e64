import Fleet
import Testing

@testable import Web

struct ReportReadingTests {
    private func read(_ text: String) throws -> Result<[ResourceSample], ReportFaults> {
        ReportReading.read(try JSONReader.read(Array(text.utf8)), of: "node_a")
    }

    @Test func `a report that uses every field is taken whole`() throws {
        let report = try read(
            """
            {"timestamp": "2026-11-22T10:00:00.250Z", "node_id": "node_a",
             "cpu": {"usage_percent": 12.5, "cores": 8, "frequency_mhz": 2400, "load_average": [0.5, 1, 2],
                     "temperature_celsius": -3.5},
             "memory": {"total_bytes": 100, "used_bytes": 60.0, "free_bytes": 10, "cached_bytes": 30,
                        "swap_total_bytes": 0, "swap_used_bytes": 0},
             "disk": {"total_bytes": 9007199254740993, "used_bytes": 1, "free_bytes": 1, "read_iops": 0,
                      "write_iops": 4, "read_throughput_mbps": 0.1, "write_throughput_mbps": 2},
             "network": {"interfaces": [{"name": "eth0", "bytes_in": 1, "bytes_out": 2, "packets_in": 3,
                                         "packets_out": 4, "errors_in": 5, "errors_out": 6}],
                         "total_bytes_in": 1, "total_bytes_out": 2, "packets_in": 3, "packets_out": 4,
                         "errors_in": 0, "errors_out": 0},
             "gpu": {"usage_percent": 100, "memory_used_bytes": 1, "memory_total_bytes": 2,
                     "temperature_celsius": 80}}
            """
        ).get()[0]
        #expect(report.nodeID == "node_a")
        #expect(report.timestamp == Timestamp(rfc3339: "2026-11-22T10:00:00.250Z"))
        #expect(report.values.allSatisfy { $0 != nil })
        #expect(report[MetricLeaf.diskTotal]?.int == 9_007_199_254_740_993)
        #expect(report[MetricLeaf.memoryUsed] == .int(60))
        #expect(report[MetricLeaf.interfaces]?.list?.first?.member("errors_out") == .int(6))
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        var text: String
        var pointer: String
        var words: String
        var testDescription: String { text }

        init(_ text: String, _ pointer: String, _ words: String) {
            self.text = text
            self.pointer = pointer
            self.words = words
        }
    }

    private static let time = #""timestamp":"2026-11-22T10:00:00Z""#

    @Test(arguments: [
        Wrong("1", "", "an object"), Wrong("[]", "", "at least one"), Wrong("{}", "", "`timestamp` is missing"),
        Wrong(#"{"timestamp":"2026-02-30T00:00:00Z"}"#, "/timestamp", "RFC 3339"),
        Wrong(#"{"timestamp":1}"#, "/timestamp", "RFC 3339"),
        Wrong("[{\(time)},{\(time),\"cpu\":[]}]", "/1/cpu", "an object, found an array"),
        Wrong("{\(time),\"node_id\":\"node_b\"}", "/node_id", "`node_a`"),
        // What a report may never set.
        Wrong("{\(time),\"status\":\"active\"}", "/status", "no such field"),
        Wrong("{\(time),\"poot_score\":100}", "/poot_score", "no such field"),
        Wrong("{\(time),\"pool_id\":\"pool_x\"}", "/pool_id", "no such field"),
        Wrong("{\(time),\"last_heartbeat\":\"2026-11-22T10:00:00Z\"}", "/last_heartbeat", "no such field"),
        Wrong("{\(time),\"$set\":{}}", "/$set", "no such field"),
        Wrong("{\(time),\"a/b~c\":{}}", "/a~1b~0c", "no such field"),
        Wrong("{\(time),\"cpu\":{\"usage_percnt\":1}}", "/cpu/usage_percnt", "did you mean `usage_percent`?"),
        Wrong("{\(time),\"cpu\":{\"usage_percent\":100.1}}", "/cpu/usage_percent", "from 0 to 100"),
        Wrong(
            "{\(time),\"cpu\":{\"usage_percent\":\"5\"}}", "/cpu/usage_percent", "a number from 0 to 100, found a text"),
        Wrong("{\(time),\"cpu\":{\"cores\":0}}", "/cpu/cores", "from 1 to 1000000"),
        Wrong("{\(time),\"cpu\":{\"cores\":1.5}}", "/cpu/cores", "a whole number"),
        Wrong("{\(time),\"cpu\":{\"load_average\":[1,2,3,4]}}", "/cpu/load_average", "at most 3"),
        Wrong("{\(time),\"cpu\":{\"load_average\":[1,-2]}}", "/cpu/load_average/1", "from 0"),
        Wrong("{\(time),\"memory\":{\"used_bytes\":-1}}", "/memory/used_bytes", "at least 0"),
        Wrong("{\(time),\"memory\":{\"used_bytes\":1e19}}", "/memory/used_bytes", "a whole number"),
        Wrong("{\(time),\"memory\":{\"used_bytes\":null}}", "/memory/used_bytes", "leave out"),
        Wrong("{\(time),\"network\":{\"interfaces\":[{}]}}", "/network/interfaces/0", "`name` is missing"),
        Wrong("{\(time),\"network\":{\"interfaces\":[{\"name\":\"\"}]}}", "/network/interfaces/0/name", "1 to 100"),
        Wrong("{\(time),\"network\":{\"interfaces\":[{\"name\":\"a\\n\"}]}}", "/network/interfaces/0/name", "control"),
        Wrong(
            "{\(time),\"network\":{\"interfaces\":[{\"name\":\"a\",\"x\":1}]}}", "/network/interfaces/0/x", "no such"),
    ])
    func `what breaks a rule is told with its place`(_ wrong: Wrong) throws {
        guard case .failure(let faults) = try read(wrong.text) else {
            Issue.record("it was taken")
            return
        }
        #expect(faults.faults.map(\.pointer) == [wrong.pointer])
        #expect(faults.faults[0].detail.contains(wrong.words), "\(faults.faults[0].detail)")
    }

    @Test func `all that is wrong is told at once, up to a limit`() throws {
        guard case .failure(let faults) = try read(#"{"cpu":{"cores":-1,"usage_percent":-1},"x":1}"#) else {
            Issue.record("it was taken")
            return
        }
        #expect(Set(faults.faults.map(\.pointer)) == ["", "/x", "/cpu/cores", "/cpu/usage_percent"])
        let many = "[" + (0..<500).map { _ in "{}" }.joined(separator: ",") + "]"
        guard case .failure(let more) = try read(many) else { return }
        #expect(more.faults.count == ReportReading.maximumFaults)
    }

    @Test func `more reports than may come at once are refused`() throws {
        let report = "{\(ReportReadingTests.time)}"
        let thousand = Array(repeating: report, count: 1_000).joined(separator: ",")
        #expect(try read("[\(thousand)]").get().count == 1_000)
        guard case .failure = try read("[\(thousand),\(report)]") else {
            Issue.record("1,001 were taken")
            return
        }
    }

    @Test func `clocks that are too far apart are told`() {
        let now = Timestamp(rfc3339: "2026-11-22T10:00:00Z") ?? Timestamp(milliseconds: 0)
        func faults(_ seconds: Int64, isArray: Bool = false) -> [String] {
            let sample = ResourceSample(nodeID: "node_a", timestamp: now.advanced(seconds: seconds))
            return ReportSkew.faults(of: [sample], isArray: isArray, now: now).map(\.pointer)
        }
        #expect(faults(60).isEmpty)
        #expect(faults(61) == ["/timestamp"])
        #expect(faults(-86_400).isEmpty)
        #expect(faults(-86_401, isArray: true) == ["/0/timestamp"])
    }
}
