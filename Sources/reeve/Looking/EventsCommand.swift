import ArgumentParser
import Fleet
import FleetStore

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Show what happened, oldest first.",
        discussion: """
            Events that say the same of the same object are one line: `5s (x3 over 2m)`. Events are kept for 7 days. \
            With -o json each event stands for itself.

            Examples:
              reeve events
              reeve events --for node/fra-01 --since 1h
              reeve events --types Warning --watch
              reeve events --for set/prod
              reeve events --for daemon/rack-7

            Exit codes: 0 also when there are none, 5 when the database is not prepared.
            """)

    /// Days; the index on `events` removes them then.
    static let retention: Int64 = 7

    @Option(
        name: .customLong("for"), help: ArgumentHelp("Only of this object; repeatable.", valueName: "kind/id"))
    var objects: [String] = []

    @Option(help: ArgumentHelp("Only Normal or Warning ones.", valueName: "types"))
    var types: String?

    @Option(help: ArgumentHelp("Only those of the last so long, such as 10m.", valueName: "time"))
    var since: TimeSpan?

    @Option(help: "At most the newest so many.")
    var limit = 500

    @Flag(name: [.customShort("w"), .long], help: "Then each new one, until interrupted.")
    var watch = false

    @Flag(help: "No line of column names.")
    var noHeaders = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is at least 1.") }
        _ = try severity()
    }

    func run() async throws {
        let terminal = global.terminal
        let subjects = objects.isEmpty ? nil : try objects.map(subject)
        var query = EventQuery(of: subjects, severity: try severity(), limit: limit)
        try await global.withStore { store in
            let now = try await store.serverTime()
            query.since = since.map { Timestamp(milliseconds: now.milliseconds - $0.duration.wholeMilliseconds) }
            let events = try await store.events(query).sorted(by: Event.precedes)
            if events.isEmpty { _ = try await store.lanes() }
            let widths = show(events, now, terminal)
            if watch {
                try await EventWatch(store: store, query: query, seen: events).run { news, now in
                    showNew(news, now, widths, terminal)
                }
            }
        }
    }

    /// A set is all that follows its slash; a daemon is named by its instance, which no kind's prefix belongs before.
    private func subject(_ word: String) throws -> EventSubject {
        if let name = SetName.stated(in: word), !name.isEmpty { return .set(name) }
        let prefix = "\(EventSubject.daemonKind.lowercased())/"
        guard word.lowercased().hasPrefix(prefix), word.count > prefix.count else {
            return .resource(try ObjectName.key(word))
        }
        return .daemon(String(word.dropFirst(prefix.count)))
    }

    /// Nil: of either type.
    private func severity() throws -> Event.Severity? {
        let wanted = try (types ?? "").split(separator: ",").map { word in
            let severities = [Event.Severity.normal, .warning]
            guard let severity = severities.first(where: { $0.rawValue.lowercased() == word.lowercased() }) else {
                throw ValidationError("`\(word)` is no type of event; there are Normal and Warning.")
            }
            return severity
        }
        let different = Set(wanted)
        return different.count == 1 ? different.first : nil
    }

    /// Gives back the widths of the columns.
    private func show(_ events: [Event], _ now: Timestamp, _ terminal: Terminal) -> [Int] {
        let table = EventTable.table(EventFold.fold(events), now: now)
        switch terminal.format {
        case .json, .yaml:
            if watch {
                for event in events { terminal.value(event.value) }
            } else {
                terminal.value(
                    .members([("items", .list(events.map(\.value))), ("retention_days", .int(Self.retention))]))
            }
        case .name:
            for subject in Set(events.map(\.subject)).sorted() { terminal.line(subject.listed) }
        case .table, .wide:
            if events.isEmpty {
                terminal.note("there are no such events; they are kept for \(Self.retention) days")
            } else {
                terminal.table(table, headers: !noHeaders)
                if terminal.isInteractive { terminal.note("events are kept for \(Self.retention) days") }
            }
        }
        return table.widths(headers: true)
    }

    private func showNew(_ events: [Event], _ now: Timestamp, _ widths: [Int], _ terminal: Terminal) {
        switch terminal.format {
        case .json, .yaml: for event in events { terminal.value(event.value) }
        case .name: for event in events { terminal.line(event.subject.listed) }
        case .table, .wide:
            let folds = events.map { EventFold(event: $0, first: $0.at) }
            terminal.table(EventTable.table(folds, now: now), headers: false, widths: widths)
        }
    }
}

/// Looks for new events twice a second.
struct EventWatch {
    let store: any Store
    var query: EventQuery
    let seen: [Event]

    private static let interval = Duration.milliseconds(500)
    /// An event's time is taken before it is committed, so later ones may be seen first; no commit takes this long.
    private static let overlap: Int64 = 60

    /// Hands over what is new, in order.
    func run(_ show: ([Event], Timestamp) -> Void) async throws {
        var news = EventNews(listed: seen)
        var query = query
        query.limit = 10_000
        while true {
            try await Task.sleep(for: Self.interval)
            let now = try await store.serverTime()
            let from = now.advanced(seconds: -Self.overlap)
            query.since = max(from, self.query.since ?? from)
            let recent = try await store.events(query)
            let events = news.take(recent)
            if !events.isEmpty { show(events, now) }
        }
    }
}

/// Which of the events that overlapping looks find were not shown yet.
struct EventNews {
    private var known: Set<Event>
    /// Until the first look: when the newest event was that a listing showed. What is not later stood before it,
    /// also where a limit cut it off.
    private var listedUntil: Timestamp?

    init(listed events: [Event]) {
        known = Set(events)
        listedUntil = events.map(\.at).max()
    }

    /// The new ones of all that a look found, in order.
    mutating func take(_ recent: [Event]) -> [Event] {
        let news = recent.filter { event in
            if let listedUntil, event.at <= listedUntil { return false }
            return !known.contains(event)
        }
        // What is older than the overlap is not read again, so it need not be known any longer.
        known = Set(recent)
        listedUntil = nil
        return news.sorted(by: Event.precedes)
    }
}

extension Duration {
    var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
