import BSON
import Dispatch
import Foundation
import Glibc
import LocalMongo
import MongoDB
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
    @Test func `blocked calls leave the cooperative pool free`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let running = Running()
        try await TestServer.withClient(threads: 2) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        try await client.run { connection in
                            running.count.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                            gate.wait()
                            try connection.command("admin", ["ping": 1])
                            running.count.withLock { $0.now -= 1 }
                        }
                    }
                }
                // Runs on the pool: were it blocked by those who wait, nobody would ever open the gate.
                group.addTask {
                    for _ in 0..<64 {
                        await Task.yield()
                        gate.signal()
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(running.count.withLock { $0.now } == 0)
        #expect(running.count.withLock { $0.most } <= 2)
    }

    @Test func `closing finishes what was handed in, and refuses more`() async throws {
        let uri = try await TestServer.shared.value.uri
        let done = Running()
        let client = try await TestServer.withClient(of: uri, threads: 2) { client in
            let jobs = (0..<20).map { _ in
                Task {
                    try await client.run { connection in
                        try connection.command("admin", ["ping": 1])
                        done.count.withLock { $0.most += 1 }
                    }
                }
            }
            for job in jobs { try await job.value }
            await client.close()
            await client.close()
            return client
        }
        #expect(done.count.withLock { $0.most } == 20)
        let error = await mongoError { _ = try await client.run { try $0.hello() } }
        #expect(error?.kind == .closed)
    }

    @Test func `an error of the body is thrown as it is`() async throws {
        struct Odd: Error {}
        try await TestServer.withClient { client in
            await #expect(throws: Odd.self) { try await client.run { _ in throw Odd() } }
        }
    }

    @Test func `ten thousand calls leave the memory as it was`() async throws {
        let things = TestServer.newNamespace()
        let filler = String(repeating: "x", count: 20_000)
        try await TestServer.withClient { client in
            let grown = try await client.run { connection in
                try connection.insert(things, [["_id": 0, "filler": .string(filler)]])
                func round(_ number: Int32) throws {
                    try connection.command("admin", ["ping": 1, "comment": .string(filler)])
                    _ = try connection.findOne(things, filter: ["_id": 0])
                    if number % 4 == 0 {
                        try connection.bulkWrite(
                            things, [.updateOne(filter: ["_id": 0], update: ["$set": ["n": .int32(number)]])],
                            acknowledgement: .primary)
                        _ = try? connection.command("admin", ["thereIsNoSuchCommand": .string(filler)])
                    }
                }
                for number in Int32(0)..<500 { try round(number) }
                // Other tests run in this process, so what counts is the least of several stretches.
                return try (0..<4).map { _ in
                    let before = Self.residentBytes()
                    for number in Int32(0)..<1_000 { try round(number) }
                    return Self.residentBytes() - before
                }.min()
            }
            // A leak of each call's document alone would be 20 MB a stretch.
            #expect(try #require(grown) < 8_000_000)
        }
    }

    private static func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
            * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// How many run now, and how many did at most.
private final class Running: Sendable {
    let count = Mutex((now: 0, most: 0))
}
