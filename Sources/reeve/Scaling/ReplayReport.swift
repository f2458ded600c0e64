import Fleet
import Planning

/// A replay for people and for programs.
struct ReplayReport {
    let replay: Replay
    /// What really happened, where the load was recorded.
    var record: LoadRecord?

    // MARK: For programs

    /// The documented shape: `{"summary":{…},"minutes":[{…}]}`, with `actual` in both where there is a record.
    var value: FieldValue {
        var members = figures(replay.summary)
        members.append(("optimum", .double(rounded(replay.optimum))))
        if let record {
            members.append(("unknown_minutes", .int(unknownMinutes(record))))
            members.append(("actual", .members(figures(record.summary))))
        }
        return .members([
            ("summary", .members(members)),
            ("minutes", .list(replay.minutes.indices.map { minute($0) })),
        ])
    }

    private func figures(_ summary: ReplaySummary) -> [(String, FieldValue?)] {
        [
            ("node_hours", .double(rounded(summary.nodeHours))),
            ("under_provisioned_minutes", .int(summary.underProvisionedMinutes)),
            ("actions", .int(summary.actions)), ("flaps", .int(summary.flaps)),
            ("score", .double(rounded(summary.score))),
        ]
    }

    private func minute(_ index: Int) -> FieldValue {
        let minute = replay.minutes[index]
        var members: [(String, FieldValue?)] = [
            ("t", .timestamp(replay.time(index))), ("load", minute.load.map { .double(rounded($0)) } ?? .null),
            ("ready", .int(minute.ready)), ("starting", .int(minute.starting)),
            ("desired", .int(minute.desired)), ("reason", .string(minute.reason.rawValue)),
        ]
        if let record { members.append(("actual", .int(record.inUse[index]))) }
        return .members(members)
    }

    // MARK: For people

    /// The actions; `wide` adds the rule that led to each, and a record what was in use.
    func table(wide: Bool) -> Table {
        var table = Table(
            ["TIME", "LOAD", "READY", "FROM", "TO"] + (record == nil ? [] : ["ACTUAL"]) + ["REASON"]
                + (wide ? ["RULE"] : []))
        for action in replay.actions {
            let (minute, decision) = (replay.minutes[action.minute], action.decision)
            var cells = [
                Table.Cell(replay.time(action.minute).description), Table.Cell(minute.load?.decimals(2) ?? ""),
                Table.Cell("\(minute.ready)"), Table.Cell("\(decision.current)"), Table.Cell("\(decision.desired)"),
            ]
            if let record { cells.append(Table.Cell("\(record.inUse[action.minute])")) }
            cells.append(Table.Cell(decision.reason.rawValue, decision.desired > decision.current ? .green : nil))
            if wide { cells.append(Table.Cell(rule(decision))) }
            table.add(cells)
        }
        return table
    }

    /// The last step that had something to say about the number.
    private func rule(_ decision: ScalingDecision) -> String {
        let step = decision.steps.last { $0.want != nil && !$0.figures.isEmpty }
        return step?.description ?? ""
    }

    /// A line each.
    var summary: [String] {
        let summary = replay.summary
        var lines = ["span: \(span(replay.minutes.count))"]
        if let record, !record.gaps.isEmpty { lines.append("not recorded: \(unrecorded(record))") }
        return lines + [
            "node-hours: \(summary.nodeHours.decimals(2))",
            "under-provisioned minutes: \(summary.underProvisionedMinutes)", "actions: \(summary.actions)",
            "flaps: \(summary.flaps)", "score: \(score(summary))", "optimum: \(replay.optimum.decimals(2))",
        ]
    }

    /// What the policy would have come to beside what really happened.
    func comparison(_ record: LoadRecord) -> Table {
        var table = Table(["", "POLICY", "ACTUAL"])
        let columns = [replay.summary, record.summary]
        func add(_ name: String, _ text: (ReplaySummary) -> String) {
            table.add([Table.Cell(name)] + columns.map { Table.Cell(text($0)) })
        }
        add("node-hours") { $0.nodeHours.decimals(2) }
        add("under-provisioned minutes") { "\($0.underProvisionedMinutes)" }
        add("actions") { "\($0.actions)" }
        add("flaps") { "\($0.flaps)" }
        add("score", score)
        return table
    }

    private func score(_ summary: ReplaySummary) -> String {
        let optimum = replay.optimum
        return summary.score.decimals(2)
            + (optimum > 0 ? " (\((summary.score / optimum).decimals(2)) × the optimum)" : "")
    }

    private func span(_ minutes: Int) -> String {
        let hours = minutes / 60 % 24
        if minutes < 120 { return minutes == 1 ? "1 minute" : "\(minutes) minutes" }
        return "\(minutes / 1440) days" + (hours > 0 ? " \(hours) hours" : "")
    }

    private func unknownMinutes(_ record: LoadRecord) -> Int64 {
        Int64(record.gaps.reduce(0) { $0 + $1.minutes })
    }

    private func unrecorded(_ record: LoadRecord) -> String {
        let (gaps, minutes) = (record.gaps, Int(unknownMinutes(record)))
        guard let longest = gaps.max(by: { $0.minutes < $1.minutes }) else { return "" }
        let from = "\(replay.time(longest.minute))"
        if gaps.count == 1 { return "\(span(minutes)) from \(from) on" }
        return "\(span(minutes)) in \(gaps.count) gaps, the longest \(span(longest.minutes)) from \(from) on"
    }

    /// To a thousandth, so that the last bits of a sum are not printed.
    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
