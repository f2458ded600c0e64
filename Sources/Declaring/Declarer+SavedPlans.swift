internal import Fleet
package import FleetStore
package import Planning

extension Declarer {
    /// Decides about the request without writing anything.
    ///
    /// - Returns: the decision, and what can be kept of it; nil when something is wrong, so that all of it would be refused.
    package func plan(
        _ request: DeclarationRequest, id: String, steps: DeclaringSteps = .none
    ) async throws(DeclaringError) -> (plan: DeclarationPlan, saved: SavedPlan?) {
        let scope = request.scope
        var saved: SavedPlan?
        let plan = try await perform(dryRun: true) { (now) throws(DeclaringError) in
            let view = try await read(scope) { $0.widened(by: $1, for: request.declarations) }
            let request = try await steps.refresh(request)
            let plan = DeclarationPlanner.plan(request, in: view, now: now)
            let isRefused =
                request.hasErrors || plan.pruning.blocked != nil
                || plan.results.contains { [.failed, .held].contains($0.outcome) }
            if !isRefused {
                saved = SavedPlan(
                    id: id, made: now, request: request, guards: PlanGuards(request, view),
                    changes: plan.results.filter { $0.outcome != .unchanged })
            }
            return plan
        }
        return (plan, saved)
    }

    /// Carries out what was decided, in one transaction and once: only if everything that the decision was made of is as
    /// it was, in the very read that guards the transaction.
    ///
    /// A plan that changes nothing writes nothing, and may be applied again. Throws `.planUsed`, `.planStale` and
    /// `.planExpired`; then nothing was written.
    ///
    /// - Parameters:
    ///   - attempt: told from every other call's, in any process.
    ///   - plans: the store that the declarer writes to.
    ///   - steps: what is pinned by now; others than when it was decided make the plan stale.
    package func apply(
        _ saved: SavedPlan, by person: String, attempt: String, in plans: any PlanStore, dryRun: Bool = false,
        steps: DeclaringSteps = .none
    ) async throws(DeclaringError) -> DeclarationPlan {
        let request = saved.request
        let scope = request.scope
        let send: Send = { (writes, revision, now) throws(StoreError) in
            let use = PlanUse(saved.id, by: person, at: now, attempt: attempt)
            return try await plans.declare(writes, expecting: revision, once: use)
        }
        return try await perform(dryRun: dryRun, send: send) { (now) throws(DeclaringError) in
            guard !saved.isExpired(at: now) else { throw .planExpired(made: saved.made) }
            let use: PlanUse?
            do throws(StoreError) { use = try await plans.use(ofPlan: saved.id) } catch { throw .store(error) }
            if let use, use.attempt != attempt { throw .planUsed(use) }
            let view = try await read(scope) { $0.widened(by: $1, for: request.declarations) }
            var plan = DeclarationPlanner.plan(request, in: view, now: now)
            // Its own, of which the answer was lost: it is done.
            guard use == nil else {
                plan.writes = []
                return plan
            }
            let pinned = try await steps.refresh(request).pinned
            let obstacles = saved.obstacles(in: view, deciding: plan) + saved.obstacles(pinned: pinned)
            guard obstacles.isEmpty else { throw .planStale(obstacles) }
            return plan
        }
    }
}
