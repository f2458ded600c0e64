import Fleet
import Planning

/// A replay for people and for programs.
struct ReplayReport {
    let replay: Replay

    /// The documented shape: `{"summary":{…},"minutes":[{…}]}`.
    var value: FieldValue {
        let summary = replay.summary
        return .members([
            (
                "summary",
                .members([
                    ("node_hours", .double(rounded(summary.nodeHours))),
                    ("under_provisioned_minutes", .int(summary.underProvisionedMinutes)),
                    ("actions", .int(summary.actions)), ("flaps", .int(summary.flaps)),
                    ("score", .double(rounded(summary.score))), ("optimum", .double(rounded(summary.optimum))),
                ])
            ),
            (
                "minutes",
                .list(
                    replay.minutes.enumerated().map { index, minute in
                        .members([
                            ("t", .timestamp(replay.time(index))), ("load", .double(rounded(minute.load))),
                            ("ready", .int(minute.ready)), ("starting", .int(minute.starting)),
                            ("desired", .int(minute.desired)), ("reason", .string(minute.reason.rawValue)),
                        ])
                    })
            ),
        ])
    }

    /// The actions; `wide` adds the rule that led to each.
    func table(wide: Bool) -> Table {
        var table = Table(["TIME", "LOAD", "READY", "FROM", "TO", "REASON"] + (wide ? ["RULE"] : []))
        for action in replay.actions {
            let (minute, decision) = (replay.minutes[action.minute], action.decision)
            var cells = [
                Table.Cell(replay.time(action.minute).description), Table.Cell(text(minute.load)),
                Table.Cell("\(minute.ready)"), Table.Cell("\(decision.current)"), Table.Cell("\(decision.desired)"),
                Table.Cell(decision.reason.rawValue, decision.desired > decision.current ? .green : nil),
            ]
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
        let (summary, minutes) = (replay.summary, replay.minutes.count)
        let hours = minutes / 60 % 24
        let span = "\(minutes / 1440) days" + (hours > 0 ? " \(hours) hours" : "")
        let ratio = summary.optimum > 0 ? " (\(text(summary.score / summary.optimum)) × the optimum)" : ""
        return [
            "span: \(span)", "node-hours: \(text(summary.nodeHours))",
            "under-provisioned minutes: \(summary.underProvisionedMinutes)", "actions: \(summary.actions)",
            "flaps: \(summary.flaps)", "score: \(text(summary.score))\(ratio)", "optimum: \(text(summary.optimum))",
        ]
    }

    /// To a thousandth, so that the last bits of a sum are not printed.
    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    private func text(_ value: Double) -> String { value.hundredths }
}

extension Double {
    /// With two decimals; for numbers of 0 or more.
    var hundredths: String {
        let hundredths = Int64((self * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
