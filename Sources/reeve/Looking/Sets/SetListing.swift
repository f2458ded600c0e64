import Fleet
import FleetStore

/// Prints sets: a table, or one document of all of them.
struct SetListing {
    let terminal: Terminal
    var showsHeaders = true

    func print(_ views: [SetView], now: Timestamp) {
        switch terminal.format {
        case .json, .yaml: terminal.value(.members([("items", .list(views.map { $0.value(now: now) }))]))
        case .name: for view in views { terminal.line("set/\(view.status.name)") }
        case .table, .wide:
            guard !views.isEmpty else { return }
            terminal.table(table(views, now: now), headers: showsHeaders)
        }
    }

    /// Each as a document of its own.
    func printEach(_ views: [SetView], now: Timestamp) {
        for view in views {
            let value = view.value(now: now)
            Terminal.standardOutput(terminal.format == .yaml ? "---\n" + value.yamlText : value.jsonText + "\n")
        }
    }

    func table(_ views: [SetView], now: Timestamp) -> Table {
        let isWide = terminal.format == .wide
        var table = Table(SetListing.headers + (isWide ? SetListing.wideHeaders : []))
        for view in views { table.add(cells(view, now: now) + (isWide ? wideCells(view) : [])) }
        return table
    }

    /// The set's last row, with that it no longer exists.
    func gone(_ view: SetView, now: Timestamp) -> Table {
        var table = table([], now: now)
        var cells = cells(view, now: now) + (terminal.format == .wide ? wideCells(view) : [])
        (cells[1], cells[2]) = (Table.Cell("-"), Table.Cell("Deleted", .yellow))
        table.add(cells)
        return table
    }

    private static let headers = [
        "NAME", "READY", "REASON", "OBJECTS", "FAILED", "HELD", "BLOCKED", "COMMIT", "APPLIED", "SUSPENDED",
    ]
    private static let wideHeaders = [
        "GOING", "KEPT", "BY HAND", "BRANCH", "DIGEST", "DIRECTORY", "SYNCED BY", "MESSAGE",
    ]

    private func cells(_ view: SetView, now: Timestamp) -> [Table.Cell] {
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
            Table.Cell(status.attempted?.shortDigest ?? ""), Table.Cell(status.directory),
            Table.Cell(status.syncedBy), Table.Cell(view.ready.message),
        ]
    }
}
