import Fleet
import FleetStore
import Logging
import MemoryStore
import Synchronization

@testable import Engine

/// What a daemon said, line by line.
final class Said: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock(\.self) }

    func logger() -> Logger {
        var logger = Logger(label: "daemon") { _ in Handler(said: self) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let said: Said
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            said.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}

/// Runs a daemon until `body` ends, and stops it as a crash would: what it leads is cancelled.
func withDaemon(
    _ store: any Store & LeaseStore, instance: String = "test", laneCount: Int = Int(Preparation.lanes),
    tuning: Tuning = Tuning(),
    logger: Logger = Logger(label: "daemon") { _ in SwiftLogNoOpLogHandler() }, _ body: () async throws -> Void
) async throws {
    let daemon = Daemon(
        Daemon.Parts(
            instance: instance, store: store, laneCount: laneCount, clock: try await ServerClock(store)),
        tuning: tuning, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            do { try await daemon.run() } catch is CancellationError {}
        }
        defer { group.cancelAll() }
        try await body()
    }
}

/// Declares as an apply would that found nothing wrong.
func declare(_ declarations: [Declaration], _ store: any Store) async throws {
    let view = try await store.declaringView(of: declarations.map(\.key), pools: [])
    let now = try await store.serverTime()
    let writes = declarations.compactMap { declaration -> DesiredWrite? in
        guard let standing = view.desired[declaration.key] else {
            return .insert(
                Desired(declaration, revision: 0, firstRevision: 0, manager: "test", createdAt: now, updatedAt: now))
        }
        guard standing.declaration != declaration else { return nil }
        var next = standing
        next.declaration = declaration
        next.generation += 1
        return .replace(next, previous: standing)
    }
    guard !writes.isEmpty else { return }
    _ = try await store.declare(writes, expecting: view.revision)
}

/// Declares until it is known that it stands: after an answer that says nothing, it is read again what to write.
func declareSurely(_ declarations: [Declaration], _ store: any Store) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(60)
    while true {
        do {
            return try await declare(declarations, store)
        } catch let error as StoreError {
            guard clock.now < deadline else { throw error }
            switch error {
            case .unavailable, .outcomeUnknown, .revisionMoved: try await clock.sleep(for: .milliseconds(100))
            default: throw error
            }
        }
    }
}

/// How many of these are synced at the generation that is declared.
func synced(_ keys: [ResourceKey], _ store: any Store) async throws -> Int {
    let view = try await store.read(keys)
    return keys.count { key in
        guard let status = view.status[key], let desired = view.desired[key] else { return false }
        return status[.synced]?.status == .yes && status.observedGeneration == desired.generation
    }
}
