import BSON
import Foundation
import MongoDB

/// A directory of manifests in a sandbox, and the set that it is synced as.
struct SyncedTree {
    let sandbox: Sandbox
    let set: String
    let path: String

    init(_ sandbox: Sandbox, _ set: String = "fleet") throws {
        self.sandbox = sandbox
        self.set = set
        path = "\(sandbox.folder)/\(set)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func at(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String) throws {
        let folder = URL(fileURLWithPath: at(name)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try text.write(toFile: at(name), atomically: true, encoding: .utf8)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: at(name)) }

    /// A node, different from all others with another number.
    static func node(_ number: Int, cores: Int? = nil) -> String {
        """
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: synced-\(number)}
        spec:
          node_type: worker
          hardware_info:
            cpu: {cores: \(cores ?? number % 64 + 1), frequency_mhz: \(1000 + number)}
            memory: {total_bytes: 4GiB}
            storage: {total_bytes: 100GB}
            network: [{interface: eth0}]

        """
    }

    static func id(_ number: Int) -> String { "node_synced-\(number)" }

    func write(nodes: some Sequence<Int>) throws {
        for number in nodes { try write("n\(number).yaml", Self.node(number)) }
    }

    // MARK: Syncing

    @discardableResult
    func sync(_ arguments: String..., exit status: Int32 = 0) async throws -> Outcome {
        try await sandbox.reeve(["sync", path, "--set", set] + arguments, exit: status)
    }

    func status() async throws -> Value? { try await sandbox.documents("status", ["_id": .string("Set/\(set)")]).first }

    func condition(_ type: String) async throws -> Value? {
        try await status()?["conditions"]?.items.first { $0["type"] == .string(type) }
    }

    /// Returns when the set is as its directory is, at least as that stands now.
    func applied(within limit: Duration = .seconds(60)) async throws {
        // Whatever would be held or is still going: what counts is what the directory holds.
        let digest = try await sandbox.run(["sync", path, "--set", set, "--dry-run", "-o", "json"]).json["digest"]
        try await eventually(within: limit, "the set \(set) is applied") {
            try await status()?["applied", "digest"] == digest
        }
    }

    /// Ids of what the set owns; by whether it is marked for deletion.
    func owned(marked: Bool = false) async throws -> Set<String> {
        let filter: Document = ["set": .string(set), "deletion": ["$exists": .bool(marked)]]
        return Set(try await sandbox.documents("desired", filter).compactMap { $0["id"]?.stringValue })
    }

    /// When the declaration of each of its resources began: another life has another number.
    func lives() async throws -> [String: Int64] {
        var lives: [String: Int64] = [:]
        for document in try await sandbox.documents("desired", ["set": .string(set)]) {
            guard let id = document["id"]?.stringValue else { continue }
            lives[id] = document["first_revision"]?.int64Value
        }
        return lives
    }

    /// The counter that every write of `desired` moves.
    func revision() async throws -> Value? { try await sandbox.documents("revision").first?["value"] }
}

/// A git that asks nobody, and knows nothing of whoever runs the tests.
struct Git {
    let folder: String

    func callAsFunction(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["git", "-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "gc.auto=0"] + arguments
        process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "GIT_CONFIG_NOSYSTEM": "1"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Missing(what: "git \(arguments.joined(separator: " "))", text: "\(process.terminationStatus)")
        }
    }
}
