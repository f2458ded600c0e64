import Metrics
import Testing

@testable import Web

struct MetricRegistryTests {
    private func page(_ registry: MetricRegistry) -> String { FamilyText.page(registry.exposition()) }

    @Test func `what was never counted stands at nought, in order`() {
        let registry = MetricRegistry([
            MetricDeclaration("b_total", .counter, "Second.", series: [[("result", "no")], [("result", "go")]]),
            MetricDeclaration("a", .gauge, "First."),
        ])
        #expect(
            page(registry) == """
                # HELP a First.
                # TYPE a gauge
                a 0
                # HELP b_total Second.
                # TYPE b_total counter
                b_total{result="go"} 0
                b_total{result="no"} 0

                """)
    }

    @Test func `a timer is a histogram of seconds`() {
        let registry = MetricRegistry([MetricDeclaration("work_seconds", .histogram([0.1, 1]), "Work.")])
        let timer = Timer(label: "work_seconds", dimensions: [], factory: registry)
        timer.recordMilliseconds(100)
        timer.recordMilliseconds(500)
        timer.recordSeconds(3)
        #expect(
            page(registry) == """
                # HELP work_seconds Work.
                # TYPE work_seconds histogram
                work_seconds_bucket{le="0.1"} 1
                work_seconds_bucket{le="1"} 2
                work_seconds_bucket{le="+Inf"} 3
                work_seconds_sum 3.6
                work_seconds_count 3

                """)
    }

    @Test(arguments: [
        ("plain", #"x{v="plain"} 1"#), ("a\"b", #"x{v="a\"b"} 1"#), ("back\\slash", #"x{v="back\\slash"} 1"#),
        ("two\nlines", #"x{v="two\nlines"} 1"#), ("Größe \u{301}", "x{v=\"Größe \u{301}\"} 1"),
        // A quote and an accent are one character to Swift, two to Prometheus.
        ("\"\u{301}", "x{v=\"\\\"\u{301}\"} 1"),
    ])
    func `labels are escaped`(value: String, line: String) {
        let registry = MetricRegistry([MetricDeclaration("x", .gauge, "X.", series: [])])
        Gauge(label: "x", dimensions: [("v", value)], factory: registry).record(1)
        #expect(page(registry).unicodeScalars.elementsEqual("# HELP x X.\n# TYPE x gauge\n\(line)\n".unicodeScalars))
    }

    @Test func `a text of help is one line`() {
        let registry = MetricRegistry([MetricDeclaration("x", .gauge, "a\\b\n\"c\"")])
        #expect(page(registry).hasPrefix(#"# HELP x a\\b\n"c""# + "\n"))
    }

    @Test func `names that the format does not take are mended`() {
        let registry = MetricRegistry([])
        Counter(label: "http.server 2", dimensions: [("le", "1"), ("a-b", "2"), ("a.b", "3")], factory: registry)
            .increment()
        #expect(page(registry).hasSuffix("http_server_2{a_b=\"2\",le_=\"1\"} 1\n"))
    }

    @Test(arguments: [(Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (2, "2"), (0.25, "0.25")])
    func `numbers are spelt as the format has them`(value: Double, text: String) {
        let registry = MetricRegistry([MetricDeclaration("x", .gauge, "X.")])
        Gauge(label: "x", factory: registry).record(value)
        #expect(page(registry).hasSuffix("x \(text)\n"))
    }

    @Test func `counters only grow, and add up exactly`() {
        let registry = MetricRegistry([])
        let counter = Counter(label: "n_total", factory: registry)
        counter.increment(by: 9_007_199_254_740_993)
        counter.increment(by: -5)
        let fractions = FloatingPointCounter(label: "f_total", factory: registry)
        fractions.increment(by: 0.5)
        fractions.increment(by: -Double.infinity)
        #expect(page(registry).contains("\nn_total 9007199254740993\n"))
        #expect(page(registry).contains("\nf_total 0.5\n"))
    }

    @Test func `one name is one kind`() {
        let registry = MetricRegistry([MetricDeclaration("x_total", .counter, "X.")])
        Gauge(label: "x_total", factory: registry).record(7)
        Timer(label: "x_total", factory: registry).recordSeconds(7)
        #expect(page(registry) == "# HELP x_total X.\n# TYPE x_total counter\nx_total 0\n")
    }

    @Test func `what is destroyed goes, what is declared stays`() {
        let registry = MetricRegistry([MetricDeclaration("x_total", .counter, "X.")])
        Counter(label: "x_total", factory: registry).destroy()
        let other = Counter(label: "x_total", dimensions: [("a", "b")], factory: registry)
        other.increment()
        #expect(page(registry).hasSuffix("\nx_total 0\nx_total{a=\"b\"} 1\n"))
        other.destroy()
        #expect(page(registry).hasSuffix("\nx_total 0\n"))
    }

    @Test func `nothing is lost between threads`() async {
        let registry = MetricRegistry([MetricDeclaration("h", .histogram([1]), "H.")])
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        Counter(label: "n_total", factory: registry).increment()
                        Meter(label: "m", factory: registry).increment(by: 0.5)
                        Recorder(label: "h", factory: registry).record(1)
                    }
                }
            }
        }
        #expect(page(registry).contains("\nn_total 8000\n"))
        #expect(page(registry).contains("\nm 4000\n"))
        #expect(page(registry).contains("\nh_bucket{le=\"1\"} 8000\n"))
    }

    @Test func `the table is in order: names once, bounds rising`() {
        #expect(Set(MetricCatalogue.all.map(\.name)).count == MetricCatalogue.all.count)
        for metric in MetricCatalogue.all {
            #expect(metric.name.metricName == metric.name)
            #expect(metric.help.hasSuffix("."))
            if case .histogram(let bounds) = metric.kind { #expect(bounds == bounds.sorted()) }
        }
    }
}
