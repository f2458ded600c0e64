import Fleet
import FleetStore
import Logging
import Manifests
import MemoryStore
import Planning
import Synchronization
import Testing

@testable import Syncing

/// A real directory that is followed into the memory store.
struct SetWatchTests {
    private let store = InMemoryStore()
    private let tree: TemporaryTree
    private let log = WarningCount()

    init() throws { tree = try TemporaryTree() }

    private func status() throws -> SetStatus? { try? store.set("prod") }

    /// Follows while `body` runs.
    private func following(
        leads: @escaping @Sendable () -> Bool = { true }, _ body: () async throws -> Void
    ) async throws {
        var settings = SetSyncer.Settings("prod", directory: tree.path, syncedBy: "test")
        settings.confirmation = .milliseconds(10)
        settings.budget = .unlimited
        var pace = SetWatch.Pace()
        pace.poll = .seconds(1)
        pace.outstanding = .milliseconds(200)
        pace.standby = .milliseconds(20)
        let watch = SetWatch(
            [settings], store: store, pace: pace, leads: leads,
            logger: log.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watch.run() }
            try await body()
            group.cancelAll()
        }
    }

    private func eventually(_ what: String, _ holds: () throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while try !holds() {
            try #require(ContinuousClock.now < end, "\(what): never came")
            try await ContinuousClock().sleep(for: .milliseconds(10))
        }
    }

    private func owned() throws -> Set<String> {
        Set(try store.declared(inSet: "prod").filter { $0.deletion == nil }.map(\.key.id))
    }

    @Test func `what changes is declared, and what left is deleted`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("a"))
        try tree.write("b.yaml", TemporaryTree.pool("b"))
        try await following {
            try await eventually("both are declared") { try owned() == ["pool_pool-a", "pool_pool-b"] }
            try tree.write("c.yaml", TemporaryTree.pool("c"))
            try await eventually("the third one") { try owned().count == 3 }
            try tree.remove("b.yaml")
            try await eventually("the second one leaves") { try owned() == ["pool_pool-a", "pool_pool-c"] }
        }
    }

    @Test func `with MongoDB away nothing is lost, and it goes on when it is back`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("a"))
        try await following {
            try await eventually("it is declared") { try status()?[.synced]?.status == .yes }
            store.isUnavailable = true
            try tree.write("b.yaml", TemporaryTree.pool("b"))
            try await eventually("it is told") { log.value == 1 }
            store.isUnavailable = false
            try await eventually("what came meanwhile") { try owned().count == 2 }
        }
    }

    @Test func `a directory that vanishes and comes back loses nothing`() async throws {
        try tree.write("set/a.yaml", TemporaryTree.pool("a"))
        let root = tree.at("set")
        var settings = SetSyncer.Settings("prod", directory: root, syncedBy: "test")
        settings.confirmation = .milliseconds(10)
        var pace = SetWatch.Pace()
        pace.poll = .seconds(1)
        let watch = SetWatch(
            [settings], store: store, pace: pace, logger: log.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watch.run() }
            try await eventually("it is declared") { try status()?[.synced]?.status == .yes }
            try tree.rename("set", to: "away")
            try await eventually("it is told") { try status()?[.synced]?.reason == "DirectoryUnreadable" }
            #expect(try owned() == ["pool_pool-a"])
            try tree.rename("away", to: "set")
            try await eventually("it is back") { try status()?[.synced]?.status == .yes }
            #expect(try owned() == ["pool_pool-a"])
            group.cancelAll()
        }
    }

    @Test func `who does not lead writes nothing`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("a"))
        let asked = Atomic(0)
        let leads = Atomic(false)
        try await following {
            asked.add(1, ordering: .relaxed)
            return leads.load(ordering: .relaxed)
        } _: {
            try await eventually("it was asked twice") { asked.load(ordering: .relaxed) > 1 }
            #expect(try status() == nil)
            leads.store(true, ordering: .relaxed)
            try await eventually("it is declared") { try owned().count == 1 }
        }
    }

    @Test func `what others write is noticed, and put right`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("a"))
        try await following {
            try await eventually("it is declared") { try status()?[.synced]?.status == .yes }
            let key = ResourceKey(.nodePool, "pool_pool-a")
            let found = try store.read([key]).desired[key]
            let current = try #require(found)
            var changed = current
            changed.declaration.spec[PoolLeaf.maxNodes] = .int(5)
            changed.generation += 1
            let revision = try store.declaringView(of: [], pools: [], set: nil).revision
            _ = try store.declare([.replace(changed, previous: current)], expecting: revision)
            try await eventually("the directory has its say") {
                try store.read([key]).desired[key]?.spec[PoolLeaf.maxNodes] == .int(9)
            }
        }
    }
}

/// Counts what a logger warns of.
private final class WarningCount: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock(\.self) }

    var logger: Logger {
        Logger(label: "test") { [self] _ in
            Handler { [self] event in
                if event.level == .warning { count.withLock { $0 += 1 } }
            }
        }
    }

    private struct Handler: LogHandler {
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]
        let heard: @Sendable (LogEvent) -> Void

        init(_ heard: @escaping @Sendable (LogEvent) -> Void) { self.heard = heard }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { heard(event) }
    }
}
