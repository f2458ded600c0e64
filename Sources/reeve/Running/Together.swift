import ServiceLifecycle

/// Services that stop at the same time: a group would stop one after the other, and five seconds are short.
struct Together: Service {
    let services: [any Service]

    /// Ends when all have ended; the first that throws ends the others.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service.run() } }
            try await group.waitForAll()
        }
    }
}
