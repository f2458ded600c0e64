import Engine
import Fleet
import Foundation
import Planning
import Testing

@testable import reeve

/// A provider that is a program: what it is told, and what is believed of what it says.
struct ExecProviderTests {
    private static let request = ProviderRequest(
        poolID: "pool_eur", nodeID: "node_eur-1", id: "eur-1", labels: [Label("team", "render")])

    private static let spec = """
        {"node_type": "worker", "hardware_info": {"cpu": {"cores": 4}, "memory": {"total_bytes": 8589934592},
         "storage": {"total_bytes": "100GB"}, "network": [{"interface": "eth0"}]}}
        """

    private static func program(_ script: String, _ seconds: Int64 = 60) throws -> ProviderProgram {
        var spec = Spec(.nodePool)
        spec[PoolLeaf.providerCommand] = .list(["sh", "-c", script].map { .string($0) })
        spec[PoolLeaf.providerTimeout] = .int(seconds)
        let noon = Timestamp(milliseconds: 1_767_268_800_000)
        let pool = Desired(
            Declaration(key: ResourceKey(.nodePool, "pool_eur"), name: "eur", spec: spec), revision: 1,
            firstRevision: 1,
            manager: "test", createdAt: noon, updatedAt: noon)
        return try #require(ProviderProgram(of: pool))
    }

    /// Why a `create` failed that runs this script; nil if it did not.
    private static func failure(_ script: String, _ seconds: Int64 = 60) async throws -> String? {
        let token = AgentToken(text: "reeve_s3cret", digest: [])
        do {
            _ = try await ExecProvider().create(request, token: token, by: try program(script, seconds))
            return nil
        } catch let error as ProviderFailure {
            #expect(!error.reason.contains("reeve_"))
            return error.reason
        }
    }

    @Test func `it is told everything over standard input, and nothing elsewhere`() async throws {
        let folder = NSTemporaryDirectory() + "reeve-provider-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let script = """
            cat >\(folder)/input; tr '\\0' '\\n' </proc/$$/cmdline >\(folder)/seen; env >>\(folder)/seen
            echo '{"node": {"spec": \(Self.spec.replacing("\n", with: ""))}}'
            """
        let token = ExecProvider().makeToken()
        #expect(ExecProvider().secrets.contains("REEVE_MONGODB_URI"))
        let provider = ExecProvider(secrets: ["HOME"])
        let spec = try await provider.create(Self.request, token: token, by: try Self.program(script))
        #expect(spec[NodeLeaf.cores] == .int(4) && spec[NodeLeaf.storage] == .int(100_000_000_000))
        #expect(spec[NodeLeaf.poolID] == .string("pool_eur"))
        let input = try Data(contentsOf: URL(fileURLWithPath: folder + "/input"))
        let told = try #require(try JSONSerialization.jsonObject(with: input) as? [String: Any])
        #expect(told["version"] as? Int == 1 && told["action"] as? String == "create")
        #expect(told["request_id"] as? String == "eur-1" && told["pool_id"] as? String == "pool_eur")
        #expect(told["node"] as? [String: String] == ["id": "node_eur-1", "name": "eur-1"])
        #expect(told["labels"] as? [String: String] == ["team": "render"])
        #expect(told["token"] as? String == token.text && token.digest.count == 32)
        let seen = try String(contentsOfFile: folder + "/seen", encoding: .utf8)
        #expect(seen.contains("PATH=") && !seen.contains(token.text))
        #expect(!seen.contains("\nHOME="))
    }

    @Test(arguments: [
        ("exit 3", "sh ended with 3"),
        ("echo trying >&2; echo 'no room' >&2; exit 1", "sh ended with 1: no room"),
        ("cat >&2; exit 1", "ended with 1: "),
        ("kill -9 $$", "sh was ended by a signal"),
        ("true", "it answered nothing"),
        ("echo hello", "its answer is no JSON: hello"),
        ("echo '[1]'", "its answer is no JSON object"),
        ("echo '{}'", "its answer holds no `node.spec`"),
        ("echo '{\"node\": {\"spec\": []}}'", "its answer holds no `node.spec`"),
        ("echo '{\"node\": {\"spec\": {}}}'", "spec.node_type: "),
        (
            "echo '{\"node\": {\"spec\": {\"a\": 1, \"node_type\": \"worker\", \"hardware_info\": 1}}}'",
            "spec.a: is not a field"
        ),
        ("echo '{\"node\": {\"spec\": {\"status\": \"active\"}}}'", "states `node.spec.status`"),
        ("echo '{\"node\": {\"spec\": {\"pool_id\": \"pool_us\"}}}'", "states another pool than pool_eur"),
        ("echo '{\"node\": {\"spec\": {\"pool_id\": 7}}}'", "states another pool than pool_eur"),
        (
            "echo '{\"node\": {\"spec\": {\"configuration\": {\"auto_scaling\": false}}}}'",
            "states `node.spec.configuration.auto_scaling`"
        ),
        ("echo '{\"node\": {\"id\": \"node_b\", \"spec\": {}}}'", "is about another node than node_eur-1"),
        ("cat", "its answer holds the token"),
        // The token lies on the cut.
        ("head -c 1018 /dev/zero | tr '\\0' x >&2; echo reeve_s3cret >&2; exit 1", "ended with 1: "),
        ("echo reeve_s3cret >&2; exit 1", "ended with 1: (secret)"),
        ("head -c 2000000 /dev/zero", "sh answered more than 1 MiB"),
        ("head -c 900000 /dev/zero | tr '\\0' '['", "its answer is no JSON"),
        ("printf '{\"node\": {\"spec\": {\"node_type\": \"\\\\u0000\"}}}'", "its answer: "),
    ])
    func `whatever else it does is a failure that says why`(_ script: String, _ reason: String) async throws {
        let failure = try #require(try await Self.failure(script))
        #expect(failure.contains(reason), "\(failure)")
    }

    @Test func `one that takes too long is ended`() async throws {
        #expect(try await Self.failure("sleep 600", 1) == "sh took longer than 1 s")
    }

    @Test func `one that isn't there is told`() async throws {
        var program = try Self.program("")
        program.command = ["reeve-no-such-program"]
        await #expect(throws: ProviderFailure("reeve-no-such-program can't be started: is it there, and executable?")) {
            try await ExecProvider().delete(Self.request, by: program)
        }
    }

    @Test func `what it lists is read`() async throws {
        let answer = #"echo '{"nodes": [{"id": "node_a", "request_id": "a"}]}'"#
        let nodes = try await ExecProvider().list("pool_eur", by: try Self.program(answer))
        #expect(nodes == [ListedNode(nodeID: "node_a", requestID: "a")])
        for odd in [
            #"{"nodes": [{"id": "i-0abc", "request_id": "a"}]}"#, #"{"nodes": 1}"#, #"{"nodes": [1]}"#,
            #"{"nodes": [{"id": "x"}]}"#, "{}",
        ] {
            let program = try Self.program("echo '\(odd)'")
            await #expect(throws: ProviderFailure.self) { _ = try await ExecProvider().list("pool_eur", by: program) }
        }
    }
}
