import Fleet
import Manifests
import Planning

/// A resource's generations as they are shown: one entry for each, and one for each end of a life.
struct ResourceHistory {
    struct Entry {
        enum Event: String {
            case declared, changed, deleted
            /// Marked, and not gone yet.
            case deleting
        }

        var event: Event
        var span: DeclarationTimeline.Span
        /// What it replaced, if that is kept.
        var previous: Desired?
        var at: Timestamp
        var revision: Int64?
        var by: String
    }

    let key: ResourceKey
    private(set) var entries: [Entry] = []

    init(_ timeline: DeclarationTimeline) {
        key = timeline.key
        for span in timeline.spans {
            let desired = span.desired
            let previous = timeline.predecessor(of: span)?.desired
            entries.append(
                Entry(
                    event: desired.generation == 1 ? .declared : .changed, span: span, previous: previous,
                    at: span.beganAt, revision: span.begin ?? desired.revision, by: desired.manager))
            if span.isRemoved, let end = span.endedAt {
                entries.append(
                    Entry(
                        event: .deleted, span: span, previous: desired, at: end, revision: span.end,
                        by: desired.deletion?.by ?? ""))
            } else if span.end == nil, let mark = desired.deletion {
                entries.append(
                    Entry(event: .deleting, span: span, previous: desired, at: mark.at, revision: nil, by: mark.by))
            }
        }
    }

    func table(now: Timestamp, isWide: Bool) -> Table {
        var table = Table(["GENERATION", "REVISION", "WHEN", "BY", "SOURCE", "COMMIT", "CHANGE"])
        for (position, entry) in entries.enumerated() {
            let source = entry.showsSource ? entry.span.desired.declaration.source : nil
            let commit = entry.showsSource ? entry.span.desired.commit : nil
            table.add([
                Table.Cell(entry.generation.map(String.init) ?? ""),
                Table.Cell(entry.revision.map(String.init) ?? ""),
                Table.Cell(Age.text(from: entry.at, to: now)), Table.Cell(entry.by),
                Table.Cell(source.map { "\($0.file):\($0.line)" } ?? ""),
                Table.Cell(commit.map { isWide ? $0 : SetSnapshot.short($0) } ?? ""),
                Table.Cell(entry.change(isAgain: position > 0, atMost: isWide ? .max : 3), entry.style),
            ])
        }
        return table
    }

    /// Each change as a unified diff of manifests, below a line that says whose it is.
    func diffs(now: Timestamp, _ terminal: Terminal) -> String {
        var text = ""
        for (position, entry) in entries.enumerated() {
            let revision = entry.revision.map { ", revision \($0)" } ?? ""
            let head = entry.generation.map { "generation \($0)" } ?? entry.change(isAgain: false, atMost: 0)
            let place = entry.showsSource ? entry.span.desired.place : ""
            let line = "\(key): \(head)\(revision), \(Age.text(from: entry.at, to: now)) ago by \(entry.by)\(place)"
            text += (position == 0 ? "" : "\n") + terminal.styled(line.printable, .bold) + "\n"
            text += entry.diff?(terminal) ?? "(the generation before is no longer kept)\n"
        }
        return text
    }

    /// `{"kind","id","items":[{"event","generation","revision","first_revision","at","by","set","source","commit","fields":
    /// [{"path","old","new"}],"diff"}]}`
    func value(showsDiffs: Bool) -> FieldValue {
        let plain = Terminal(format: .table, noColor: true, verbose: false)
        let items = entries.map { entry -> FieldValue in
            let desired = entry.span.desired
            let fields = entry.differences?.map { difference -> FieldValue in
                .members([
                    ("path", .string(difference.path)), ("old", difference.old ?? .null),
                    ("new", difference.new ?? .null),
                ])
            }
            return .members([
                ("event", .string(entry.event.rawValue)), ("generation", .int(desired.generation)),
                ("revision", entry.revision.map { .int($0) }), ("first_revision", .int(desired.firstRevision)),
                ("at", .timestamp(entry.at)), ("by", .string(entry.by)), ("set", desired.set.map { .string($0) }),
                ("source", entry.showsSource ? desired.declaration.source.map { .string($0.description) } : nil),
                ("commit", entry.showsSource ? desired.commit.map { .string($0) } : nil),
                ("fields", fields.map { .list($0) }),
                ("diff", showsDiffs ? entry.diff.map { .string($0(plain)) } : nil),
            ])
        }
        return .members([
            ("kind", .string(key.kind.rawValue)), ("id", .string(key.id)), ("items", .list(items)),
        ])
    }
}

extension Desired {
    /// Where it was declared, in brackets; empty when that is not known.
    fileprivate var place: String {
        let parts = [
            declaration.source.map { "\($0.file):\($0.line)" }, commit.map { "commit \(SetSnapshot.short($0))" },
        ].compactMap(\.self)
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }
}

extension ResourceHistory.Entry {
    /// Nil for an end.
    var generation: Int64? { showsSource ? span.desired.generation : nil }

    /// Nobody's file deletes.
    var showsSource: Bool { event == .declared || event == .changed }

    /// Nil where what it changed is no longer known.
    var differences: [DeclarationDifference]? {
        switch event {
        case .declared: span.desired.declaration.differences(from: nil)
        case .changed: previous.map { span.desired.declaration.differences(from: $0.declaration) }
        case .deleted, .deleting: []
        }
    }

    /// Nil where there is none to show.
    var diff: ((Terminal) -> String)? {
        let new = ManifestWriter.text(span.desired.declaration)
        let name = "generation \(span.desired.generation)"
        switch event {
        case .declared: return { UnifiedDiff(from: "", to: new).text(oldName: "nothing", newName: name, $0) }
        case .changed:
            guard let previous else { return nil }
            let old = ManifestWriter.text(previous.declaration)
            return {
                UnifiedDiff(from: old, to: new)
                    .text(oldName: "generation \(previous.generation)", newName: name, $0)
            }
        case .deleted, .deleting:
            return { UnifiedDiff(from: new, to: "").text(oldName: name, newName: "nothing", $0) }
        }
    }

    func change(isAgain: Bool, atMost most: Int) -> String {
        switch event {
        case .declared: return isAgain ? "declared again" : "declared"
        case .deleted: return "deleted"
        case .deleting: return "being deleted"
        case .changed:
            guard let differences else { return "(the generation before is no longer kept)" }
            let shown = differences.prefix(most).map(\.path).joined(separator: ", ")
            let more = differences.count - min(differences.count, most)
            return shown + (more > 0 ? " and \(more) more" : "")
        }
    }

    var style: Terminal.Style? {
        switch event {
        case .declared: .green
        case .changed: nil
        case .deleted, .deleting: .red
        }
    }
}
