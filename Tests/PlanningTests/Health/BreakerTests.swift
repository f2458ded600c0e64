import Fleet
import Testing

@testable import Planning

struct BreakerTests {
    private let noon = Timestamp(milliseconds: 1_767_225_600_000)

    struct Case: Sendable {
        var unhealthy: Int64
        var nodes: Int64
        var isExceeded: Bool
    }

    @Test(arguments: [
        Case(unhealthy: 1, nodes: 1, isExceeded: false),  // A single node is no crowd.
        Case(unhealthy: 1, nodes: 2, isExceeded: false),
        Case(unhealthy: 2, nodes: 2, isExceeded: true),
        Case(unhealthy: 2, nodes: 5, isExceeded: false),  // Exactly 40 %.
        Case(unhealthy: 3, nodes: 5, isExceeded: true),
        Case(unhealthy: 3, nodes: 6, isExceeded: false),  // Half, but few.
        Case(unhealthy: 4, nodes: 6, isExceeded: true),
        Case(unhealthy: 4, nodes: 10, isExceeded: false),
        Case(unhealthy: 5, nodes: 10, isExceeded: true),  // SCALING's row.
        Case(unhealthy: 400, nodes: 1000, isExceeded: false),
        Case(unhealthy: 401, nodes: 1000, isExceeded: true),
        Case(unhealthy: 0, nodes: 0, isExceeded: false),
    ])
    func `it opens for more than a few that are more than two fifths`(_ row: Case) {
        #expect(Breaker.isExceeded(unhealthy: row.unhealthy, of: row.nodes) == row.isExceeded)
    }

    @Test func `it closes after two healthy minutes without a break, and a look twice changes nothing`() throws {
        var timers: PoolHealth?
        var again: Timestamp?
        func look(_ seconds: Int64, _ unhealthy: Int64) {
            let now = noon.advanced(seconds: seconds)
            (timers, again) = Breaker.step(timers, unhealthy: unhealthy, of: 10, now: now)
            let once = timers
            #expect(Breaker.step(timers, unhealthy: unhealthy, of: 10, now: now).timers == once)
        }
        look(0, 4)
        #expect(timers == nil)
        look(10, 5)
        #expect(timers == PoolHealth(openSince: noon.advanced(seconds: 10)))
        look(20, 4)
        #expect(again == noon.advanced(seconds: 140))
        look(100, 6)
        #expect(timers?.wellSince == nil)
        look(110, 0)
        look(229, 0)
        #expect(timers?.openSince != nil)
        look(230, 0)
        #expect(timers == PoolHealth())
        #expect(again == nil)
    }

    @Test func `whatever is looked at, it is open only after an excess and closes only after two minutes`() {
        for seed in UInt64(1)...50 {
            var generator = SeededGenerator(seed: seed)
            var (timers, lastExcess, now): (PoolHealth?, Timestamp?, Timestamp) = (nil, nil, noon)
            for _ in 0..<200 {
                now = now.advanced(seconds: Int64.random(in: 1...90, using: &generator))
                let nodes = Int64.random(in: 0...20, using: &generator)
                let unhealthy = Int64.random(in: 0...max(0, nodes), using: &generator)
                let wasOpen = timers?.openSince != nil
                timers = Breaker.step(timers, unhealthy: unhealthy, of: nodes, now: now).timers
                let isOpen = timers?.openSince != nil
                if Breaker.isExceeded(unhealthy: unhealthy, of: nodes) {
                    lastExcess = now
                    #expect(isOpen)
                } else if wasOpen, !isOpen {
                    #expect(lastExcess.map { now.seconds(since: $0) > Breaker.healthySeconds } ?? false)
                } else {
                    #expect(wasOpen == isOpen)
                }
            }
        }
    }
}
