import BSON
import Foundation
import LocalMongo
import MongoDB
import TestServer
import Testing

/// `reeve init --print-roles`: on a MongoDB that checks, each role does its work, and nothing else.
@Suite(.serialized) struct RoleTests {
    private static let root = LocalServer.Credentials(user: "root", password: "t0p-s3cret")
    private static let password = "r0le-s3cret"

    private static let manifest = """
        apiVersion: reeve/v1
        kind: NodePool
        metadata: {name: small}
        spec: {max_nodes: 5}
        ---
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: edge-01}
        spec:
          node_type: worker
          pool_id: pool_small
          hardware_info:
            {cpu: {cores: 4}, memory: {total_bytes: 8GiB}, storage: {total_bytes: 100GB}, network: [{interface: eth0}]}
        """

    @Test func `each role does its work, and is refused all else`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            try await Server.withOwnServer(authentication: Self.root) { server in
                let fleet = SecuredFleet(sandbox: sandbox, server: server, password: Self.password)
                try await fleet.makeRoles()

                // The migrator prepares; nobody else can.
                for user in ["declarer", "auditor", "prover"] {
                    let refused = try await fleet.reeve(as: user, ["init"], exit: 5)
                    #expect(!refused.errors.contains("s3cret") && refused.errors.contains("refuses us"))
                }
                try await fleet.reeve(as: "migrator", ["init"])
                try await fleet.reeve(as: "migrator", ["init"])
                try await fleet.reeve(as: "migrator", ["get", "nodes"], exit: 0)
                try await fleet.reeve(as: "migrator", ["apply", "-f", "-"], input: Self.manifest, exit: 5)

                try await declare(fleet)
                try await sync(fleet)
                try await reconcile(fleet)
                try await look(fleet)
                try await fleet.expectRefusals()
            }
        }
    }

    private func declare(_ fleet: SecuredFleet) async throws {
        try await fleet.reeve(as: "declarer", ["apply", "-f", "-"], input: Self.manifest)
        let plan = "\(fleet.sandbox.folder)/same.plan"
        let larger = Self.manifest.replacing("max_nodes: 5", with: "max_nodes: 7")
        try await fleet.reeve(as: "auditor", ["plan", "-f", "-", "--out", plan], input: larger)
        try await fleet.reeve(as: "auditor", ["apply", "--plan", plan], exit: 5)
        try await fleet.reeve(as: "declarer", ["apply", "--plan", plan])
        try await fleet.reeve(as: "declarer", ["cordon", "node/edge-01", "--reason", "test"])
        try await fleet.reeve(as: "declarer", ["uncordon", "node/edge-01"])
        try await fleet.reeve(as: "declarer", ["scale", "pool/small", "--active", "1"])
        try await fleet.reeve(as: "declarer", ["scale", "pool/small", "--clear"])
        try await fleet.reeve(as: "auditor", ["scale", "pool/small", "--active", "1"], exit: 5)
        let changed = Self.manifest.replacing("max_nodes: 5", with: "max_nodes: 6")
        try await fleet.reeve(as: "declarer", ["apply", "-f", "-"], input: changed)
        try await fleet.reeve(as: "declarer", ["undo", "pool/small"])
        try await fleet.reeve(as: "declarer", ["undo", "pool/small"])
        let token = try await fleet.reeve(as: "declarer", ["token", "create", "edge-01"]).output
        #expect(token.hasPrefix("reeve_"))
        let listed = try await fleet.reeve(as: "declarer", ["token", "list", "-o", "name"]).output
        let id = listed.trimmingCharacters(in: .newlines).dropFirst("token/".count)
        try await fleet.reeve(as: "declarer", ["token", "revoke", String(id)])
        for user in ["auditor", "prover"] {
            try await fleet.reeve(as: user, ["token", "create", "edge-01"], exit: 5)
        }
    }

    /// Who syncs a directory also takes back what it declared; who only declares can't keep it from coming again.
    private func sync(_ fleet: SecuredFleet) async throws {
        for most in [3, 4] {
            let manifest =
                "apiVersion: reeve/v1\nkind: NodePool\nmetadata: {name: synced}\nspec: {max_nodes: \(most)}\n"
            let file = try fleet.sandbox.write("synced.yaml", manifest)
            let folder = String(file.dropLast("/synced.yaml".count))
            try await fleet.reeve(as: "declarer", ["sync", folder, "--set", "site"], exit: 5)
            try await fleet.reeve(as: "syncer", ["sync", folder, "--set", "site"])
        }
        let standing = try await fleet.declared()
        try #require(standing.contains { $0["id"] == "pool_synced" })
        let taken = "apiVersion: reeve/v1\nkind: NodePool\nmetadata: {name: synced}\nspec: {max_nodes: 9}\n"
        let plan = "\(fleet.sandbox.folder)/take.plan"
        try await fleet.reeve(as: "auditor", ["plan", "-f", "-", "--force", "--out", plan], input: taken)
        let takings = [
            ["undo", "pool/synced"], ["undo", "set/site"], ["adopt", "pool/synced", "--from-set", "site"],
            ["adopt", "--from-set", "site"], ["apply", "-f", "-", "--force"], ["apply", "--plan", plan],
        ]
        for words in takings {
            let refused = try await fleet.reeve(as: "declarer", words, input: taken, exit: 5)
            #expect(refused.errors.contains("refuses us"), "\(words): \(refused.errors)")
            #expect(try await fleet.declared() == standing, "\(words)")
        }
        try await fleet.reeve(as: "syncer", ["undo", "pool/synced"])
        try await fleet.reeve(as: "auditor", ["history", "set/site"])
    }

    private func reconcile(_ fleet: SecuredFleet) async throws {
        let port = try FreePort.find()
        let daemon = try fleet.daemon("a", ["--listen", "127.0.0.1:\(port)"])
        try await fleet.settled()
        let token = try await report(fleet, port)
        #expect(!daemon.errors.contains("refuse"), "\(daemon.errors)")
        // Killed in the middle of its leadership: the next one takes over, ends its transactions and removes.
        daemon.signal(SIGKILL)
        await daemon.ended()
        let next = try fleet.daemon("a", ["--listen", "127.0.0.1:\(port)"])
        try await next.says("listening")
        try await fleet.reeve(as: "declarer", ["delete", "node/edge-01"])
        // It is drained first, which its agent acknowledges.
        var since: String?
        try await eventually(within: .seconds(60), "the node drains") {
            since = try await beat(port, token, "")["draining_since"]?.stringValue
            return since != nil
        }
        _ = try await beat(port, token, "?drained=\(since ?? "")")
        try await eventually(within: .seconds(60), "the node is gone") { try await fleet.count("nodes") == 0 }
        #expect(try await fleet.count("tombstones") == 1)
        #expect(next.ending == nil)
        #expect(!next.errors.contains("s3cret"))
        next.signal(SIGTERM)
        #expect(await next.ended() == .exited(0))
    }

    /// What the ingest does, by the daemon's own rights; and who only looks sees what came of it.
    private func report(_ fleet: SecuredFleet, _ port: Int) async throws -> String {
        let token = try await fleet.reeve(as: "declarer", ["token", "create", "edge-01"]).output
            .trimmingCharacters(in: .newlines)
        #expect(try await beat(port, token, "")["accepted"]?.int64Value == 1)
        for words in [["top", "nodes"], ["top", "pools"]] {
            let shown = try await fleet.reeve(as: "auditor", words).output
            #expect(shown.contains("37%"), "\(shown)")
        }
        try await fleet.reeve(as: "auditor", ["wait", "node/edge-01", "--for", "condition=Ready", "--timeout", "60s"])
        return token
    }

    /// A report that must be taken; what it is answered.
    private func beat(_ port: Int, _ token: String, _ query: String) async throws -> Value {
        let report = Reporting.report(at: Int64(Date().timeIntervalSince1970 * 1000), usage: 37)
        let answer = try await Reporting.post(report, to: "node_edge-01", query, token: token, port: port)
        guard answer.status == 200 else { throw Missing(what: "an acknowledgement", text: "\(answer)") }
        return answer.body
    }

    private func look(_ fleet: SecuredFleet) async throws {
        for words in [
            ["get", "all"], ["describe", "pool/small"], ["events"], ["token", "list"], ["why", "pool/small"],
            ["history", "pool/small"], ["export"],
        ] {
            try await fleet.reeve(as: "auditor", words)
            try await fleet.reeve(as: "declarer", words)
        }
        try await fleet.reeve(as: "prover", ["get", "all"], exit: 5)
        try await fleet.reeve(as: "auditor", ["apply", "-f", "-"], input: Self.manifest + "\n", exit: 5)
    }
}

/// A fleet on a server that checks its users, one of each role.
private struct SecuredFleet {
    let sandbox: Sandbox
    let server: LocalServer
    let password: String

    static let users = [
        "declarer": ["reeveDeclarer"], "syncer": ["reeveSyncer"], "daemon": ["reeveDaemon"],
        "prover": ["reeveProofSubmitter"], "auditor": ["reeveAuditor"], "migrator": ["reeveMigrator"],
    ]

    private func uri(_ user: String) -> String {
        "mongodb://\(user):\(password)@127.0.0.1:\(server.port)/?replicaSet=reeve&authSource=\(sandbox.database)"
    }

    /// As the printed commands make them.
    func makeRoles() async throws {
        let printed = try await sandbox.reeve("init", "--print-roles", "-o", "json").json
        let root = try await Server.client(server.uri)
        let (database, password) = (sandbox.database, password)
        try await root.run { connection in
            for role in printed["roles"]?.items ?? [] {
                let target = try #require(role["database"]?.stringValue)
                _ = try connection.command(target, try #require(role["command"]?.documentValue))
            }
            for (user, roles) in Self.users {
                var given = roles.map { Value.string($0) }
                if user == "daemon" { given.append(["role": "reeveLeads", "db": "admin"]) }
                _ = try connection.command(
                    database, ["createUser": .string(user), "pwd": .string(password), "roles": .array(given)])
            }
        }
        await root.close()
    }

    @discardableResult
    func reeve(
        as user: String, _ words: [String], input: String? = nil, exit status: Int32 = 0
    ) async throws -> Outcome {
        try await sandbox.reeve(words, input: input, environment: ["REEVE_MONGODB_URI": uri(user)], exit: status)
    }

    func daemon(_ instance: String, _ options: [String] = []) throws -> ChildProcess {
        try sandbox.start(
            ["run", "--instance", instance] + options, environment: ["REEVE_MONGODB_URI": uri("daemon")])
    }

    func settled() async throws {
        try await reeve(
            as: "auditor", ["wait", "--all", "nodes", "--for", "condition=Synced", "--timeout", "60s"])
    }

    func count(_ collection: String) async throws -> Int { try await documents(collection).count }

    /// All that was ever written by declaring, and what is told of sets.
    func declared() async throws -> [Value] {
        try await documents("desired") + documents("desired_revisions") + documents("revision") + documents("status")
    }

    private func documents(_ collection: String) async throws -> [Value] {
        let client = try await Server.client(uri("auditor"))
        let namespace = Namespace(sandbox.database, collection)
        let documents = try await client.run { connection in
            var documents: [Value] = []
            try connection.find(namespace, options: FindOptions(sort: ["_id": 1])) { documents.append(.document($0)) }
            return documents
        }
        await client.close()
        return documents
    }

    // MARK: What is forbidden.

    private enum Attempt: String, CaseIterable { case find, insert, update, remove }

    /// What each role may do, collection by collection; everything else must be refused.
    private static let allowed: [String: [String: Set<Attempt>]] = {
        let every: Set<Attempt> = [.find]
        let names = [
            "nodes", "node_pools", "poot_validations", "payouts", "resource_metrics", "desired", "desired_revisions",
            "status", "node_history", "events", "decisions", "tombstones", "node_tokens", "agents", "leases", "fences",
            "revision", "plans", "schema_version",
        ]
        let reading = Dictionary(uniqueKeysWithValues: names.map { ($0, every) })
        func more(_ extra: [String: Set<Attempt>]) -> [String: Set<Attempt>] { reading.merging(extra) { $0.union($1) } }
        let declaring: [String: Set<Attempt>] = [
            "desired": [.insert, .update], "desired_revisions": [.insert, .remove], "revision": [.update],
            "node_tokens": [.insert, .update], "plans": [.insert],
        ]
        return [
            "auditor": reading,
            "prover": ["poot_validations": [.insert]],
            "declarer": more(declaring),
            "syncer": more(
                declaring.merging(["status": [.insert, .update], "events": [.insert]]) { $0.union($1) }),
            "daemon": more([
                "nodes": [.insert, .update, .remove], "node_pools": [.insert, .update, .remove],
                "status": [.insert, .update, .remove], "node_history": [.insert, .update],
                "events": [.insert, .update], "decisions": [.insert, .update, .remove],
                "tombstones": [.insert, .update], "desired": [.insert, .update, .remove],
                "desired_revisions": [.insert, .update, .remove], "revision": [.update], "fences": [.update],
                "leases": [.insert, .update, .remove], "resource_metrics": [.insert],
                "agents": [.insert, .update, .remove], "node_tokens": [.insert, .update],
            ]),
            "migrator": more([
                "revision": [.insert], "fences": [.insert], "schema_version": [.insert, .update],
            ]),
        ]
    }()

    /// Tries each of these on every collection, so that nothing is changed by what succeeds; then what is beyond
    /// collections.
    func expectRefusals() async throws {
        for (user, rights) in Self.allowed {
            let client = try await Server.client(uri(user))
            let collections = Self.allowed["auditor"].map { $0.keys.sorted() } ?? []
            for collection in collections + ["others", "system.js"] {
                for attempt in Attempt.allCases {
                    let isAllowed = rights[collection]?.contains(attempt) ?? (user == "daemon" && attempt == .find)
                    let code = try await code(of: command(attempt, collection), by: client)
                    // 121: let in, and refused for the document's sake.
                    let wasLetIn = code == 0 || code == 121
                    if collection != "system.js" || !isAllowed {
                        #expect(wasLetIn == isAllowed, "\(user): \(attempt.rawValue) \(collection): \(code)")
                        if !isAllowed { #expect(code == 13, "\(user): \(attempt.rawValue) \(collection)") }
                    }
                }
            }
            var beyond: [(String, Document)] = [
                (sandbox.database, ["dropDatabase": 1]), (sandbox.database, ["drop": "nodes"]),
                (sandbox.database, ["createUser": "x", "pwd": "x", "roles": []]), ("admin", ["shutdown": 1]),
                ("other", ["insert": "nodes", "documents": [["a": 1]]]), ("other", ["find": "nodes"]),
                ("local", ["find": "oplog.rs"]), ("admin", ["find": "system.users"]),
            ]
            if user != "migrator" {
                let changes: [Document] = [
                    ["create": "others"], ["collMod": "nodes"], ["dropIndexes": "nodes", "index": "status_1"],
                ]
                beyond += changes.map { (sandbox.database, $0) }
            }
            if user != "daemon" { beyond.append(("admin", ["killAllSessionsByPattern": [["lsid": [:]]]])) }
            for (database, command) in beyond {
                let code = try await code(of: command, on: database, by: client)
                #expect(code == 13, "\(user): \(command) on \(database)")
            }
            await client.close()
        }
    }

    private func command(_ attempt: Attempt, _ collection: String) -> Document {
        let nobody: Value = ["_id": "nobody"]
        return switch attempt {
        case .find: ["find": .string(collection), "filter": nobody]
        case .insert: ["insert": .string(collection), "documents": [["_id": .objectID(ObjectID()), "note": "test"]]]
        case .update:
            ["update": .string(collection), "updates": [["q": nobody, "u": ["$set": ["note": "x"]]]]]
        case .remove: ["delete": .string(collection), "deletes": [["q": nobody, "limit": 1]]]
        }
    }

    /// The error's code, of the command or of its one write; 0 for none.
    private func code(of command: Document, on database: String? = nil, by client: Client) async throws -> Int {
        let database = database ?? sandbox.database
        return try await client.run { connection in
            do {
                let reply = try connection.command(database, command)
                return Int(reply["writeErrors"]?.arrayValue?.first?.documentValue?["code"]?.int64Value ?? 0)
            } catch let error as MongoError {
                return Int(error.code)
            }
        }
    }
}
