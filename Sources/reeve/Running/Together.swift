import Logging
import ServiceLifecycle

/// Services that stop at the same time: a group would stop one after the other, and five seconds are short.
struct Together: Service {
    let services: [any Service]
    let logger: Logger

    /// Ends when all have ended; when one throws, the others are stopped as a signal would stop them.
    func run() async throws {
        // A group of its own for each: that is what can be stopped from here, and passes on what comes from above.
        let groups = services.map { ServiceGroup(services: [$0], logger: logger) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for group in groups { tasks.addTask { try await group.run() } }
            do {
                for try await _ in tasks {}
            } catch {
                for group in groups { await group.triggerGracefulShutdown() }
                while let result = await tasks.nextResult() {
                    if case .failure(let later) = result { logger.debug("failed, too", metadata: ["why": "\(later)"]) }
                }
                throw error
            }
        }
    }
}
