import Fleet
import FleetStore

/// Prints sets: a table, or one document of all of them.
struct SetListing {
    let terminal: Terminal
    let now: Timestamp

    func print(_ views: [SetView], headers: Bool = true) {
        switch terminal.format {
        case .json, .yaml: terminal.value(.members([("items", .list(views.map { $0.value(now: now) }))]))
        case .name: for view in views { terminal.line("set/\(view.status.name)") }
        case .table, .wide:
            guard !views.isEmpty else { return }
            var table = Table(SetListing.headers + (terminal.format == .wide ? SetListing.wideHeaders : []))
            for view in views { table.add(cells(view) + (terminal.format == .wide ? wideCells(view) : [])) }
            terminal.table(table, headers: headers)
        }
    }

    private static let headers = [
        "NAME", "READY", "REASON", "OBJECTS", "FAILED", "HELD", "BLOCKED", "COMMIT", "APPLIED", "SUSPENDED",
    ]
    private static let wideHeaders = [
        "GOING", "KEPT", "BY HAND", "BRANCH", "DIGEST", "DIRECTORY", "SYNCED BY", "MESSAGE",
    ]

    private func cells(_ view: SetView) -> [Table.Cell] {
        let (status, ready) = (view.status, view.ready)
        let blocked = status[.pruneBlocked].map { "\(status.counts.blocked) \($0.reason)" } ?? "0"
        return [
            Table.Cell(status.name), Table.Cell(ready.status.rawValue, ready.status.style), Table.Cell(ready.reason),
            Table.Cell("\(view.tally.ready)/\(view.tally.objects)"),
            Table.Cell("\(status.counts.failed)", status.counts.failed > 0 ? .red : nil),
            Table.Cell("\(status.counts.held)", status.counts.held > 0 ? .yellow : nil),
            Table.Cell(blocked, status.blocked == nil ? nil : .yellow),
            Table.Cell(status.attempted?.shortCommit ?? ""),
            Table.Cell(status.applied.map { Age.text(from: $0.at, to: now) } ?? ""),
            Table.Cell(status.pin.map { "pinned by \($0.by)" } ?? "", .yellow),
        ]
    }

    private func wideCells(_ view: SetView) -> [Table.Cell] {
        let status = view.status
        return [
            Table.Cell("\(view.tally.going)"), Table.Cell("\(status.counts.kept)"),
            Table.Cell("\(view.tally.overridden.count)"), Table.Cell(status.attempted?.branch ?? ""),
            Table.Cell(String(status.attempted?.digest.prefix(12) ?? "")), Table.Cell(status.directory),
            Table.Cell(status.syncedBy), Table.Cell(view.ready.message),
        ]
    }
}
