internal import Fleet
internal import Planning

/// What was written of a request that took several transactions, or one that was not answered.
struct Progress {
    private var written: [ResourceKey: DeclarationResult] = [:]
    private var revision: Int64?
    /// What a transaction carries whose commit was sent and not answered yet.
    private var sent: [ResourceKey: DeclarationResult] = [:]

    var isUnanswered: Bool { !sent.isEmpty }

    mutating func send(_ part: [DesiredWrite], of plan: some DesiredPlan) {
        let keys = Set(part.map(\.desired.key))
        sent = [:]
        for result in plan.results where keys.contains(result.key) { sent[result.key] = result }
    }

    mutating func confirm(at revision: Int64) {
        written.merge(sent) { _, new in new }
        self.revision = revision
        sent = [:]
    }

    /// It was not written.
    mutating func forget() { sent = [:] }

    /// A transaction that was not answered has happened after all when nothing of it is left to write.
    mutating func settle(by plan: some DesiredPlan) {
        guard isUnanswered else { return }
        if plan.writes.allSatisfy({ sent[$0.desired.key] == nil }) { confirm(at: plan.revision) } else { forget() }
    }

    /// What ends it, if parts of it stand.
    func unfinished(_ error: DeclaringError) -> DeclaringError {
        written.isEmpty || error == .withdrawn ? error : .unfinished(written: written.count, error)
    }

    func told<Plan: DesiredPlan>(_ plan: Plan) -> Plan {
        guard let revision else { return plan }
        var plan = plan
        plan.writtenRevision = revision
        plan.recall(written)
        return plan
    }
}
