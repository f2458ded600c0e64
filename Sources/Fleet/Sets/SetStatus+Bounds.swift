extension SetStatus {
    /// As it is stored: what tells people is cut to what a document may hold. Idempotent.
    ///
    /// Who wants to know whether there is anything to write compares this with what stands.
    package var bounded: SetStatus {
        var status = self
        status.directory = directory.cut(toBytes: Self.longestText)
        status.syncedBy = syncedBy.cut(toBytes: Self.longestText)
        status.attempted = attempted?.bounded
        status.applied = applied?.bounded
        status.conditions = conditions.map { condition in
            var condition = condition
            condition.message = condition.message.cut(toBytes: Self.longestMessage)
            return condition
        }
        status.diagnostics = diagnostics.prefix(Self.mostDiagnostics).map(\.bounded)
        status.records = records.suffix(Self.mostRecords).map { record in
            var record = record
            record.snapshot = record.snapshot.bounded
            record.by = record.by.cut(toBytes: Self.longestText)
            return record
        }
        return status
    }

    /// Bytes.
    fileprivate static let longestText = 1_024
    fileprivate static let longestMessage = 4_096
}

extension SetSnapshot {
    fileprivate var bounded: SetSnapshot {
        var snapshot = self
        snapshot.commit = commit?.cut(toBytes: SetStatus.longestText)
        snapshot.branch = branch?.cut(toBytes: SetStatus.longestText)
        return snapshot
    }
}

extension Diagnostic {
    fileprivate var bounded: Diagnostic {
        var diagnostic = self
        diagnostic.message = message.cut(toBytes: SetStatus.longestMessage)
        diagnostic.path = path.cut(toBytes: SetStatus.longestText)
        diagnostic.source?.file = source.map { $0.file.cut(toBytes: SetStatus.longestText) } ?? ""
        return diagnostic
    }
}
