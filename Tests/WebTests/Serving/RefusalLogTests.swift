import Testing

@testable import Web

struct RefusalLogTests {
    @Test func `each reason, source and node is told once a minute`() {
        let log = KeptLog()
        let refusals = RefusalLog(log.logger)
        let start = ContinuousClock.now
        for second in 0..<61 {
            for source in ["192.0.2.1", "192.0.2.2"] {
                refusals.refused("unauthorized", source: source, now: start + .seconds(second))
            }
            refusals.refused("limited", source: "192.0.2.1", node: "node_a", now: start + .seconds(second))
            refusals.refused("limited", source: "192.0.2.1", node: "node_b", now: start + .seconds(second))
            refusals.refused("full", now: start + .seconds(second))
        }
        #expect(log.lines.count == 10)
        #expect(log.lines.contains("warning a request was refused node=node_b source=192.0.2.1 why=limited"))
        #expect(log.lines.contains("warning a request was refused why=full"))
    }

    @Test func `too many sources are told of together, and their number`() {
        let log = KeptLog()
        let refusals = RefusalLog(log.logger)
        let start = ContinuousClock.now
        for number in 0..<5_000 { refusals.refused("unauthorized", source: "2001:db8::\(number)", now: start) }
        #expect(log.lines.count == 2_001)
        #expect(log.lines.last == "warning requests of many more sources were refused count=1")
        // A minute later the first are forgotten, and others have their line.
        let later = start + .seconds(61)
        for number in 5_000..<8_000 { refusals.refused("unauthorized", source: "2001:db8::\(number)", now: later) }
        #expect(log.lines.count == 4_002)
        // With those that were not told of in the first minute.
        #expect(log.lines.last == "warning requests of many more sources were refused count=3000")
    }
}
