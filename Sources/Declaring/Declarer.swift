package import Fleet
package import FleetStore
package import Planning

/// Writes `desired`: reads, decides by `Planning`, and writes in one transaction, again from the start when somebody
/// else was faster.
///
/// Nothing is parsed, asked or awaited while the transaction is open. What a call returns has been written, unless it
/// was a dry run; what it throws for has not, but for `.store(.outcomeUnknown)`, after which nobody knows and doing it
/// again is harmless. (A request of several transactions may have been written in part, `.unfinished`: doing it again
/// does the rest.)
package struct Declarer: Sendable {
    /// The most that one transaction carries (10,000 take 0.18 s, 50,000 over a second; LOOP, "`desired`").
    package static let limit = 20_000

    private let store: any Store
    private let patience: Patience
    private let limit: Int
    private let notice: @Sendable (String) -> Void

    /// `notice` is told, for people, when a write waits for long; a transaction carries at most `limit` writes.
    package init(
        _ store: any Store, patience: Patience = Patience(), limit: Int = Declarer.limit,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.store = store
        self.patience = patience
        self.limit = limit
        self.notice = notice
    }

    /// Declares, or with `dryRun` only decides. Declaring the same again writes nothing.
    ///
    /// More than one transaction carries is refused, unless the request continues: then it takes several, what others
    /// refer to first, and what was written of it stands when the rest can't be.
    package func declare(
        _ request: DeclarationRequest, dryRun: Bool = false, steps: DeclaringSteps = .none
    ) async throws(DeclaringError) -> DeclarationPlan {
        let scope = request.scope
        let splits: Splitting = request.continues ? .done : .offered
        var plan = try await perform(dryRun: dryRun, splits: splits) { (now) throws(DeclaringError) in
            let view = try await read(scope) { $0.widened(by: $1, for: request.declarations) }
            let plan = DeclarationPlanner.plan(try await steps.refresh(request), in: view, now: now)
            if !dryRun, !plan.writes.isEmpty { try await steps.willWrite(plan) }
            return plan
        }
        plan.pruning.deleted = plan.results.filter { $0.outcome == .deleted }.map(\.key)
        return plan
    }

    /// Marks for deletion; the daemon deletes.
    package func delete(_ request: DeletionRequest, dryRun: Bool = false) async throws(DeclaringError) -> DeletionPlan {
        let scope = DeclarationScope(of: request.keys, set: request.set)
        return try await perform(dryRun: dryRun, splits: request.set == nil ? .refused : .done) {
            (now) throws(DeclaringError) in
            let view = try await read(scope) { scope, view in
                request.cascades || request.set != nil ? scope.widenedByMembers(of: view) : nil
            }
            return DeletionPlanner.plan(request, in: view, now: now)
        }
    }

    /// Marks what a set's directory does not hold any more and somebody approved: of these objects each that still is
    /// the set's as it was found; nodes first, in as many transactions as it takes. What does not match any more, or is
    /// needed by others, is `failed`.
    package func approve(
        set: String, objects: [DeclarationIdentity], by manager: String, dryRun: Bool = false
    ) async throws(DeclaringError) -> DeletionPlan {
        try await delete(DeletionRequest(objects, of: set, manager: manager), dryRun: dryRun)
    }

    /// Moves resources from one owner to another, in as many transactions as it takes; see `AdoptionPlanner`.
    package func adopt(_ request: AdoptionRequest, dryRun: Bool = false) async throws(DeclaringError) -> AdoptionPlan {
        let scope = DeclarationScope(of: request.keys ?? [], set: request.keys == nil ? request.from.set : nil)
        return try await perform(dryRun: dryRun, splits: .done) { (now) throws(DeclaringError) in
            let view = try await read(scope) { _, _ in nil }
            return AdoptionPlanner.plan(request, in: view, now: now)
        }
    }

    /// Brings resources back to how they stood, each once, in as many transactions as it takes; see `ReversionPlanner`.
    package func revert(
        _ targets: [Reversion], by manager: String, dryRun: Bool = false
    ) async throws(DeclaringError) -> ReversionPlan {
        let scope = ReversionPlanner.scope(of: targets)
        return try await perform(dryRun: dryRun, splits: .done) { (now) throws(DeclaringError) in
            let view = try await read(scope) { ReversionPlanner.widened($0, by: $1, for: targets) }
            return ReversionPlanner.plan(targets, by: manager, in: view, now: now)
        }
    }

    /// Sets or takes back what operators set by hand.
    package func override(
        _ action: OverrideAction, on keys: [ResourceKey], by manager: String
    ) async throws(DeclaringError) -> OverridePlan {
        let scope = DeclarationScope(of: keys)
        return try await perform(dryRun: false) { (now) throws(DeclaringError) in
            let view = try await read(scope) { _, _ in nil }
            return OverridePlanner.plan(action, on: keys, by: manager, in: view, now: now)
        }
    }

    /// Reads what the scope names, and again while what was read leads to more.
    func read(
        _ scope: DeclarationScope, widened: (DeclarationScope, DeclaringView) -> DeclarationScope?
    ) async throws(DeclaringError) -> DeclaringView {
        var scope = scope
        while true {
            let view: DeclaringView
            do throws(StoreError) {
                view = try await store.declaringView(of: scope.keys, pools: scope.pools, set: scope.set)
            } catch {
                throw .store(error)
            }
            guard let wider = widened(scope, view) else { return view }
            scope = wider
        }
    }

    /// What becomes of more writes than one transaction carries.
    enum Splitting {
        case refused
        /// Refused as well, but whoever asks may let it `continue`.
        case offered
        /// Several transactions, in the order of the writes, of which each part stands alone.
        case done
    }

    /// Decides and writes, until nobody was faster. `send` is one transaction.
    func perform<Plan: DesiredPlan>(
        dryRun: Bool, splits: Splitting = .refused, send: Send? = nil,
        _ decide: (Timestamp) async throws(DeclaringError) -> Plan
    ) async throws(DeclaringError) -> Plan {
        var attempts = Attempts(patience)
        var progress = Progress()
        while true {
            let (now, plan): (Timestamp, Plan)
            do throws(DeclaringError) {
                now = try await serverTime()
                plan = try await decide(now)
            } catch {
                guard case .store = error, progress.isUnanswered else { throw progress.unfinished(error) }
                let message = "MongoDB did not answer whether it was written, and can't be asked now"
                throw progress.unfinished(.store(.outcomeUnknown(message)))
            }
            progress.settle(by: plan)
            guard splits == .done || plan.writes.count <= limit else {
                throw .tooMany(count: plan.writes.count, limit: limit, canContinue: splits == .offered)
            }
            guard !dryRun, !plan.writes.isEmpty else { return progress.told(plan) }
            do throws(StoreError) {
                try await write(plan, &progress) { (part, revision) throws(StoreError) in
                    if let send { return try await send(part, revision, now) }
                    return try await store.declare(part, expecting: revision)
                }
                return progress.told(plan)
            } catch .revisionMoved {
                progress.forget()
                guard await attempts.pause() else {
                    throw progress.unfinished(.contended(attempts: attempts.count))
                }
            } catch .outcomeUnknown(let message) {
                guard await attempts.pause() else { throw progress.unfinished(.store(.outcomeUnknown(message))) }
            } catch {
                throw progress.unfinished(.store(error))
            }
        }
    }

    /// Writes at a revision and a time, and returns the next revision.
    typealias Send = @Sendable ([DesiredWrite], Int64, Timestamp) async throws(StoreError) -> Int64

    private func serverTime() async throws(DeclaringError) -> Timestamp {
        do throws(StoreError) { return try await store.serverTime() } catch { throw .store(error) }
    }

    /// In as many transactions as it takes: one, nearly always.
    private func write(
        _ plan: some DesiredPlan, _ progress: inout Progress,
        _ send: ([DesiredWrite], Int64) async throws(StoreError) -> Int64
    ) async throws(StoreError) {
        let (delay, notice) = (patience.noticeAfter, notice)
        let waiting = Task {
            try await Task.sleep(for: delay)
            notice("waiting: another declaration is being written")
        }
        defer { waiting.cancel() }
        var rest = plan.writes[...]
        var revision = plan.revision
        while !rest.isEmpty {
            let part = Array(rest.prefix(limit))
            rest = rest.dropFirst(part.count)
            progress.send(part, of: plan)
            revision = try await send(part, revision)
            progress.confirm(at: revision)
        }
    }
}
