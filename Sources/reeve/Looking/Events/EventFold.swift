import Fleet

/// Events that say the same of the same object, as one line: `5s (x3 over 2m)`.
struct EventFold: Hashable {
    var event: Event
    var count = 1
    var first: Timestamp

    /// Each of them stands where its last occurrence does in the total order of `Event.precedes`.
    static func fold(_ events: [Event]) -> [EventFold] {
        var folds: [Meaning: EventFold] = [:]
        for event in events.sorted(by: Event.precedes) {
            let meaning = Meaning(event)
            let earlier = folds[meaning]
            folds[meaning] = EventFold(
                event: event, count: (earlier?.count ?? 0) + 1, first: earlier?.first ?? event.at)
        }
        return folds.values.sorted { Event.precedes($0.event, $1.event) }
    }

    func lastSeen(_ now: Timestamp) -> String {
        let last = Age.text(from: event.at, to: now)
        return count == 1 ? last : "\(last) (x\(count) over \(Age.text(from: first, to: now)))"
    }

    private struct Meaning: Hashable {
        let subject: EventSubject
        let severity: Event.Severity
        let reason: String
        let message: String

        init(_ event: Event) {
            subject = event.subject
            severity = event.severity
            reason = event.reason
            message = event.message
        }
    }
}

extension Event {
    /// A total order: by time, and at one time by object and number, whatever order they were read in.
    static func precedes(_ left: Event, _ right: Event) -> Bool {
        if left.at != right.at { return left.at < right.at }
        if left.subject != right.subject { return left.subject < right.subject }
        if left.firstRevision != right.firstRevision { return left.firstRevision < right.firstRevision }
        return left.number < right.number
    }

    var value: FieldValue {
        let drift = drift.map { drift -> FieldValue in
            .members([
                ("field", .string(drift.field)), ("found", drift.found ?? .null), ("declared", drift.declared ?? .null),
            ])
        }
        return .members([
            ("kind", .string(subject.kind)), ("id", .string(subject.id)), ("type", .string(severity.rawValue)),
            ("reason", .string(reason)), ("message", .string(message)), ("at", .timestamp(at)),
            ("drift", drift.isEmpty ? nil : .list(drift)),
        ])
    }
}
