import Fleet
import FleetStore
import Planning

/// A description for people: facts, then a table for each list.
struct DescriptionText {
    let description: ObjectDescription
    let terminal: Terminal
    private(set) var text = ""

    init(_ description: ObjectDescription, _ terminal: Terminal) {
        self.description = description
        self.terminal = terminal
        writeFacts()
        writeConditions()
        writeNodes()
        writeFields()
        writeHistory()
        writeEvents()
    }

    private var row: ScanRow { description.row }
    private var now: Timestamp { description.now }
    private var scaling: ScalingFacts { ScalingFacts(row: row, view: description.view, now: now) }

    // MARK: Facts

    private mutating func writeFacts() {
        text += terminal.styled(row.key.description, .bold) + "\n"
        var facts: [(String, String?)] = [("Name", row.name)]
        let status = row.currentStatus
        if let desired = row.desired {
            facts += declarationFacts(desired, status)
        } else {
            facts.append(("Declared", "no: nobody's manifest names it; Reeve never changes it"))
        }
        facts += nodeFacts() + poolFacts() + reconcilingFacts(status)
        let known = facts.compactMap { fact in fact.1.map { (fact.0, $0) } }
        let width = known.map { $0.0.count }.max() ?? 0
        for (name, value) in known {
            text += "\(name):" + String(repeating: " ", count: width - name.count + 2) + value.printable + "\n"
        }
    }

    private func declarationFacts(_ desired: Desired, _ status: ResourceStatus?) -> [(String, String?)] {
        let declaration = desired.declaration
        let labels = declaration.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
        let changed = desired.updatedAt == desired.createdAt ? "" : ", changed \(ago(desired.updatedAt))"
        let lifecycle = declaration.lifecycle
        let usual = Lifecycle()
        let overrides = desired.overrides
        return [
            ("Labels", labels.isEmpty ? nil : labels),
            ("Generation", "\(desired.generation), reconciled \(status?.observedGeneration ?? 0)"),
            ("Declared", "\(ago(desired.createdAt))\(changed), by \(desired.manager)"),
            ("Source", declaration.source.map { $0.description + (desired.commit.map { " at \($0)" } ?? "") }),
            ("Drift", lifecycle.drift == usual.drift ? nil : lifecycle.drift.rawValue),
            ("On delete", lifecycle.onDelete == usual.onDelete ? nil : lifecycle.onDelete.rawValue),
            ("Prune", lifecycle.prune ? nil : "never"),
            (
                "Depends on",
                lifecycle.dependsOn.isEmpty ? nil : lifecycle.dependsOn.map(\.description).joined(separator: ", ")
            ),
            ("Suspended", ObjectSummary(row, now: now).suspended),
            ("Cordoned", overrides.cordon.map(shown)), ("Drained", overrides.drain.map(shown)),
            ("Scaled by hand", scaling.byHand),
            (
                "Deletion",
                desired.deletion.map { "by \($0.by), \(ago($0.at))" + ($0.cascade ? ", with its nodes" : "") }
            ),
        ]
    }

    private func shown(_ override: Override) -> String { "by \(override.by), \(ago(override.at)): \(override.reason)" }

    private func nodeFacts() -> [(String, String?)] {
        guard row.key.kind == .node else { return [] }
        let state = row.observed?.state?.rawValue ?? row.observed?.status?.description
        return [
            ("Status", state ?? (row.observed == nil ? "no document yet" : "none")),
            ("Heartbeat", row.observed?.lastHeartbeat.map(ago) ?? (row.observed == nil ? nil : "never")),
            ("Draining", row.currentStatus?.drainingSince.map { "since \(Age.text(from: $0, to: now))" }),
        ]
    }

    private func poolFacts() -> [(String, String?)] {
        switch row.key.kind {
        case .node: return []
        case .scalingPolicy:
            let pools = description.view.referrers[row.key.id] ?? []
            return [("Named by", pools.isEmpty ? "no pool" : pools.map(\.description).joined(separator: ", "))]
        case .nodePool:
            let counts = description.view.tallies[row.key.id] ?? NodeCounts()
            let most = (row.leaf(PoolLeaf.maxNodes) ?? row.desired?.spec.withDefaults()[PoolLeaf.maxNodes])?.int
            let parts = [
                (counts.active, "active"), (counts.inactive, "inactive"), (counts.maintenance, "in maintenance"),
                (counts.error, "in error"), (counts.undeclared, "undeclared"),
            ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            let states = parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
            return [("Nodes", "\(counts.total) of at most \(most.map { "\($0)" } ?? "?")\(states)")] + scaling.facts
        }
    }

    private func reconcilingFacts(_ status: ResourceStatus?) -> [(String, String?)] {
        let retry = status?.nextRetry.map { $0 > now ? "in \(Age.text(from: now, to: $0))" : "now" }
        return [
            ("Failures", status?.attempts.map { "\($0) in a row, next attempt \(retry ?? "unknown")" }),
            ("To be done", description.plan.verb == .none ? nil : description.plan.reason),
        ]
    }

    private func ago(_ time: Timestamp) -> String { Age.text(from: time, to: now) + " ago" }

    // MARK: Lists

    private mutating func write(_ title: String, _ table: Table) {
        guard !table.rows.isEmpty else { return }
        let lines = table.text(headers: true) { terminal.styled($0, $1) }
        text += "\n" + terminal.styled(title, .bold) + "\n"
        for line in lines.split(separator: "\n") { text += "  \(line)\n" }
    }

    private mutating func writeConditions() {
        var table = Table(["TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"])
        for condition in row.currentStatus?.conditions ?? [] {
            let old = condition.observedGeneration < row.desired?.generation ?? 0
            table.add([
                Table.Cell(condition.type.rawValue),
                Table.Cell(
                    condition.status.rawValue, condition.type.isListedOnlyWhenTrue ? .yellow : condition.status.style),
                Table.Cell(Age.text(from: condition.lastTransition, to: now)), Table.Cell(condition.reason),
                Table.Cell(condition.message + (old ? " (of generation \(condition.observedGeneration))" : "")),
            ])
        }
        write("Conditions", table)
        if row.desired != nil, table.rows.isEmpty {
            text += "\nNot reconciled yet: does `reeve run` run?\n"
        }
    }

    private mutating func writeNodes() {
        var table = Table(["ID", "STATUS", "READY", "REASON", "MESSAGE"])
        for node in description.troubled.prefix(ObjectDescription.nodeLimit) {
            let summary = ObjectSummary(node, now: now)
            table.add([
                Table.Cell(node.key.id), Table.Cell(node.observed?.state?.rawValue ?? ""),
                Table.Cell(summary.ready.rawValue, summary.ready.style), Table.Cell(summary.reason),
                Table.Cell(summary.message),
            ])
        }
        write("Nodes that are not ready", table)
        let rest = description.troubled.count - ObjectDescription.nodeLimit
        if rest > 0 { text += "  … and \(rest) more\n" }
    }

    private mutating func writeFields() {
        let comparison = FieldComparison(row, in: description.view, differences: description.plan.differences)
        write("Fields", comparison.table(hasDocument: row.key.kind.collection != nil))
    }

    private mutating func writeHistory() {
        var table = Table(["SINCE", "FROM", "TO", "REASON"])
        for entry in description.history {
            table.add([
                Table.Cell(Age.text(from: entry.at, to: now)), Table.Cell(entry.from?.rawValue ?? ""),
                Table.Cell(entry.to?.rawValue ?? "gone"), Table.Cell(entry.reason),
            ])
        }
        write("History of its status", table)
    }

    private mutating func writeEvents() {
        let folds = EventFold.fold(description.events).suffix(ObjectDescription.nodeLimit)
        write("Events", EventTable.table(Array(folds), now: now, showsObject: false))
    }
}
