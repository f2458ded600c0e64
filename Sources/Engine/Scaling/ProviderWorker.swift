import Fleet
import FleetStore
import Logging
import Planning
import Synchronization

/// Carries out what pools' statuses ask of their providers, outside of any transaction: a task of the leader.
///
/// It holds nothing that matters: what is to be done stands in the statuses, what was done in `desired` and with the
/// providers, and each step may be done again. A look finds what is to be done, jobs do it.
final class ProviderWorker: Sendable {
    typealias Job = ProviderQueue.Job

    let register = ProviderRegister()
    private let store: any ProviderStore
    private let provider: any NodeProvider
    private let lanes: Lanes
    private let epoch: Int64
    private let clock: any EngineClock
    private let interval: Duration
    private let logger: Logger
    private let queue = Mutex(ProviderQueue())
    private let woken = Signal()
    private let stopping = Atomic(false)

    /// - Parameter interval: between two looks when nothing wakes it.
    init(
        _ store: any ProviderStore, _ provider: any NodeProvider, _ lanes: Lanes, epoch: Int64,
        clock: any EngineClock, interval: Duration, logger: Logger
    ) {
        self.store = store
        self.provider = provider
        self.lanes = lanes
        self.epoch = epoch
        self.clock = clock
        self.interval = interval
        self.logger = logger
    }

    /// Works until it is stopped or cancelled; what runs then is ended. Throws `StoreError.fenced` when another leads.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while !Task.isCancelled, !group.isCancelled, !stopping.load(ordering: .relaxed) {
                do {
                    for job in try await look() {
                        group.addTask {
                            defer { self.woken.raise() }
                            try await self.perform(job)
                        }
                    }
                } catch let error as StoreError {
                    guard error != .fenced else { throw error }
                    logger.warning("could not look at provided nodes", metadata: ["why": "\(error)"])
                }
                let next = Timestamp(milliseconds: clock.now().milliseconds + interval.milliseconds)
                await woken.wait(until: next, clock)
            }
            group.cancelAll()
        }
    }

    /// Ends the calls that run: they are made again, and need not be waited for.
    func stop() {
        stopping.store(true, ordering: .relaxed)
        woken.raise()
    }

    /// Takes up what followed from a batch.
    func follow(_ followUps: FollowUps) {
        for (poolID, news) in followUps.provided { register.settle(news, of: poolID) }
        guard !followUps.providing.isEmpty else { return }
        queue.withLock { $0.watch(followUps.providing) }
        woken.raise()
    }

    // MARK: A look

    /// Notes what has become of provided nodes, and returns the jobs that are to be performed now.
    func look() async throws -> [Job] {
        let now = clock.now()
        if queue.withLock({ $0.nextSurvey <= now }) { try await survey(now) }
        let look = queue.withLock(\.look)
        let keys = look.watched.union(look.unlisted).sorted().map { ResourceKey(.nodePool, $0) }
        guard !keys.isEmpty else { return [] }
        let pools = try await store.readSettled(keys)
        let nodes = Set(pools.status.values.flatMap { $0.scaling.map { Array($0.provided.keys) } ?? [] })
        let declared = try await store.readSettled(nodes.sorted().map { ResourceKey(.node, $0) })
        var jobs: [Job] = []
        for key in keys where pools.unreadable[key] == nil {
            // A deletion ends a pause.
            guard let pool = pools.desired[key], pool.deletion != nil || pool.pause(at: now) == nil else {
                queue.withLock { $0.unwatch(key.id) }
                continue
            }
            let scaling = pools.status[key]?.scaling ?? PoolScaling()
            guard scaling.provided.keys.allSatisfy({ declared.unreadable[ResourceKey(.node, $0)] == nil }) else {
                continue
            }
            let declarations = declared.desired.values.filter { scaling.provided[$0.key.id] != nil }
            let agenda = ProviderAgenda(
                of: pool, scaling,
                declared: Dictionary(declarations.map { ($0.key.id, $0) }) { first, _ in first })
            if register.note(agenda.news, of: key.id) { lay(key) }
            if !agenda.isOpen, agenda.news.isEmpty { queue.withLock { $0.unwatch(key.id) } }
            jobs += work(of: pool, agenda, lists: look.unlisted.contains(key.id))
        }
        return queue.withLock { $0.start(jobs, of: look, now: now) }
    }

    private func work(of pool: Desired, _ agenda: ProviderAgenda, lists: Bool) -> [Job] {
        let program = ProviderProgram(of: pool)
        func job(_ work: Job.Work) -> Job {
            Job(poolID: pool.key.id, program: program, labels: pool.declaration.labels, work: work)
        }
        // Without a program nothing is made or taken away; declarations can be.
        let items = agenda.items.filter { item in
            // What is done is not asked for again while the status can't be written.
            (program != nil && !register.isGone(item.nodeID, of: pool.key.id)) || item.action == .retract
        }
        return items.map { job(.node($0)) } + (lists && program != nil ? [job(.list)] : [])
    }

    /// Finds the pools that have provided nodes or a provider: after a take-over nobody has told of them.
    private func survey(_ now: Timestamp) async throws {
        struct Found: Sendable {
            var open: Set<String> = []
            var providing: Set<String> = []
        }
        let parts = try await store.scan(.nodePool, into: Found.init) { part, row in
            if row.status?.scaling?.provided.isEmpty == false { part.open.insert(row.key.id) }
            if row.desired?.hasProvider == true { part.providing.insert(row.key.id) }
        }
        queue.withLock { queue in
            queue.surveyed(
                open: parts.reduce(into: []) { $0.formUnion($1.open) },
                providing: parts.reduce(into: []) { $0.formUnion($1.providing) }, now: now)
        }
    }

    // MARK: A job

    /// Does it; a failure is told, and it is tried again later. Throws `StoreError.fenced` alone.
    func perform(_ job: Job) async throws {
        do {
            switch job.work {
            case .list: try await list(job)
            case .node(let item):
                switch item.action {
                case .create: try await create(job, item.nodeID)
                case .retract: try await retract(job, item.nodeID)
                case .delete: try await delete(job, item.nodeID)
                }
            }
            queue.withLock { $0.succeeded(job) }
        } catch let error as ProviderFailure {
            fail(job, error.reason)
        } catch let error as StoreError {
            guard error != .fenced else { throw error }
            // It isn't the provider's fault, so nothing is told of the pool.
            guard failed(job, "MongoDB: \(error)") else { return }
            logger.warning(
                "could not note what a provider does", metadata: ["pool": "\(job.poolID)", "why": "\(error)"])
        }
    }

    /// - Returns: whether it is to be told.
    private func failed(_ job: Job, _ reason: String) -> Bool {
        // Who stops ends what runs.
        !Task.isCancelled && queue.withLock { $0.failed(job, reason, now: clock.now()) }
    }

    private func fail(_ job: Job, _ reason: String) {
        guard failed(job, reason) else { return }
        logger.warning("a provider failed", metadata: ["pool": "\(job.poolID)", "why": "\(reason)"])
        let action =
            switch job.work {
            case .list: "list"
            case .node(let item): "\(item.action) \(item.nodeID)"
            }
        register.tell(.warning, "ProviderFailed", "\(action): \(reason)", of: job.poolID)
        lay(ResourceKey(.nodePool, job.poolID))
    }

    private func create(_ job: Job, _ nodeID: String) async throws {
        guard let program = job.program else { return }
        let token = provider.makeToken()
        // First, so that the machine can report as soon as it is there; a former try's token is worth nothing now.
        try await store.replaceTokens(
            of: nodeID, with: token.digest, by: Desired.providerManager(of: job.poolID), under: fence(of: job.poolID))
        let spec = try await provider.create(job.request(nodeID), token: token, by: program)
        let declarer = ProviderDeclarer(store: store, fence: fence(of: job.poolID))
        guard try await declarer.declare(nodeID, spec, in: job.poolID, labels: job.labels, now: clock.now()) else {
            return
        }
        var news = ProviderNews()
        news.declared = [nodeID]
        _ = register.note(news, of: job.poolID)
        // The feed leaves out what this process wrote.
        lanes.add(ResourceKey(.node, nodeID), pool: job.poolID, .change)
        lay(ResourceKey(.nodePool, job.poolID))
    }

    private func retract(_ job: Job, _ nodeID: String) async throws {
        let declarer = ProviderDeclarer(store: store, fence: fence(of: job.poolID))
        try await declarer.retract(nodeID, of: job.poolID, now: clock.now())
        lanes.add(ResourceKey(.node, nodeID), pool: job.poolID, .change)
    }

    private func delete(_ job: Job, _ nodeID: String) async throws {
        guard let program = job.program else { return }
        // A node that was never declared leaves no tombstone that would do it, and its machine may have read the token.
        try await store.revokeTokens(of: nodeID, under: fence(of: job.poolID))
        try await provider.delete(job.request(nodeID), by: program)
        var news = ProviderNews()
        news.gone = [nodeID]
        _ = register.note(news, of: job.poolID)
        lay(ResourceKey(.nodePool, job.poolID))
    }

    /// Takes away what the program has and nobody knows: made for a request that was given up meanwhile, or for a status
    /// that is lost. What can't have been asked for is another's, whatever the program says, and is left alone.
    private func list(_ job: Job) async throws {
        guard let program = job.program else { return }
        let listed = try await provider.list(job.poolID, by: program)
        guard !listed.isEmpty else { return }
        // Read after the answer: what was asked for before stands there.
        let key = ResourceKey(.nodePool, job.poolID)
        let view = try await store.readSettled([key] + listed.map { ResourceKey(.node, $0.nodeID) })
        guard view.unreadable.isEmpty, let pool = view.desired[key] else { return }
        let known = view.status[key]?.scaling?.provided ?? [:]
        let unknown = listed.filter { known[$0.nodeID] == nil && view.desired[ResourceKey(.node, $0.nodeID)] == nil }
        let strangers = Set(unknown.map(\.nodeID)).filter { !pool.mayHaveMade($0) }
        if queue.withLock({ $0.noted(strangers: strangers, of: job.poolID) }) {
            let few = strangers.sorted().map { String($0.prefix(64)) }.firstFew()
            register.tell(
                .warning, "ProviderFailed", "list: nodes that nobody asked of it for \(key), left alone: \(few)",
                of: job.poolID)
            lay(key)
        }
        for node in unknown where !strangers.contains(node.nodeID) {
            try await store.revokeTokens(of: node.nodeID, under: fence(of: job.poolID))
            try await provider.delete(
                ProviderRequest(poolID: job.poolID, nodeID: node.nodeID, id: node.requestID), by: program)
            let message = "the provider had \(node.nodeID.prefix(64)), which nobody knows: taken away"
            register.tell(.normal, "NodeUnmade", message, of: job.poolID)
            lay(key)
        }
    }

    private func lay(_ pool: ResourceKey) { lanes.add(pool, pool: pool.id, .change) }

    private func fence(of poolID: String) -> Fence {
        Fence(epoch: epoch, lanes: [lanes.map.lane(of: ResourceKey(.nodePool, poolID), pool: nil)])
    }
}

extension ProviderQueue.Job {
    fileprivate func request(_ nodeID: String) -> ProviderRequest {
        // A node is asked for once: what names it names the request.
        ProviderRequest(
            poolID: poolID, nodeID: nodeID, id: String(nodeID.dropFirst(Kind.node.idPrefix.count)), labels: labels)
    }
}
