import Fleet

/// A set for people: facts, then a table for each list.
struct SetDescription {
    private let view: SetView
    private let now: Timestamp
    private let terminal: Terminal
    private(set) var text = ""

    private static let listed = 20

    init(_ view: SetView, events: [Event], now: Timestamp, _ terminal: Terminal) {
        (self.view, self.now, self.terminal) = (view, now, terminal)
        writeFacts()
        writeConditions()
        writeDiagnostics()
        writeBlocked()
        write("Set by hand, and kept by every sync", view.tally.overridden.map(\.description))
        write("What it declared, newest last", status.historyTable(now: now, isWide: false))
        let folds = EventFold.fold(events).suffix(Self.listed)
        write("Events", EventTable.table(Array(folds), now: now, showsObject: false))
    }

    private var status: SetStatus { view.status }

    private mutating func writeFacts() {
        text += terminal.styled("Set/\(status.name.printable)", .bold) + "\n"
        let (tally, counts) = (view.tally, status.counts)
        let retry = status.nextRetry.map { $0 > now ? "in \(Age.text(from: now, to: $0))" : "now" }
        let facts: [(String, String?)] = [
            ("Directory", status.directory), ("Synced by", status.syncedBy),
            ("Attempted", status.attempted.map { shown($0, "tried first") }),
            ("Applied", status.applied.map { shown($0, "applied") } ?? "never"),
            ("Generation", "\(status.generation)"),
            (
                "Owns",
                "\(tally.objects) resources: \(tally.ready) ready, \(tally.objects - tally.going - tally.ready) not, "
                    + "\(tally.going) going"
            ),
            (
                "Manifests",
                "\(counts.declared) valid, \(counts.failed) failed, \(counts.held) held; left it: \(counts.blocked) "
                    + "blocked, \(counts.kept) kept"
            ),
            ("Pinned", status.pin.map(shown)),
            ("Failures", status.attempts.map { "\($0) in a row, next attempt \(retry ?? "unknown")" }),
        ]
        let known = facts.compactMap { fact in fact.1.map { (fact.0, $0) } }
        let width = known.map { $0.0.count }.max() ?? 0
        for (name, value) in known {
            text += "\(name):" + String(repeating: " ", count: width - name.count + 2) + value.printable + "\n"
        }
    }

    private func shown(_ snapshot: SetSnapshot, _ word: String) -> String {
        let branch = snapshot.branch.map { " of \($0)" } ?? ""
        let commit = snapshot.commit.map { "commit \($0)\(branch), " } ?? ""
        return "\(commit)digest \(snapshot.shortDigest), \(snapshot.documents) documents in \(snapshot.files) "
            + "files, \(word) \(Age.text(from: snapshot.at, to: now)) ago"
    }

    private func shown(_ pin: SetPin) -> String {
        "\(pin.keys.count) resources stay as \(pin.by) took them back \(Age.text(from: pin.at, to: now)) ago, until the "
            + "directory changes"
    }

    private mutating func writeConditions() {
        var table = Table(["TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"])
        for condition in view.conditions(now: now) {
            table.add([
                Table.Cell(condition.type.rawValue),
                Table.Cell(
                    condition.status.rawValue, condition.type.isListedOnlyWhenTrue ? .yellow : condition.status.style),
                // Nobody keeps since when a set is ready.
                Table.Cell(condition.type == .ready ? "" : Age.text(from: condition.lastTransition, to: now)),
                Table.Cell(condition.reason), Table.Cell(condition.message),
            ])
        }
        write("Conditions", table)
    }

    private mutating func writeDiagnostics() {
        write("Diagnostics", status.diagnostics.map(\.description), most: SetStatus.mostDiagnostics)
    }

    private mutating func writeBlocked() {
        guard let blocked = status.blocked else { return }
        write("Held back from being deleted", blocked.objects.map(\.key.description), most: blocked.objects.count)
        for rename in blocked.renames.prefix(Self.listed) {
            text += "  \(rename.new) seems to be \(rename.old): metadata.moved_from: \(rename.old.id)\n"
        }
        text +=
            blocked.reason.canBeApproved
            ? "  to delete exactly these: \(blocked.approval(ofSet: status.name).printable)\n"
            : "  it can't be approved: \(blocked.message.printable)\n"
    }

    private mutating func write(_ title: String, _ table: Table) {
        guard !table.rows.isEmpty else { return }
        let lines = table.text(headers: true) { terminal.styled($0, $1) }
        text += "\n" + terminal.styled(title, .bold) + "\n"
        for line in lines.split(separator: "\n") { text += "  \(line)\n" }
    }

    private mutating func write(_ title: String, _ lines: [String], most: Int = listed) {
        guard !lines.isEmpty else { return }
        text += "\n" + terminal.styled(title, .bold) + "\n"
        for line in lines.prefix(most) { text += "  \(line.printable)\n" }
        if lines.count > most { text += "  … and \(lines.count - most) more\n" }
    }
}
