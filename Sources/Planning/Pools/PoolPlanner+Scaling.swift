import Fleet

extension PoolPlanner {
    /// Decides the pool's size anew, if its situation is known, with all that follows from it: intents and timers in the
    /// status, the record, conditions and an event. Without a situation what was decided stays.
    func scale(_ plan: inout Plan, _ next: inout ResourceStatus, _ conditions: inout ConditionList) {
        guard let scaler = PoolScaler(desired, policy, status: next) else { return }
        if let situation {
            let (scaling, decision) = scaler.step(situation, health: next.health, now: subject.now)
            if let last = scaling.last, let at = scaling.lastAt, scaling.decisions != next.scaling?.decisions {
                plan.change.decisions = [
                    ScalingRecord(
                        poolID: subject.key.id, firstRevision: next.firstRevision, number: scaling.decisions, at: at,
                        decision: last)
                ]
                tell(last, &plan, &next)
            }
            next.scaling = scaling
            say(decision, &conditions)
        } else {
            for type in [Condition.ConditionType.ableToScale, .scalingActive, .scalingLimited, .forecast] {
                conditions.keep(type)
            }
        }
        let timedOut = ScalingReason.provisioningTimedOut
        if conditions[.poolHealthy]?.status == .yes, next.scaling?.last?.conditions.poolHealthy.reason == timedOut {
            conditions.set(.poolHealthy, false, timedOut.rawValue, timedOut.sentence)
        }
    }

    private func say(_ decision: ScalingDecision, _ conditions: inout ConditionList) {
        let said = decision.conditions
        for (type, entry) in [
            (Condition.ConditionType.ableToScale, said.ableToScale), (.scalingActive, said.scalingActive),
            (.scalingLimited, said.scalingLimited),
        ] {
            conditions.set(type, entry.holds, entry.reason.rawValue, entry.reason.sentence)
        }
        guard let forecast = decision.steps.last(where: { $0.rule == .forecast }), let candidate = forecast.candidate
        else { return }
        let raises = forecast.reason == .usageForecast
        conditions.set(
            .forecast, raises, candidate,
            "of all candidates its forecasts were nearest of late; "
                + (raises ? "it asks for more nodes" : "it asks for no more nodes"))
    }

    /// One event for each change of size.
    private func tell(_ decision: ScalingDecision, _ plan: inout Plan, _ next: inout ResourceStatus) {
        if !decision.takenBack.isEmpty {
            subject.warn(
                ScalingReason.provisioningTimedOut.rawValue,
                "did not come in time and are given up: \(decision.takenBack.firstFew())", into: &plan, &next)
        }
        guard decision.isCarriedOut, decision.current != decision.desired else { return }
        let moves = decision.moves()
        let text = "\(decision.change) nodes in use: \(decision.reason.sentence)" + (moves.isEmpty ? "" : "; \(moves)")
        subject.emit("Scaled", text, into: &plan, &next)
        plan.reason = text
    }
}
