import BSON
import Foundation
import Glibc
import LocalMongo
import MongoDB
import TestServer
import Testing

/// `examples/provider-local`: real processes as nodes.
struct ProviderProcessTests {
    private static let program = Repository.root + "/examples/provider-local"

    /// A provider's folder, which knows the processes that it started.
    private struct Provided: Sendable {
        let sandbox: Sandbox
        let port: Int
        var folder: String { "\(sandbox.folder)/provided" }

        var command: [String] {
            [
                ProviderProcessTests.program, "--server", "http://127.0.0.1:\(port)", "--state", folder, "--interval",
                "1s", "--reeve", Binary.path,
            ]
        }

        /// By request id: the process of each agent that runs.
        func processes() -> [String: pid_t] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            var found: [String: pid_t] = [:]
            for name in names {
                let text = try? String(contentsOfFile: "\(folder)/\(name)/process", encoding: .utf8)
                let parts = (text ?? "").split(separator: " ").map(String.init)
                guard parts.count == 2, let pid = pid_t(parts[0]), Provided.isAlive(pid, since: parts[1]) else {
                    continue
                }
                found[name] = pid
            }
            return found
        }

        static func isAlive(_ pid: pid_t, since start: String) -> Bool { began(pid) == start }

        /// In ticks of the kernel's clock; nil for a process that has ended.
        static func began(_ pid: pid_t) -> String? {
            let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            // After the name, which may hold anything.
            let fields = (stat ?? "").split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 19 && fields[0] != "Z" ? String(fields[19]) : nil
        }

        func call(_ request: String) async throws -> Outcome {
            let child = try sandbox.start(program: command[0], Array(command.dropFirst()), input: request)
            let ending = await child.ended()
            return Outcome(
                arguments: command, ending: ending, output: child.output, errors: child.errors, elapsed: .zero)
        }

        /// Whatever the test came to, no agent outlives it.
        static func run(_ sandbox: Sandbox, _ body: (Provided) async throws -> Void) async throws {
            let provided = Provided(sandbox: sandbox, port: try FreePort.find())
            do {
                try await body(provided)
            } catch {
                await provided.end()
                throw error
            }
            await provided.end()
        }

        private func end() async {
            // Programs that a daemon left behind may still start one.
            try? await eventually(within: .seconds(30), "no program runs") { !isCalled }
            for pid in processes().values { kill(pid, SIGKILL) }
        }

        /// Whether the program runs on this folder.
        private var isCalled: Bool {
            let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return processes.contains { name in
                guard pid_t(name) != nil, let words = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
                else {
                    return false
                }
                let text = String(decoding: words, as: UTF8.self)
                return text.contains(ProviderProcessTests.program) && text.contains(folder)
            }
        }
    }

    private func create(_ name: String, token: String) -> String {
        """
        {"version": 1, "action": "create", "request_id": "\(name)", "pool_id": "pool_local",
         "node": {"id": "node_\(name)", "name": "\(name)"}, "token": "\(token)", "labels": {}}
        """
    }

    private func delete(_ name: String) -> String {
        """
        {"version": 1, "action": "delete", "request_id": "\(name)", "pool_id": "pool_local", "node": {"id": "node_\(name)"}}
        """
    }

    @Test func `a request that comes again finds the same process, and only that one is ended`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            try await Provided.run(sandbox) { provided in
                let made = try await provided.call(create("local-1", token: "reeve_one"))
                #expect(made.ending == .exited(0), "\(made.errors)")
                #expect((try made.json["node", "spec", "hardware_info", "cpu", "cores"])?.int64Value ?? 0 >= 1)
                let first = try #require(provided.processes()["local-1"])
                let began = try #require(Provided.began(first))
                let again = try await provided.call(create("local-1", token: "reeve_two"))
                #expect(again.output == made.output)
                #expect(provided.processes() == ["local-1": first])
                let token = try String(contentsOfFile: "\(provided.folder)/local-1/token", encoding: .utf8)
                #expect(token == "reeve_two")

                let other = try await provided.call(create("local-2", token: "reeve_three"))
                #expect(other.ending == .exited(0))
                let listed = try await provided.call(#"{"version": 1, "action": "list", "pool_id": "pool_local"}"#)
                #expect(try listed.json["nodes"]?.arrayValue?.count == 2)
                let none = try await provided.call(#"{"version": 1, "action": "list", "pool_id": "pool_other"}"#)
                #expect(try none.json["nodes"]?.arrayValue?.count == 0)

                // Its number is somebody else's now: this test's own.
                let forgotten = try #require(provided.processes()["local-2"])
                defer { kill(forgotten, SIGKILL) }
                let claimed = "\(getpid()) 1"
                try claimed.write(toFile: "\(provided.folder)/local-2/process", atomically: true, encoding: .utf8)
                #expect(try await provided.call(delete("local-2")).ending == .exited(0))
                #expect(try await provided.call(delete("local-1")).ending == .exited(0))
                #expect(!Provided.isAlive(first, since: began) && provided.processes().isEmpty)
                // What is gone is deleted already.
                #expect(try await provided.call(delete("local-1")).output == "{}")
            }
        }
    }

    /// Only operators scale it: what the machine of the tests is busy with must not.
    private func pool(_ provided: Provided) -> String {
        let words = provided.command.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            apiVersion: reeve/v1
            kind: NodePool
            metadata: {name: local}
            spec:
              max_nodes: 4
              auto_scaling: true
              scaling_policy: {mode: "off", min_nodes: 1, max_nodes: 3, drain_seconds: 1}
              provider: {exec: {command: [\(words)], timeout_seconds: 60}}
            """
    }

    @Test func `a pool's nodes are processes that come and go, whatever happens to the daemon`() async throws {
        try await Sandbox.run { sandbox in
            try await Provided.run(sandbox) { provided in
                let run = [
                    "run", "--instance", "a", "--listen", "127.0.0.1:\(provided.port)", "--sample-interval", "1s",
                ]
                let first = try sandbox.start(run)
                defer { first.signal(SIGKILL) }
                try await sandbox.apply(pool(provided))
                try await sandbox.reeve("scale", "pool/local", "--active", "2", "--reason", "test")
                try await eventually(within: .seconds(90), "an agent runs") { !provided.processes().isEmpty }
                // Killed in the middle of it.
                first.signal(SIGKILL)
                await first.ended()
                let daemon = try sandbox.start(run)
                defer { daemon.signal(SIGKILL) }
                try await eventually(within: .seconds(120), "two nodes are in use") {
                    try await sandbox.count("nodes", ["status": "active"]) == 2
                }
                let made = provided.processes()
                #expect(made.count == 2 && made.keys.allSatisfy { $0.hasPrefix("local-") })
                for (name, pid) in made {
                    try Undertaker.shared.get().watch(pid)
                    let text = try String(contentsOfFile: "\(provided.folder)/\(name)/token", encoding: .utf8)
                    #expect(text.hasPrefix("reeve_") && !first.errors.contains(text) && !daemon.errors.contains(text))
                }
                #expect(try await sandbox.count("desired", ["manager": "scaler/pool_local"]) == 2)

                try await sandbox.reeve("scale", "pool/local", "--active", "1", "--reason", "test")
                try await eventually(within: .seconds(120), "one process is gone") { provided.processes().count == 1 }
                try await eventually(within: .seconds(60), "its node is gone") { try await sandbox.count("nodes") == 1 }
                let left = provided.processes()
                #expect(left.allSatisfy { made[$0.key] == $0.value }, "\(left), of \(made)")

                try await sandbox.reeve("delete", "pool/local", "--cascade")
                try await eventually(within: .seconds(120), "nothing is left") {
                    let declared = try await sandbox.count("desired")
                    return provided.processes().isEmpty && declared == 0
                }
                let reasons = Set(try await sandbox.documents("events").compactMap { $0["reason"]?.stringValue })
                #expect(reasons.isSuperset(of: ["NodeRequested", "NodeMade", "NodeUnmade"]), "\(reasons)")
                #expect(!reasons.contains("ProviderFailed"))
            }
        }
    }

    @Test func `a request that makes no sense is refused in one line`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let provided = Provided(sandbox: sandbox, port: 1)
            for request in [
                "", "{}", "[]", #"{"version": 2, "action": "list"}"#, create("../out", token: "reeve_x"),
                #"{"version": 1, "action": "dance"}"#,
            ] {
                let refused = try await provided.call(request)
                #expect(refused.ending == .exited(1) && !refused.errors.contains("Traceback"), "\(refused.errors)")
                #expect(!refused.errors.contains("reeve_x"))
            }
        }
    }
}
