import Fleet
import FleetStore
import Manifests

/// Reads objects and renders each at once, on the thread that reads it: of a large fleet only its lines are kept.
struct ObjectListing: Sendable {
    struct Row: Sendable {
        enum Content: Sendable {
            case cells([Table.Cell])
            /// For formats without columns.
            case text(String)
        }

        var key: ResourceKey
        var content: Content
        var sortValue: FieldValue?
        /// Differs when the object does; heartbeats alone are no change.
        var fingerprint = 0
    }

    struct Part: Sendable {
        /// In order of id, or as sorted.
        var rows: [Row] = []
        /// Documents that no declaration names.
        var undeclared = 0
    }

    var format: OutputFormat
    var selector: LabelSelector?
    var labels: [String] = []
    var sort: SortPath?
    /// Only what nobody declares, instead of what somebody does.
    var showsUndeclared = false
    var showsKind = false
    /// Rows are compared with later ones.
    var takesFingerprints = false

    func columns(_ kind: Kind) -> ObjectColumns {
        ObjectColumns(kind: kind, isWide: format == .wide, labels: labels, showsKind: showsKind)
    }

    /// All objects of a kind.
    func list(_ kind: Kind, in store: any Store, now: Timestamp) async throws -> Part {
        let columns = columns(kind)
        let take: @Sendable (inout Part, ScanRow) -> Void = { part, row in
            guard row.exists else { return }
            if row.desired == nil { part.undeclared += 1 }
            guard (row.desired == nil) == showsUndeclared else { return }
            if let selector, !selector.matches(row.desired?.declaration.labels ?? []) { return }
            part.rows.append(render(row, columns, now))
        }
        let parts = try await store.scan(kind, into: { Part() }, row: take)
        var whole = Part()
        whole.rows.reserveCapacity(parts.reduce(0) { $0 + $1.rows.count })
        for part in parts {
            whole.rows += part.rows
            whole.undeclared += part.undeclared
        }
        return sorted(whole)
    }

    /// These objects, declared or not, as far as they exist.
    func list(_ keys: [ResourceKey], of kind: Kind, in view: FleetView, now: Timestamp) -> Part {
        let columns = columns(kind)
        let found = keys.filter { $0.kind == kind }.map { ScanRow($0, in: view) }.filter(\.exists)
        return sorted(Part(rows: found.map { render($0, columns, now) }))
    }

    private func sorted(_ part: Part) -> Part {
        guard sort != nil else { return part }
        var part = part
        part.rows.sort {
            if SortPath.precedes($0.sortValue, $1.sortValue) { return true }
            return !SortPath.precedes($1.sortValue, $0.sortValue) && $0.key < $1.key
        }
        return part
    }

    private func render(_ row: ScanRow, _ columns: ObjectColumns, _ now: Timestamp) -> Row {
        let content: Row.Content =
            switch format {
            case .table, .wide: .cells(columns.cells(row, now: now))
            // Alone while it is watched, otherwise below `items`.
            case .json: .text(row.value.jsonText(indent: takesFingerprints ? 0 : ListingPrinter.itemIndent))
            case .yaml: .text(row.manifest)
            case .name: .text(row.key.listed)
            }
        return Row(
            key: row.key, content: content, sortValue: sort.flatMap { $0.value(in: row.value) },
            fingerprint: takesFingerprints ? row.fingerprint : 0)
    }
}

extension ScanRow {
    fileprivate var fingerprint: Int {
        var observed = observed
        observed?.lastHeartbeat = nil
        var hasher = Hasher()
        hasher.combine(desired)
        hasher.combine(observed)
        hasher.combine(status)
        return hasher.finalize()
    }

    /// A manifest that can be applied as it is; what is known of the object stands above it as comments.
    var manifest: String {
        var lines: [String] = []
        let status = currentStatus
        if let desired {
            lines.append("generation \(desired.generation), observed \(status?.observedGeneration ?? 0)")
        } else {
            lines.append("undeclared: as found in MongoDB")
        }
        for condition in status?.conditions ?? [] {
            let message = condition.message.isEmpty ? "" : ": \(condition.message)"
            lines.append("\(condition.type.rawValue): \(condition.status.rawValue), \(condition.reason)\(message)")
        }
        if let wish = desired?.overrides.scale {
            lines.append("scaled by hand: to \(wish.nodes) by \(wish.by): \(wish.reason)")
        }
        if desired?.isScaled ?? false, let last = status?.scaling?.last {
            lines.append("wanted: \(last.desired) nodes in use, \(last.reason.rawValue): \(last.reason.sentence)")
        }
        let resting = status?.scaling?.intents.filter { !$0.value.isWanted }.keys.sorted() ?? []
        if !resting.isEmpty { lines.append("out of use by the scaler: " + resting.joined(separator: ", ")) }
        let declaration =
            desired?.declaration
            ?? Declaration(
                key: key, name: observed?.name?.string ?? key.id, spec: observed?.leaves ?? Spec(key.kind))
        return lines.map { "# \($0.printable)\n" }.joined() + ManifestWriter.text(declaration)
    }
}
