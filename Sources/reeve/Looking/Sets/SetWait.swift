import ArgumentParser
import Fleet
import FleetStore

/// `wait set/NAME --for condition=Ready`: all sets are judged on one look, and all that is waited for must hold at once.
struct SetWait {
    let names: [String]
    let goals: [WaitGoal]
    let failures: [WaitGoal]
    let store: any Store

    private static let interval = Duration.milliseconds(200)

    func run(for timeout: TimeSpan, _ terminal: Terminal) async throws {
        let end = ContinuousClock.now + timeout.duration
        while true {
            let views = try await SetView.read(names, in: store)
            try await SetView.requireAll(names, among: views, in: store)
            let now = try await store.serverTime()
            let verdicts = views.map { ($0, verdict($0, now)) }
            let open = verdicts.filter { $0.1.result != "met" }
            if open.isEmpty || open.contains(where: { $0.1.result == "failed" }) || ContinuousClock.now >= end {
                print(verdicts.map { ($0.0.status.name, $0.1) }, terminal)
                guard let worst = open.first(where: { $0.1.result == "failed" }) ?? open.first else { return }
                let isOver = worst.1.result == "pending"
                let what = "set/\(worst.0.status.name.printable) (\(worst.1.message.printable))"
                throw CommandFailure(
                    isOver ? .timedOut : .incomplete,
                    isOver ? "timed out after \(timeout): \(what)" : "failed: \(what)")
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    private func verdict(_ view: SetView, _ now: Timestamp) -> (result: String, message: String) {
        let conditions = view.conditions(now: now)
        if let failure = failures.first(where: { holds($0, conditions) }) { return ("failed", "\(failure)") }
        guard let open = goals.first(where: { !holds($0, conditions) }) else { return ("met", "") }
        guard case .condition(let type, _) = open, let condition = conditions.first(where: { $0.type == type }) else {
            return ("pending", "not yet \(open)")
        }
        let message = condition.message.isEmpty ? "" : ": \(condition.message)"
        return ("pending", "\(type.rawValue) is \(condition.status.rawValue), \(condition.reason)\(message)")
    }

    private func holds(_ goal: WaitGoal, _ conditions: [Condition]) -> Bool {
        guard case .condition(let type, let wanted) = goal else { return false }
        let absent: Condition.Status = type.isListedOnlyWhenTrue ? .no : .unknown
        return (conditions.first { $0.type == type }?.status ?? absent) == wanted
    }

    private func print(_ verdicts: [(name: String, verdict: (result: String, message: String))], _ terminal: Terminal) {
        if terminal.isStructured {
            let results = verdicts.map { name, verdict -> FieldValue in
                .members([
                    ("kind", .string("Set")), ("id", .string(name)), ("result", .string(verdict.result)),
                    ("message", .string(verdict.message)),
                ])
            }
            return terminal.value(.members([("results", .list(results))]))
        }
        guard verdicts.allSatisfy({ $0.verdict.result == "met" }) else { return }
        let words = goals.map(\.phrase).joined(separator: ", ")
        for (name, _) in verdicts { terminal.line("set/\(name)" + (terminal.format == .name ? "" : " \(words)")) }
    }
}
