import Testing

@testable import Syncing

struct SettlingTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test func `a change is said after 300 ms of quiet, once`() {
        var settling = Settling(from: start)
        settling.noteChange(at: at(1000))
        #expect(settling.due == at(1300))
        settling.noteChange(at: at(1200))
        #expect(settling.takeHint(at: at(1300)) == false)
        #expect(settling.due == at(1500))
        #expect(settling.takeHint(at: at(1500)) == true)
        #expect(settling.takeHint(at: at(1500)) == false)
        #expect(settling.due == at(31_500))
    }

    @Test func `changes that don't end are said every three seconds`() {
        var settling = Settling(from: start)
        var hints: [Int] = []
        for time in stride(from: 100, through: 7000, by: 100) {
            if settling.takeHint(at: at(time)) { hints.append(time) }
            settling.noteChange(at: at(time))
        }
        #expect(hints == [3100, 6100])
    }

    @Test func `without changes it is time every thirty seconds`() {
        var settling = Settling(from: start)
        #expect(settling.takeHint(at: at(29_999)) == false)
        #expect(settling.takeHint(at: at(30_000)) == true)
        #expect(settling.due == at(60_000))
        // A hint for a change starts the thirty seconds anew; a late one makes up for none.
        settling.noteChange(at: at(40_000))
        #expect(settling.takeHint(at: at(55_000)) == true)
        #expect(settling.due == at(85_000))
    }

    @Test func `a poll comes in time while changes settle`() {
        var settling = Settling(poll: .milliseconds(1000), from: start)
        settling.noteChange(at: at(900))
        #expect(settling.due == at(1000))
        #expect(settling.takeHint(at: at(1000)) == true)
    }
}
