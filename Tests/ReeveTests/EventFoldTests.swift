import Fleet
import Testing

@testable import reeve

struct EventFoldTests {
    private func event(
        _ number: Int64, ago seconds: Int64, _ reason: String = "DriftCorrected", _ message: String = "m",
        id: String = "node_a", severity: Event.Severity = .warning
    ) -> Event {
        Event(
            key: ResourceKey(.node, id), firstRevision: 1, number: number, severity: severity, reason: reason,
            message: message, at: Sample.now.advanced(seconds: -seconds))
    }

    @Test func `what says the same of the same object is one line with its count and span`() {
        let folds = EventFold.fold([event(3, ago: 5), event(1, ago: 130), event(2, ago: 60)])
        #expect(folds.map { $0.lastSeen(Sample.now) } == ["5s (x3 over 2m)"])
        #expect(folds.first?.event.number == 3)
    }

    @Test func `one event alone shows no count`() {
        #expect(EventFold.fold([event(1, ago: 7)]).map { $0.lastSeen(Sample.now) } == ["7s"])
    }

    @Test(arguments: [
        ("another reason", "Other", "m", "node_a", Event.Severity.warning),
        ("another message", "DriftCorrected", "n", "node_a", .warning),
        ("another object", "DriftCorrected", "m", "node_b", .warning),
        ("another severity", "DriftCorrected", "m", "node_a", .normal),
    ])
    func `what says something else is not folded`(
        case name: String, reason: String, message: String, id: String, severity: Event.Severity
    ) {
        let other = event(2, ago: 1, reason, message, id: id, severity: severity)
        #expect(EventFold.fold([event(1, ago: 2), other]).map(\.count) == [1, 1], "\(name)")
    }

    @Test func `the order is the same whatever order they were read in`() {
        // Ten and nine at one instant: numbers count, not their digits.
        let events = [
            event(10, ago: 5, "A"), event(9, ago: 5, "B"), event(1, ago: 5, "C", id: "node_0"), event(2, ago: 9, "D"),
        ]
        let wanted = ["D", "C", "B", "A"]
        #expect(EventFold.fold(events).map(\.event.reason) == wanted)
        #expect(EventFold.fold(events.reversed()).map(\.event.reason) == wanted)
    }

    @Test func `what a limit cut off is not news, what came since is, once`() {
        let (old, cut, listed) = (event(1, ago: 9), event(2, ago: 5, id: "node_0"), event(3, ago: 5))
        var news = EventNews(listed: [listed])
        let (new, newer) = (event(4, ago: 2), event(5, ago: 1))
        #expect(news.take([newer, old, listed, new, cut]) == [new, newer])
        // Committed late: its time lies before what was shown.
        let late = event(6, ago: 3)
        #expect(news.take([old, cut, listed, new, late, newer]) == [late])
        #expect(news.take([late, new]) == [])
    }

    @Test func `the documented JSON of an event`() {
        var drifted = event(1, ago: 0)
        drifted.drift = [Event.Drift(field: "name", found: nil, declared: .string("x"))]
        let members = drifted.value.jsonText
        #expect(members.contains("\"drift\": ["))
        #expect(drifted.value.member("drift")?.list?.first?.member("found") == .null)
        #expect(drifted.value.member("type") == .string("Warning"))
        #expect(event(1, ago: 0).value.member("drift") == nil)
    }
}
