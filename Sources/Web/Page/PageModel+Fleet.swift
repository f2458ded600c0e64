internal import Fleet
internal import FleetStore

extension OverviewModel {
    init(_ state: LiveFleet.State) {
        fault = state.fault
        guard let fleet = state.fleet else {
            (at, summary, cells) = ("", state.fault ?? "", [])
            return
        }
        at = fleet.at.shownTime
        let lame = fleet.pools.filter { $0.standing < .resting }.count
        let failing = fleet.standings[.failing] ?? 0
        let unsettled = fleet.standings[.unsettled] ?? 0
        let sets = fleet.setCount == 0 ? "" : " Sets with problems: \(fleet.lameSets)."
        summary =
            lame + failing + unsettled + fleet.lameSets == 0
            ? "All is well."
            : "Pools with problems: \(lame). Nodes failing: \(failing). Nodes not as declared: \(unsettled)." + sets
        let counts = fleet.nodeCounts
        let named = { (label: String, count: Int64, note: String, tone: String) in
            Cell(label: label, value: String(count), note: note, tone: count == 0 ? "" : tone)
        }
        cells = [
            Cell(
                label: "Pools", value: String(fleet.pools.count),
                note: lame == 0 ? "all well" : "\(lame) with problems",
                tone: lame == 0 ? "" : "bad"),
            Cell(
                label: "Nodes", value: String(counts.total),
                note: counts.undeclared == 0 ? "all declared" : "\(counts.undeclared) undeclared", tone: ""),
            named("Active", counts.active, "at work", "good"),
            named("Maintenance", counts.maintenance, "held or draining", ""),
            named("Inactive", counts.inactive, "not at work", ""),
            named("Error", counts.error, "lost or declared so", "bad"),
        ]
    }
}

extension PoolsModel {
    init(_ state: LiveFleet.State) {
        let pools = state.fleet?.pools ?? []
        rows = pools.prefix(FleetSnapshot.shownPools).map { Row($0, state.usage) }
        cut = pools.count > rows.count ? "\(rows.count) of \(pools.count) pools, problems first." : nil
    }
}

extension PoolsModel.Row {
    fileprivate init(_ pool: FleetSnapshot.Item, _ usage: FleetUsage?) {
        id = pool.key.id
        name = pool.name
        link = "?pool=" + pool.key.id.asQueryValue + "#nodes"
        badges = Badge.all(pool)
        shares = Drawings.shares(pool.counts)
        counts = pool.counts.byStatus.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
        if counts.isEmpty { counts = "none" }
        wanted = pool.wanted.map { wanted in
            "\(wanted.nodes) wanted\(wanted.isAdvice ? " (only advice)" : ""): \(wanted.reason.sentence)"
        }
        let load = usage?.cpuOfPool[pool.key.id] ?? []
        cpu = load.suffix(4).compactMap(\.self).last.shownPercent
        sparkline = Drawings.sparkline(load, of: "CPU over the last hour")
    }
}

extension NodesModel {
    init(_ state: LiveFleet.State, pool filter: String?) {
        let (shown, all) = state.fleet?.nodes(inPool: filter) ?? ([], 0)
        rows = shown.map { Row($0, state) }
        cut = all > shown.count ? "\(shown.count) of \(all) nodes, problems first." : nil
        let isKnown = filter.map { id in state.fleet?.pools.contains { $0.key.id == id } ?? false } ?? true
        empty =
            filter == nil
            ? "There are no nodes." : isKnown ? "The pool has no nodes." : "There is no pool of that name."
    }
}

extension NodesModel.Row {
    fileprivate init(_ node: FleetSnapshot.Item, _ state: LiveFleet.State) {
        id = node.key.id
        name = node.name
        pool = node.poolID
        poolLink = node.poolID.map { "?pool=" + $0.asQueryValue + "#nodes" }
        self.state =
            switch node.state {
            case .active: Badge("good", "active")
            case .error: Badge("bad", "error")
            case .inactive: Badge("calm", "inactive")
            case .maintenance: Badge("calm", "maintenance")
            case nil: Badge("calm", "none yet")
            }
        badges = Badge.all(node)
        let load = state.usage?.latest[node.key.id]
        cpu = load?.cpu.shownPercent ?? Double?.none.shownPercent
        memory = load?.memory.shownPercent ?? Double?.none.shownPercent
        heartbeat = node.lastHeartbeat.flatMap { beat in state.fleet.map { $0.at.shownAge(of: beat) } } ?? "never"
    }
}

extension DecisionsModel {
    init(_ state: LiveFleet.State) {
        rows = (state.fleet?.decisions ?? []).map { record in
            let decision = record.decision
            let moves = decision.moves(naming: 3)
            return Row(
                time: record.at.shownTime, instant: record.at.description, pool: record.poolID,
                link: "?pool=" + record.poolID.asQueryValue + "#nodes",
                change: decision.change, reason: decision.reason.rawValue,
                sentence: decision.reason.sentence + (decision.isCarriedOut ? "" : " (only advice)"),
                moves: moves.isEmpty ? nil : moves)
        }
    }
}

extension EventsModel {
    init(_ state: LiveFleet.State) {
        rows = (state.fleet?.events ?? []).map { event in
            Row(
                time: event.at.shownTime, instant: event.at.description,
                type: Badge(event.severity == .warning ? "warn" : "calm", event.severity.rawValue),
                object: "\(event.subject)", reason: event.reason, message: event.message)
        }
    }
}

extension Badge {
    /// What there is to say about an object: what is wrong with reason and message, or that all is well.
    fileprivate static func all(_ item: FleetSnapshot.Item) -> [Badge] {
        if let why = item.unreadable { return [Badge("bad", "Unreadable", message: why)] }
        guard item.isDeclared || !item.conditions.isEmpty else { return [Badge("calm", "Undeclared")] }
        var badges: [Badge] = []
        if item[.synced] == nil { badges.append(Badge("warn", "Not yet looked at")) }
        for condition in item.conditions {
            if let badge = Badge(condition, of: item.standing) { badges.append(badge) }
        }
        return badges.isEmpty ? [Badge("good", "Ready")] : badges
    }

    /// Nil for what is as it should be.
    init?(_ condition: Condition, of standing: FleetSnapshot.Standing) {
        guard let tone = Badge.tone(of: condition, standing) else { return nil }
        let text =
            condition.type.isFine ? "\(condition.status.not)\(condition.type.rawValue)" : condition.type.rawValue
        self.init(tone, text, reason: condition.reason, message: condition.message)
    }

    private static func tone(of condition: Condition, _ standing: FleetSnapshot.Standing) -> String? {
        switch (condition.type, condition.status) {
        case (.forecast, _), (.scalingLimited, .no), (.scalingLimited, .unknown): nil
        // How a pool is scaled is no fault of it, as long as it can be.
        case (.scalingLimited, .yes): "calm"
        case (.ableToScale, .no): condition.reason == ScalingReason.backoffActive.rawValue ? "warn" : "calm"
        case (.scalingActive, .no): condition.reason == ScalingReason.scalingDisabled.rawValue ? "calm" : "warn"
        case (.stalled, .yes), (.deletionBlocked, .yes): "bad"
        case (.drifted, .yes), (.reconciling, .yes), (.draining, .yes), (.pruneBlocked, .yes): "warn"
        case (.suspended, .yes): "calm"
        case (let type, .yes) where type.isFine: nil
        case (.ready, _) where standing == .resting: "calm"
        case (.ready, .no): "bad"
        case (let type, _) where type.isFine: "warn"
        default: nil
        }
    }
}

extension Condition.ConditionType {
    /// Whether True is how it should be; of the others True is what is to be told.
    fileprivate var isFine: Bool {
        ![
            .reconciling, .stalled, .draining, .drifted, .suspended, .deletionBlocked, .pruneBlocked, .scalingLimited,
            .forecast,
        ].contains(self)
    }
}

extension Condition.Status {
    fileprivate var not: String {
        switch self {
        case .yes: ""
        case .no: "not "
        case .unknown: "unknown whether "
        }
    }
}

extension Double? {
    fileprivate var shownPercent: String {
        map { $0.isFinite ? "\(Int(min(max($0, 0), 100).rounded())) %" : "–" } ?? "–"
    }
}

extension String {
    /// Every byte but the plainest as `%41`.
    fileprivate var asQueryValue: String {
        utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if isPlain || byte == 0x2D || byte == 0x5F || byte == 0x2E { return String(UnicodeScalar(byte)) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

extension Timestamp {
    /// `2026-11-22 22:40:07`, in UTC.
    var shownTime: String {
        String(Timestamp(milliseconds: milliseconds - milliseconds % 1000).description.dropLast())
            .split(separator: "T").joined(separator: " ")
    }

    /// How long ago something was, no finer than a minute: a page that counts seconds is never still.
    func shownAge(of earlier: Timestamp) -> String {
        let seconds = max(0, seconds(since: earlier))
        if seconds < 60 { return "just now" }
        if seconds < 7_200 { return "\(seconds / 60) min ago" }
        if seconds < 172_800 { return "\(seconds / 3_600) h ago" }
        return "\(seconds / 86_400) days ago"
    }
}
