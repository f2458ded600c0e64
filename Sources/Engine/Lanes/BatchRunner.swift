import Fleet
import FleetStore
import Logging
import Planning

/// Works on batches: read, plan, write in fenced transactions, say what came of each key. Holds no state.
struct BatchRunner: Sendable {
    let store: any Store
    let epoch: Int64
    let map: LaneMap
    let register: HealthRegister
    /// Nil where nobody makes nodes.
    var provided: ProviderRegister?
    let scaling: ScalingRegister
    let clock: any EngineClock
    let tuning: Tuning
    let journal: Journal

    /// Works on `keys`, which were taken from `lane`; each of them gets an outcome.
    ///
    /// When it throws, nothing more is known than that what was committed is committed; running again is harmless,
    /// because what was written plans to nothing.
    func run(_ keys: [ResourceKey], on lane: Lane) async throws -> BatchResult {
        var result = BatchResult()
        do {
            try await run(keys, on: lane, &result)
            return result
        } catch {
            // What was committed before plans to nothing now, and would follow up nothing.
            _ = lane.owe(result.followUps)
            throw error
        }
    }

    private func run(_ keys: [ResourceKey], on lane: Lane, _ result: inout BatchResult) async throws {
        var conflicts: [ResourceKey: Int] = [:]
        // Pools are written before their nodes are read, so that these find them.
        let nodes = keys.filter { $0.kind == .node }
        let others = keys.filter { $0.kind != .node }
        var groups = [nodes, others].filter { !$0.isEmpty }
        while let group = groups.popLast() {
            KillPoint.hit(.batchTaken)
            let view = try await read(group)
            KillPoint.hit(.batchRead)
            let situations = try await situations(of: group, in: view, lane)
            let plans = plan(group, in: view, situations, lane, &result)
            let chunks = Chunk.split(plans, tuning)
            for (position, chunk) in chunks.enumerated() {
                if position > 0, lane.changeWaits(now: clock.now()) {
                    // A change waits: what is not written yet goes behind it.
                    result.settle(chunks[position...].joined().map(\.change.key), .rerun)
                    break
                }
                groups += try await write(chunk, in: view, situations, lane, &conflicts, &result)
            }
        }
    }

    private func read(_ keys: [ResourceKey]) async throws -> FleetView {
        var view = try await store.read(keys)
        register.fill(&view)
        provided?.fill(&view)
        let dependencies = Set(keys.flatMap { view.desired[$0]?.declaration.lifecycle.dependsOn ?? [] })
            .filter { view.desired[$0] == nil || view.status[$0] == nil }
        guard !dependencies.isEmpty else { return view }
        let more = try await store.read(dependencies.sorted())
        view.desired.merge(more.desired) { mine, _ in mine }
        view.status.merge(more.status) { mine, _ in mine }
        return view
    }

    /// What the pools whose size is to be decided anew are decided by, from what stands now.
    private func situations(
        of keys: [ResourceKey], in view: FleetView, _ lane: Lane
    ) async throws -> [ResourceKey: ScalingSituation] {
        let wanted = keys.filter {
            $0.kind == .nodePool && map.home(of: $0, in: view) == lane.index && scaling.wants($0.id)
        }
        guard !wanted.isEmpty else { return [:] }
        var situations: [ResourceKey: ScalingSituation] = [:]
        for reading in try await PoolReading.read(wanted, in: view, from: store) {
            situations[reading.desired.key] = scaling.situation(reading, now: clock.now())
        }
        for key in wanted where situations[key] == nil { scaling.remove(key.id) }
        return situations
    }

    /// The plans that write something, in the order of kinds and ids. Keys with nothing to write are settled, keys
    /// that belong to another lane are sent there.
    private func plan(
        _ keys: [ResourceKey], in view: FleetView, _ situations: [ResourceKey: ScalingSituation], _ lane: Lane,
        _ result: inout BatchResult
    ) -> [Plan] {
        let now = clock.now()
        var room = PoolRoom()
        var plans: [Plan] = []
        plans.reserveCapacity(keys.count)
        for key in keys.sorted() {
            if map.home(of: key, in: view) != lane.index {
                result.strays.append((key, LaneMap.poolID(of: key, in: view)))
                result.settle([key], .settled(again: nil))
                continue
            }
            let plan = Planner.plan(key, in: view, now: now, room: &room, scaling: situations[key])
            if key.kind == .node, view.desired[key] == nil, let poolID = view.observed[key]?.poolID {
                // Nobody declares it: only its pool's count is ours, and who waits for its name or place.
                result.followUps.pools.insert(poolID)
                result.followUps.changed.insert(ResourceKey(.nodePool, poolID))
            }
            if view.desired[key] == nil { result.followUps.heard.append(key) }
            if plan.change.isEmpty {
                journal.metrics.count(.unchanged)
                // What was noted of it stands already, or did not take place.
                result.followUps.noteUnchanged(key, in: view)
                result.settle([key], plan.outcome)
                if situations[key] != nil { scaling.settle(key.id, hasWritten: false, now: now) }
            } else {
                plans.append(plan)
            }
        }
        return tellTogether(plans, in: view, now)
    }

    /// Nodes that turn together without a look that found them, as at the end of a maintenance window, are a crowd, too:
    /// then none of them tells of itself.
    private func tellTogether(_ plans: [Plan], in view: FleetView, _ now: Timestamp) -> [Plan] {
        var turns = Turns()
        for plan in plans { turns.add(plan, in: view, now) }
        guard !turns.byTeller.isEmpty else { return plans }
        _ = register.note(turns.byTeller, [:], now: now)
        var next = view
        register.fill(&next)
        guard next.crowds.keys.contains(where: { view.crowds[$0] == nil }) else { return plans }
        var room = PoolRoom()
        return plans.map { plan in
            plan.turn == nil ? plan : Planner.plan(plan.change.key, in: next, now: now, room: &room)
        }
    }

    /// Writes one transaction; returns the groups of keys that are to be read and planned again.
    private func write(
        _ plans: [Plan], in view: FleetView, _ situations: [ResourceKey: ScalingSituation], _ lane: Lane,
        _ conflicts: inout [ResourceKey: Int], _ result: inout BatchResult
    ) async throws -> [[ResourceKey]] {
        let keys = plans.map(\.change.key)
        let lanes = plans.reduce(into: Set([lane.index])) { $0.formUnion(map.lanes(of: $1.change, in: view)) }
        let outcome = try await commit(plans.map(\.change), under: Fence(epoch: epoch, lanes: lanes.sorted()))
        KillPoint.hit(.batchCommitted)
        switch outcome {
        case nil:
            // If it was committed it plans to nothing now: what follows from it is due in either case.
            for plan in plans { result.followUps.note(plan, in: view) }
            return try await again(keys, "its outcome is not known", in: view, lane, &conflicts, &result)
        case .committed:
            for plan in plans {
                result.settle([plan.change.key], plan.outcome)
                result.followUps.note(plan, in: view)
                journal.note(plan)
                if situations[plan.change.key] != nil {
                    scaling.settle(plan.change.key.id, hasWritten: true, now: clock.now())
                }
            }
            return []
        case .rejected(let key, let rejection):
            try await fail(key, rejection.reason, rejection.message, in: view, lane, &result)
            let rest = keys.filter { $0 != key }
            return rest.isEmpty ? [] : [rest]
        case .conflict(let why):
            return try await again(keys, why, in: view, lane, &conflicts, &result)
        }
    }

    /// Nil when the outcome is not known: what follows reads again, and what was committed after all plans to nothing.
    private func commit(_ changes: [ResourceChange], under fence: Fence) async throws -> CommitOutcome? {
        do {
            return try await store.commit(changes, under: fence)
        } catch {
            switch error {
            case .outcomeUnknown: return nil
            // What is refused as a whole may be one key's fault: halving finds it, and it holds nobody else.
            case .failed(_, let message): return .conflict(message)
            default: throw error
            }
        }
    }

    /// After a conflict: in halves, after some conflicts each key alone; a key that keeps conflicting alone has failed
    /// and holds nobody else.
    private func again(
        _ keys: [ResourceKey], _ why: String, in view: FleetView, _ lane: Lane,
        _ conflicts: inout [ResourceKey: Int], _ result: inout BatchResult
    ) async throws -> [[ResourceKey]] {
        for key in keys { conflicts[key, default: 0] += 1 }
        let worst = keys.reduce(0) { max($0, conflicts[$1, default: 0]) }
        journal.conflict(keys.count, why)
        if let key = keys.first, keys.count == 1, worst >= tuning.conflictsUntilFailed {
            try await fail(key, "Conflict", why, in: view, lane, &result)
            return []
        }
        // Jitter, so that two who are in each other's way do not meet again.
        try await clock.sleep(for: .milliseconds(Int64.random(in: 1...(4 << min(worst, 5)))))
        if worst >= tuning.conflictsUntilAlone { return keys.map { [$0] } }
        let half = keys.count / 2
        return half == 0 ? [keys] : [Array(keys[..<half]), Array(keys[half...])]
    }

    /// Writes down that a key failed, and when it is tried again.
    private func fail(
        _ key: ResourceKey, _ reason: String, _ message: String, in view: FleetView, _ lane: Lane,
        _ result: inout BatchResult
    ) async throws {
        journal.metrics.count(.failed)
        let now = clock.now()
        // A taken name comes free by a change in the pool, not by trying again.
        let holder = reason == Rejection.nameTaken.reason ? view.desired[key]?.poolID : nil
        let (attempts, delay) = lane.retry(after: key)
        let change = Planner.failure(
            of: key, in: view, reason: reason, message: message, attempts: holder == nil ? attempts : nil,
            nextRetry: holder == nil ? Timestamp(milliseconds: now.milliseconds + delay) : nil, now: now)
        if let change, !change.isEmpty {
            let fence = Fence(epoch: epoch, lanes: map.lanes(of: change, in: view).union([lane.index]).sorted())
            guard case .committed = try await commit([change], under: fence) else {
                // Its status does not say what it waits for, so it tries again by itself.
                result.settle([key], .failed)
                return
            }
            journal.note(change)
        }
        result.settle([key], holder.map { .waiting(for: ResourceKey(.nodePool, $0)) } ?? .failed)
    }
}

/// How many plans go into one transaction.
enum Chunk {
    /// In the order of the plans; each piece within the limits of LOOP, "Transactions".
    static func split(_ plans: [Plan], _ tuning: Tuning) -> [[Plan]] {
        var chunks: [[Plan]] = []
        var (current, changes): ([Plan], Int) = ([], 0)
        for plan in plans {
            let changesNode = plan.change.changesExistingNode
            if current.count == tuning.creations || (changesNode && changes == tuning.changes) {
                chunks.append(current)
                (current, changes) = ([], 0)
            }
            current.append(plan)
            changes += changesNode ? 1 : 0
        }
        if !current.isEmpty { chunks.append(current) }
        return chunks
    }
}

extension ResourceChange {
    fileprivate var changesExistingNode: Bool {
        guard key.kind == .node else { return false }
        switch document {
        case .update, .delete: return true
        case .insert, nil: return false
        }
    }
}

extension Rejection {
    fileprivate var reason: String {
        switch self {
        case .nameTaken: "NameTaken"
        case .duplicateID: "DuplicateID"
        case .invalidDocument: "InvalidDocument"
        case .other: "WriteRefused"
        }
    }

    fileprivate var message: String {
        switch self {
        case .nameTaken: "another document of the pool has the name"
        case .duplicateID: "another document has the id"
        case .invalidDocument(let why): "MongoDB's validator refuses the document: \(why)"
        case .other(let code, let message): "MongoDB refuses the write: \(message) (\(code))"
        }
    }
}
