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
        let isOver = outage.ended(began: now, now: now)
        #expect(isOver)
        #expect(!outage.isOn)
        #expect((375...500).contains(fail()))
    }

    @Test mutating func `what began before the pause was over makes no further one`() throws {
        let began = now
        let first = outage.failed(began: began, now: now)
        let end = try #require(first)
        now = end.advanced(seconds: 2)
        let again = outage.failed(began: began, now: now)
        #expect(again == end)
        let probe = outage.failed(began: end, now: now)
        #expect(try #require(probe) > now, "a probe that fails is news")
    }

    @Test mutating func `what began before the store was back makes no pause when it fails after that`() {
        let began = now
        fail()
        now = now.advanced(seconds: 5)
        let isOver = outage.ended(began: now, now: now)
        #expect(isOver)
        let late = outage.failed(began: began, now: now.advanced(seconds: 1))
        #expect(late == nil)
        #expect(!outage.isOn)
        let news = outage.failed(began: now, now: now.advanced(seconds: 1))
        #expect(news != nil)
    }

    @Test mutating func `what began before the store was away does not end the pause`() {
        let began = now.advanced(seconds: -1)
        fail()
        let early = outage.ended(began: began, now: now)
        #expect(!early)
        #expect(outage.isOn)
        let over = outage.ended(began: now, now: now)
        #expect(over)
        let again = outage.ended(began: now, now: now)
        #expect(!again, "it was not away")
    }

    /// A probe when the pause is over; returns the next pause.
    @discardableResult
    private mutating func fail() -> Int64 {
        let end = outage.failed(began: now, now: now) ?? now
        defer { now = end }
        return end.milliseconds - now.milliseconds
    }
}
