import Fleet
import MemoryStore
import Planning
import Testing

@testable import Engine

/// What the probes answer, by a clock that the test moves.
struct DaemonProgressTests {
    private let clock = SteppedClock()

    private func leading() -> (progress: DaemonProgress, lanes: Lanes) {
        let lanes = Lanes(count: 2, clock: clock, bulk: 16)
        let progress = DaemonProgress(clock)
        progress.leads(lanes)
        return (progress, lanes)
    }

    @Test func `on standby, and without work, all is well`() {
        let standby = DaemonProgress(clock)
        let (progress, _) = leading()
        for _ in 0..<10 {
            clock.advance(by: .seconds(30))
            progress.looked()
            progress.lookedAtLoad()
            #expect(progress.fault() == nil)
            #expect(standby.fault() == nil)
        }
    }

    @Test func `work that is due while none is done is a fault, and none once it goes on`() {
        let (progress, lanes) = leading()
        lanes.add(ResourceKey(.node, "node_a"), pool: nil, .change)
        clock.advance(by: .seconds(59))
        progress.looked()
        progress.lookedAtLoad()
        #expect(progress.fault() == nil)
        clock.advance(by: .seconds(2))
        progress.looked()
        progress.lookedAtLoad()
        #expect(progress.fault()?.hasPrefix("work has been due") == true)
        progress.took(batchOn: 0)
        progress.settled(batchOn: 0)
        #expect(progress.fault() == nil)
    }

    @Test func `a batch that does not end is a fault, but not while MongoDB is away`() {
        let (progress, lanes) = leading()
        progress.took(batchOn: 1)
        clock.advance(by: .seconds(60))
        progress.looked()
        progress.lookedAtLoad()
        #expect(progress.fault()?.hasPrefix("a batch has been in hand") == true)
        _ = lanes.pause(began: clock.now())
        #expect(progress.fault() == nil)
        lanes.resume()
        #expect(progress.fault() != nil)
        progress.leads(nil)
        #expect(progress.fault() == nil)
    }

    @Test func `heartbeats that nobody looks at are a fault`() {
        let (progress, _) = leading()
        clock.advance(by: .seconds(61))
        #expect(progress.fault()?.hasPrefix("heartbeats") == true)
    }

    @Test func `a look at the load that does not end is a fault`() {
        let (progress, _) = leading()
        for _ in 0..<7 {
            clock.advance(by: .seconds(10))
            progress.looked()
        }
        #expect(progress.fault()?.hasPrefix("the pools' load was not looked at") == true)
        progress.lookedAtLoad()
        #expect(progress.fault() == nil)
    }

    @Test func `it is ready while it sees the lease`() {
        let progress = DaemonProgress(clock)
        #expect(progress.readiness() != nil)
        progress.sawLease()
        #expect(progress.readiness() == nil)
        clock.advance(by: .seconds(9))
        #expect(progress.readiness() == nil)
        clock.advance(by: .seconds(2))
        #expect(progress.readiness() == "the lease was not seen for 11 s")
    }
}
