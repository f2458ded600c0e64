import Fleet

/// `get --watch`: the listing, then a row for each object that changed, came or went, until interrupted.
struct ListingWatch {
    let look: Look
    let printer: ListingPrinter

    private static let interval = Duration.milliseconds(500)

    func run(from first: Look.Result) async throws {
        var known: [ResourceKey: ObjectListing.Row] = [:]
        var widths: [Kind: [Int]] = [:]
        for part in first.parts {
            let table = printer.table(part.columns, part.rows)
            let headers = printer.showsHeaders && !part.rows.isEmpty
            if part.rows.contains(where: \.isText) {
                print(part.rows)
            } else if !part.rows.isEmpty {
                printer.terminal.table(table, headers: headers)
            }
            widths[part.columns.kind] = table.widths(headers: true)
            for row in part.rows { known[row.key] = row }
        }
        while true {
            let started = ContinuousClock.now
            let next = try await look.take()
            let changes = ListingChanges(from: known, to: next)
            for change in changes.rows { show(change, &widths) }
            known = changes.known
            // A fleet that takes long to read is looked at less often.
            try await Task.sleep(for: max(Self.interval, (ContinuousClock.now - started) * 3))
        }
    }

    private func show(_ change: (columns: ObjectColumns, row: ObjectListing.Row), _ widths: inout [Kind: [Int]]) {
        guard !change.row.isText else { return print([change.row]) }
        let kind = change.columns.kind
        let table = printer.table(change.columns, [change.row])
        printer.terminal.table(table, headers: false, widths: widths[kind])
    }

    /// Each object as a document of its own.
    private func print(_ rows: [ObjectListing.Row]) {
        for row in rows {
            guard case .text(let text) = row.content else { continue }
            Terminal.standardOutput(printer.terminal.format == .yaml ? "---\n" + text : text + "\n")
        }
    }
}

/// What differs between two looks, in the order of the later one, and then what went.
struct ListingChanges {
    private(set) var rows: [(columns: ObjectColumns, row: ObjectListing.Row)] = []
    private(set) var known: [ResourceKey: ObjectListing.Row] = [:]

    init(from before: [ResourceKey: ObjectListing.Row], to after: Look.Result) {
        for part in after.parts {
            for row in part.rows {
                known[row.key] = row
                if before[row.key]?.fingerprint != row.fingerprint { rows.append((part.columns, row)) }
            }
            let gone = before.filter { $0.key.kind == part.columns.kind && known[$0.key] == nil }
            for (_, row) in gone.sorted(by: { $0.key < $1.key }) {
                rows.append((part.columns, row.gone(part.columns)))
            }
        }
    }
}

extension ObjectListing.Row {
    var isText: Bool { if case .text = content { true } else { false } }

    /// The object's last row, with that it no longer exists.
    fileprivate func gone(_ columns: ObjectColumns) -> ObjectListing.Row {
        guard case .cells(var cells) = content else { return self }
        cells[columns.readyColumn] = "-"
        cells[columns.readyColumn + 1] = Table.Cell("Deleted", .yellow)
        var row = self
        row.content = .cells(cells)
        return row
    }
}
