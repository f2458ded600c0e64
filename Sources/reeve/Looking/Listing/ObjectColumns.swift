import Fleet
import FleetStore

/// The columns of a kind's table.
struct ObjectColumns {
    var kind: Kind
    var isWide = false
    /// Labels that have a column of their own.
    var labels: [String] = []
    /// Several kinds are listed, so each object is named with its kind.
    var showsKind = false

    static let longestPause = 40

    var headers: [String] {
        ["ID"] + kindHeaders + ["READY", "REASON", "SUSPENDED", "DRIFT", "AGE"]
            + labels.map { $0.uppercased() } + (isWide ? ["NAME", "GENERATION", "MANAGER", "MESSAGE"] : [])
    }

    /// Where READY and REASON stand in `headers`.
    var readyColumn: Int { 1 + kindHeaders.count }

    func cells(_ row: ScanRow, now: Timestamp) -> [Table.Cell] {
        let summary = ObjectSummary(row, now: now)
        let born = row.desired?.createdAt ?? row.observed?.createdAt?.timestamp
        var cells = [Table.Cell(showsKind ? row.key.listed : row.key.id)] + kindCells(row, now: now)
        cells += [
            Table.Cell(summary.ready.rawValue, summary.ready.style), Table.Cell(summary.reason),
            Table.Cell(pause(summary.suspended), .yellow), Table.Cell(summary.drift ?? "", .yellow),
            Table.Cell(born.map { Age.text(from: $0, to: now) } ?? ""),
        ]
        for label in labels {
            let value = row.desired?.declaration.labels.first { $0.name == label }?.value
            cells.append(Table.Cell(value ?? ""))
        }
        if isWide {
            cells += [
                Table.Cell(row.name ?? ""), Table.Cell(generation(row)), Table.Cell(row.desired?.manager ?? ""),
                Table.Cell(summary.message),
            ]
        }
        return cells
    }

    private func pause(_ text: String?) -> String {
        guard let text else { return "" }
        return isWide || text.count <= Self.longestPause ? text : text.prefix(Self.longestPause - 1) + "…"
    }

    private func generation(_ row: ScanRow) -> String {
        guard let desired = row.desired else { return "" }
        let observed = row.currentStatus?.observedGeneration ?? 0
        return observed == desired.generation ? "\(observed)" : "\(desired.generation) (observed \(observed))"
    }

    private var kindHeaders: [String] {
        switch kind {
        case .scalingPolicy: ["UP", "DOWN", "NODES", "MODE"]
        case .nodePool: ["NODES"] + (isWide ? ["WANTED"] : []) + ["POLICY"]
        case .node: ["STATUS", "POOL", "TYPE", "HEARTBEAT"]
        }
    }

    private func kindCells(_ row: ScanRow, now: Timestamp) -> [Table.Cell] {
        switch kind {
        case .scalingPolicy:
            let spec = row.desired?.spec.withDefaults()
            let least = spec?[PolicyLeaf.minNodes]?.int.map { "\($0)" } ?? ""
            let most = spec?[PolicyLeaf.maxNodes]?.int.map { "\($0)" } ?? ""
            return [
                Table.Cell(spec?[PolicyLeaf.up].map { "\($0)%" } ?? ""),
                Table.Cell(spec?[PolicyLeaf.down].map { "\($0)%" } ?? ""),
                Table.Cell("\(least)…\(most)"), Table.Cell(spec?[PolicyLeaf.mode]?.string ?? ""),
            ]
        case .nodePool:
            let wanted = row.lastDecision.map { "\($0.desired)" } ?? ""
            return [Table.Cell(poolNodes(row))] + (isWide ? [Table.Cell(wanted)] : []) + [Table.Cell(policy(row))]
        case .node:
            let state = row.observed?.state?.rawValue ?? row.observed?.status?.description ?? ""
            return [
                Table.Cell(state, state == NodeState.error.rawValue ? .red : nil),
                Table.Cell(row.observed?.poolID ?? row.desired?.poolID ?? ""),
                Table.Cell(row.leaf(NodeLeaf.type)?.string ?? ""),
                Table.Cell(row.observed?.lastHeartbeat.map { Age.text(from: $0, to: now) } ?? ""),
            ]
        }
    }

    /// `active/total/most`; an undeclared pool's active nodes are nobody's to count.
    private func poolNodes(_ row: ScanRow) -> String {
        let counts = row.currentStatus?.counts
        let total = counts?.total ?? row.observed?.nodeCount?.int
        let most = (row.desired?.spec.withDefaults()[PoolLeaf.maxNodes] ?? row.observed?.leaves[PoolLeaf.maxNodes])?.int
        return [counts?.active, total, most].map { $0.map { "\($0)" } ?? "?" }.joined(separator: "/")
    }

    private func policy(_ row: ScanRow) -> String {
        if let name = row.desired?.spec[PoolLeaf.policyReference]?.string { return name }
        let leaves = (row.desired?.spec ?? row.observed?.leaves)?.leaves ?? []
        let range = PoolLeaf.policy..<PoolLeaf.policy + PolicyLeaf.count
        return leaves.contains { range.contains($0.index) } ? "inline" : ""
    }
}

extension Condition.Status {
    var style: Terminal.Style {
        switch self {
        case .yes: .green
        case .no: .red
        case .unknown: .yellow
        }
    }
}

extension ScanRow {
    var name: String? { desired?.declaration.name ?? observed?.name?.string }

    /// As declared, or as found where nothing is declared.
    func leaf(_ index: Int) -> FieldValue? { desired.map { $0.spec[index] } ?? observed?.leaves[index] }
}
