import ServiceLifecycleTestKit

@testable import Web

/// Runs a server for as long as `body` runs, which is given its port, and stops it as a daemon is stopped. Only
/// cancelled, it would trap when a connection comes just then (swift-nio's issue 3481).
///
/// - Parameter make: the server, which calls what it is given once it listens.
func withServer(
    _ make: (_ onListening: @escaping @Sendable (Int) async -> Void) -> WebServer,
    _ body: (Int) async throws -> Void
) async throws {
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let server = make { listening.yield($0) }
    try await testGracefulShutdown { stop in
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { listening.finish() }
                try await server.run()
            }
            do {
                if let port = await ports.first(where: { _ in true }) { try await body(port) }
                stop.triggerGracefulShutdown()
            } catch {
                stop.triggerGracefulShutdown()
                try? await group.waitForAll()
                throw error
            }
            try await group.waitForAll()
        }
    }
}
