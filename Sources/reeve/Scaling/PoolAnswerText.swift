import Fleet
import FleetStore
import Planning

/// An answer for people: the number, the rules that led to it, timers, nodes, and what was decided before.
struct PoolAnswerText {
    private let answer: PoolAnswer
    private let terminal: Terminal
    private(set) var text = ""

    init(_ answer: PoolAnswer, _ terminal: Terminal) {
        self.answer = answer
        self.terminal = terminal
        text += terminal.styled(answer.headline, .bold) + "\n"
        for remark in answer.remarks { text += remark.printable + "\n" }
        if let live = answer.live {
            write("How", Self.chain(live.decision))
            write("Timers", timers(live))
            write("Conditions", Self.conditions(live.decision))
            write("Nodes", nodes(live))
        }
        write("Decisions of the daemon", decisions, headers: true)
    }

    private var now: Timestamp { answer.now }

    private mutating func write(_ title: String, _ table: Table, headers: Bool = true) {
        guard !table.rows.isEmpty else { return }
        text += "\n" + terminal.styled(title, .bold) + "\n"
        let lines = table.text(headers: headers && table.headers.contains { !$0.isEmpty }) { terminal.styled($0, $1) }
        for line in lines.split(separator: "\n") { text += "  \(line)\n" }
    }

    /// A line for each rule that was applied, in its order.
    private static func chain(_ decision: ScalingDecision) -> Table {
        var table = Table([""])
        for (number, step) in decision.steps.enumerated() { table.add([Table.Cell("\(number + 1). \(step)")]) }
        return table
    }

    private func timers(_ live: PoolAnswer.Live) -> Table {
        let timers = live.input.timers
        var table = Table(["", ""])
        func add(_ name: String, _ value: String?) {
            if let value { table.add([Table.Cell(name), Table.Cell(value)]) }
        }
        add("last change", timers.lastChange.map(ago))
        add("cooldown", timers.cooldownUntil(live.policy).map { $0 > now ? "until \($0), \(left($0))" : "over" })
        add("back-off", timers.backoffUntil.map { $0 > now ? "until \($0), \(left($0))" : "over" })
        if let wish = answer.row.desired?.overrides.scale {
            let isAdopted = timers.adopted.map { $0 >= wish.at } ?? false
            add(
                "set by hand",
                "\(wish.nodes) by \(wish.by), \(ago(wish.at)): \(wish.reason) (\(isAdopted ? "adopted" : "not adopted yet"))"
            )
        }
        for metric in live.policy.metrics {
            let peak = live.input.window.peak(metric)
            let known = 100 * peak.covered / max(peak.steps, 1)
            add("window of \(metric.rawValue)", "\(live.policy.windowMinutes) min, \(known) % of it known")
        }
        return table
    }

    private func ago(_ time: Timestamp) -> String { "\(time), \(Age.text(from: time, to: now)) ago" }
    private func left(_ end: Timestamp) -> String { "\(Age.text(from: now, to: end)) left" }

    private static func conditions(_ decision: ScalingDecision) -> Table {
        var table = Table(["TYPE", "STATUS", "REASON", "MESSAGE"])
        for (_, type, entry) in decision.conditions.all {
            table.add([
                Table.Cell(type.rawValue), Table.Cell(entry.holds ? "True" : "False"),
                Table.Cell(entry.reason.rawValue), Table.Cell(entry.reason.sentence),
            ])
        }
        return table
    }

    private func nodes(_ live: PoolAnswer.Live) -> Table {
        var table = Table(["NODE", "IS", "SAMPLE", "AGE", "SCORE", "CHOICE", "WHY"])
        for verdict in live.verdicts.sorted(by: { $0.nodeID < $1.nodeID }) {
            table.add([
                Table.Cell(verdict.nodeID),
                Table.Cell(verdict.standing, verdict.role == .error ? .red : verdict.isMissing ? .yellow : nil),
                Table.Cell(
                    verdict.latest.map { sample in live.policy.metrics.map { $0.shown(of: sample) } }
                        .map { $0.joined(separator: ", ") } ?? ""),
                Table.Cell(verdict.latest.map { Age.text(from: $0.at, to: now) } ?? ""),
                Table.Cell(verdict.score.map { "\(FieldValue.double($0))" } ?? ""),
                Table.Cell(
                    verdict.choice == .apart ? "" : verdict.choice.rawValue,
                    verdict.choice.isMove ? .yellow : nil), Table.Cell(verdict.why),
            ])
        }
        return table
    }

    private var decisions: Table {
        var table = Table(["AGE", "NODES", "REASON", "WHY", "WHO"])
        for record in answer.records {
            let decision = record.decision
            let why = decision.reason.sentence + (decision.isCarriedOut ? "" : " (only recommended)")
            table.add([
                Table.Cell(Age.text(from: record.at, to: now)), Table.Cell(decision.change),
                Table.Cell(decision.reason.rawValue), Table.Cell(why), Table.Cell(decision.moves()),
            ])
        }
        return table
    }
}

extension PoolAnswer {
    /// The number and why, in one line.
    var headline: String {
        guard let decision = live?.decision else {
            return "\(row.key) is not scaled: "
                + (row.desired == nil ? "nobody declares it" : "`auto_scaling` is not true")
        }
        let nodes = "\(decision.current) \(decision.current == 1 ? "node" : "nodes") in use"
        let wanted = decision.current == decision.desired ? "as many as wanted" : "\(decision.desired) wanted"
        return "\(row.key): \(nodes), \(wanted): \(decision.reason.sentence) (\(decision.reason.rawValue))"
    }

    /// What is to be known beside it.
    var remarks: [String] {
        guard let live else {
            return row.desired == nil
                ? []
                : [
                    "To have it scaled, declare `auto_scaling: true` with a `scaling_policy` (reeve explain pool"
                        + ".scaling_policy); to set its size by hand, reeve scale \(row.key.listed) --active NODES."
                ]
        }
        var remarks: [String] = []
        if !live.decision.isCarriedOut { remarks.append("This is only recommended (`mode: recommend`).") }
        if live.input.isPaused || row.desired?.deletion != nil {
            let why = live.input.isPaused ? "suspended" : "being deleted"
            return remarks + ["While it is \(why) the daemon decides nothing about it."]
        }
        guard let stored else {
            return remarks + ["The daemon has decided nothing about it yet; does `reeve run` run?"]
        }
        let when = Age.text(from: stored.at, to: now)
        if differs {
            remarks.append(
                "The daemon's last decision, \(when) ago, was another: \(stored.decision.change), "
                    + "\(stored.decision.reason.rawValue). If it runs, it decides anew within seconds.")
        } else if now.seconds(since: stored.at) > 60 {
            remarks.append("The daemon decided the same \(when) ago, and nothing else since.")
        }
        return remarks
    }
}

extension NodeVerdict {
    /// What it is to the pool, with what matters beside.
    fileprivate var standing: String {
        role.name + (isMissing ? ", not measured" : "") + (isPinned ? ", pinned" : "")
    }
}

extension NodeVerdict.Choice {
    fileprivate var isMove: Bool { self == .activated || self == .drained || self == .givenUp }
}

extension UsageMetric {
    /// `cpu 90 %`.
    fileprivate func shown(of sample: UsageSample) -> String {
        sample[self].map { "\(ScalingStep.Figure(rawValue, $0, .percent))" } ?? "\(rawValue) –"
    }
}
