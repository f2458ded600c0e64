package import Fleet
package import FleetStore
package import Planning

/// Writes `desired`: reads, decides by `Planning`, and writes in one transaction, again from the start when somebody
/// else was faster.
///
/// Nothing is parsed, asked or awaited while the transaction is open. What a call returns has been written, unless it
/// was a dry run; what it throws for has not, but for `.store(.outcomeUnknown)`, after which nobody knows and doing it
/// again is harmless.
package struct Declarer: Sendable {
    /// The most that one transaction carries (10,000 take 0.18 s, 50,000 over a second; LOOP, "`desired`").
    package static let limit = 20_000

    private let store: any Store
    private let patience: Patience
    private let notice: @Sendable (String) -> Void

    /// `notice` is told, for people, when a write waits for long.
    package init(
        _ store: any Store, patience: Patience = Patience(), notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.store = store
        self.patience = patience
        self.notice = notice
    }

    /// Declares, or with `dryRun` only decides. Declaring the same again writes nothing.
    package func declare(
        _ request: DeclarationRequest, dryRun: Bool = false
    ) async throws(DeclaringError) -> DeclarationPlan {
        try Declarer.check(request.declarations.count)
        let scope = DeclarationScope(request.declarations)
        return try await perform(dryRun: dryRun) { (now) throws(StoreError) in
            let view = try await read(scope) { $0.widened(by: $1, for: request.declarations) }
            return DeclarationPlanner.plan(request, in: view, now: now)
        }
    }

    /// Marks for deletion; the daemon deletes.
    package func delete(_ request: DeletionRequest, dryRun: Bool = false) async throws(DeclaringError) -> DeletionPlan {
        let scope = DeclarationScope(of: request.keys)
        return try await perform(dryRun: dryRun) { (now) throws(StoreError) in
            let view = try await read(scope) { scope, view in
                request.cascades ? scope.widenedByMembers(of: view) : nil
            }
            return DeletionPlanner.plan(request, in: view, now: now)
        }
    }

    /// Sets or takes back what operators set by hand.
    package func override(
        _ action: OverrideAction, on keys: [ResourceKey], by manager: String
    ) async throws(DeclaringError) -> OverridePlan {
        let scope = DeclarationScope(of: keys)
        return try await perform(dryRun: false) { (now) throws(StoreError) in
            let view = try await read(scope) { _, _ in nil }
            return OverridePlanner.plan(action, on: keys, by: manager, in: view, now: now)
        }
    }

    private static func check(_ count: Int) throws(DeclaringError) {
        guard count <= limit else { throw .tooMany(count: count, limit: limit) }
    }

    /// Reads what the scope names, and again while what was read leads to more.
    private func read(
        _ scope: DeclarationScope, widened: (DeclarationScope, DeclaringView) -> DeclarationScope?
    ) async throws(StoreError) -> DeclaringView {
        var scope = scope
        while true {
            let view = try await store.declaringView(of: scope.keys, pools: scope.pools)
            guard let wider = widened(scope, view) else { return view }
            scope = wider
        }
    }

    private func perform<Plan: DesiredPlan>(
        dryRun: Bool, _ decide: (Timestamp) async throws(StoreError) -> Plan
    ) async throws(DeclaringError) -> Plan {
        var attempts = Attempts(patience)
        // A plan whose commit was sent and never answered.
        var unanswered: Plan?
        while true {
            let plan: Plan
            do throws(StoreError) { plan = try await decide(try await store.serverTime()) } catch {
                let message = "MongoDB did not answer whether it was written, and can't be asked now"
                throw .store(unanswered == nil ? error : .outcomeUnknown(message))
            }
            // It has happened after all: what it said is what became of it.
            if let unanswered, plan.writes.isEmpty { return unanswered }
            guard !dryRun, !plan.writes.isEmpty else { return plan }
            try Declarer.check(plan.writes.count)
            unanswered = plan
            do throws(StoreError) {
                try await write(plan)
                return plan
            } catch .revisionMoved {
                unanswered = nil
                guard await attempts.pause() else { throw .contended(attempts: attempts.count) }
            } catch .outcomeUnknown(let message) {
                guard await attempts.pause() else { throw .store(.outcomeUnknown(message)) }
            } catch {
                throw .store(error)
            }
        }
    }

    private func write(_ plan: some DesiredPlan) async throws(StoreError) {
        let (delay, notice) = (patience.noticeAfter, notice)
        let waiting = Task {
            try await Task.sleep(for: delay)
            notice("waiting: another declaration is being written")
        }
        defer { waiting.cancel() }
        _ = try await store.declare(plan.writes, expecting: plan.revision)
    }
}
