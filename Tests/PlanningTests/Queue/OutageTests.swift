import Fleet
import Planning
import Testing

struct OutageTests {
    private var outage = Outage(seed: 7)
    private var now = Timestamp(milliseconds: 1_767_225_600_000)

    @Test mutating func `pauses in a row double up to their cap, and an answer forgets them`() {
        for full in [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000] as [Int64] {
            let delay = fail()
            #expect(full - full / 4 <= delay && delay <= full)
        }
        #expect(outage.isOn)
        outage.ended()
        #expect(!outage.isOn)
        #expect((375...500).contains(fail()))
    }

    @Test mutating func `what began before the pause was over makes no further one`() {
        let began = now
        let end = outage.failed(began: began, now: now)
        now = end.advanced(seconds: 2)
        #expect(outage.failed(began: began, now: now) == end)
        #expect(outage.failed(began: end, now: now) > now, "a probe that fails is news")
    }

    /// A probe when the pause is over; returns the next pause.
    private mutating func fail() -> Int64 {
        let end = outage.failed(began: now, now: now)
        defer { now = end }
        return end.milliseconds - now.milliseconds
    }
}
