import Fleet

extension SetStatus {
    /// The snapshots that were applied, newest last.
    func historyTable(now: Timestamp, isWide: Bool) -> Table {
        var table = Table([
            "WHEN", "COMMIT", "BRANCH", "DIGEST", "CREATED", "CONFIGURED", "DELETED", "BY", "NOTE",
        ])
        for (position, record) in records.enumerated() {
            let snapshot = record.snapshot
            let isTakenBack = pin?.digest == snapshot.digest
            let note = isTakenBack ? "taken back" : position == records.count - 1 ? "applied last" : ""
            table.add([
                Table.Cell(Age.text(from: snapshot.at, to: now)),
                Table.Cell((isWide ? snapshot.commit : snapshot.shortCommit) ?? ""),
                Table.Cell(snapshot.branch ?? ""),
                Table.Cell(isWide ? snapshot.digest : String(snapshot.digest.prefix(12))),
                Table.Cell(String(record.created)), Table.Cell(String(record.configured)),
                Table.Cell(String(record.deleted)), Table.Cell(record.by),
                Table.Cell(note, isTakenBack ? .yellow : nil),
            ])
        }
        return table
    }

    /// What an undo holds; nil when nothing is.
    func pinNote(now: Timestamp) -> String? {
        guard let pin else { return nil }
        let what = pin.keys.count == 1 ? "1 resource" : "\(pin.keys.count) resources"
        return "\(pin.by) took back \(what) of snapshot \(pin.digest.prefix(12)) \(Age.text(from: pin.at, to: now)) "
            + "ago: pinned until another snapshot arrives"
    }

    /// `{"set","items":[{"at","commit","branch","digest","files","documents","before","after","created","configured",
    /// "deleted","by","pinned"}],"pin":{"digest","by","at","objects":[{"kind","id"}]}}`
    var historyValue: FieldValue {
        let items = records.map { record -> FieldValue in
            .members([
                ("at", .timestamp(record.snapshot.at)), ("commit", record.snapshot.commit.map { .string($0) }),
                ("branch", record.snapshot.branch.map { .string($0) }), ("digest", .string(record.snapshot.digest)),
                ("files", .int(record.snapshot.files)), ("documents", .int(record.snapshot.documents)),
                ("before", .int(record.before)), ("after", .int(record.after)), ("created", .int(record.created)),
                ("configured", .int(record.configured)), ("deleted", .int(record.deleted)),
                ("by", .string(record.by)), ("pinned", .bool(pin?.digest == record.snapshot.digest)),
            ])
        }
        return .members([("set", .string(name)), ("items", .list(items)), ("pin", pin?.value)])
    }
}

extension SetPin {
    var value: FieldValue {
        let objects = keys.sorted().map { key -> FieldValue in
            .members([("kind", .string(key.kind.rawValue)), ("id", .string(key.id))])
        }
        return .members([
            ("digest", .string(digest)), ("by", .string(by)), ("at", .timestamp(at)), ("objects", .list(objects)),
        ])
    }
}
