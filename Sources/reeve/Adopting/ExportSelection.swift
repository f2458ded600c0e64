import ArgumentParser
import Fleet
import FleetStore
import Planning

/// What an export found.
struct ExportFindings: Sendable {
    var manifests: [ExportedManifest] = []
    /// What is left out, and why.
    var remarks: [String] = []
    /// Of documents that no manifest could declare.
    var diagnostics: [Diagnostic] = []
}

/// Which manifests are exported.
struct ExportSelection: Sendable {
    private var kinds: Set<Kind> = []
    private var keys: [ResourceKey] = []
    private let set: String?
    private let selector: LabelSelector?
    private let isUndeclared: Bool

    /// Each word is a kind, several, `all`, or an object.
    init(_ words: [String], set: String?, selector: LabelSelector?, isUndeclared: Bool) throws(ValidationError) {
        self.set = set
        self.selector = selector
        self.isUndeclared = isUndeclared
        for word in words.isEmpty ? ["all"] : words {
            if SetName.stated(in: word) == nil, word.contains("/") || ObjectName.whole(word) != nil {
                keys += try ObjectName.keys([word])
            } else {
                guard case .kinds(let named) = try ObjectSelection([word]) else {
                    throw ValidationError("A set is no manifest; --set exports what it owns.")
                }
                kinds.formUnion(named)
            }
        }
        keys.removeAll { kinds.contains($0.kind) }
    }

    func take(from store: any Store) async throws -> ExportFindings {
        if let set { try await store.requireSet(set) }
        var rows: [ScanRow] = []
        for kind in kinds.sorted() { rows += try await scan(kind, store) }
        if !keys.isEmpty {
            let view = try await store.read(keys)
            let missing = keys.filter { view.desired[$0] == nil && view.observed[$0] == nil }
            guard missing.isEmpty else { throw try await NotFound.failure(missing, in: store) }
            rows += keys.map { ScanRow($0, in: view) }.filter { isUndeclared == ($0.desired == nil) && matches($0) }
        }
        let unreadable = rows.compactMap { row in row.unreadable.map { (row.key, $0) } }
        var found = isUndeclared ? undeclared(rows) : declared(rows)
        found.diagnostics += unreadable.map { key, reason in
            Diagnostic(.error, "\(key) can't be read: \(reason)", rule: "unreadable")
        }
        return found
    }

    /// Without what is of no use here: of a large fleet the statuses alone would be most of it.
    private func scan(_ kind: Kind, _ store: any Store) async throws -> [ScanRow] {
        let take: @Sendable (inout [ScanRow], ScanRow) -> Void = { rows, row in
            guard row.exists || row.unreadable != nil, matches(row) else { return }
            rows.append(
                ScanRow(
                    key: row.key, desired: row.desired, observed: isUndeclared ? row.observed : nil, status: nil,
                    unreadable: row.unreadable))
        }
        return try await store.scan(kind, into: { [] }, row: take).flatMap(\.self)
    }

    private func matches(_ row: ScanRow) -> Bool {
        guard row.unreadable == nil else { return true }
        guard isUndeclared == (row.desired == nil) else { return false }
        if let set, row.desired?.set != set { return false }
        return selector?.matches(row.desired?.declaration.labels ?? []) ?? true
    }

    private func declared(_ rows: [ScanRow]) -> ExportFindings {
        var found = ExportFindings()
        var (going, provided) = (0, 0)
        for desired in rows.compactMap(\.desired) {
            if desired.deletion != nil {
                going += 1
            } else if desired.isProvided, kinds.contains(desired.key.kind) {
                provided += 1
            } else {
                found.manifests.append(ExportedManifest(desired))
            }
        }
        if going > 0 { found.remarks.append("left out: \(going) being deleted") }
        if provided > 0 { found.remarks.append("left out: \(provided) made by providers of pools") }
        if found.manifests.isEmpty { found.remarks.append("there is nothing to export") }
        return found
    }

    private func undeclared(_ rows: [ScanRow]) -> ExportFindings {
        var found = ExportFindings()
        for manifest in rows.compactMap(\.observed).map(FoundManifest.init) {
            if let declaration = manifest.declaration {
                found.manifests.append(ExportedManifest(found: declaration))
            } else {
                found.diagnostics += manifest.diagnostics
            }
        }
        if found.manifests.isEmpty { found.remarks.append("there is nothing to export") }
        return found
    }
}
