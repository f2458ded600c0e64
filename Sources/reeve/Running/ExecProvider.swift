import Agent
import Engine
import Fleet
import Foundation
import Planning

/// Nodes by another program: one JSON request on its standard input, one JSON answer on its standard output
/// (`reeve explain nodepool.provider`).
struct ExecProvider: NodeProvider {
    /// Variables of this process that no provider is to see, nor what it starts.
    var secrets: Set<String> = ["REEVE_MONGODB_URI"]

    func makeToken() -> AgentToken {
        let token = TokenText.random()
        return AgentToken(text: token.text, digest: token.digest)
    }

    func create(
        _ request: ProviderRequest, token: AgentToken, by program: ProviderProgram
    ) async throws(ProviderFailure) -> Spec {
        let asked = FieldValue.members([
            ("version", .int(1)), ("action", .string("create")), ("request_id", .string(request.id)),
            ("pool_id", .string(request.poolID)),
            ("node", .members([("id", .string(request.nodeID)), ("name", .string(request.name))])),
            ("token", .string(token.text)),
            ("labels", .record(request.labels.map { FieldValue.Member($0.name, .string($0.value)) })),
        ])
        let answer = try await run(program, asked, hiding: token.text)
        // What it answers is shown in parts, and stored.
        guard !answer.contains(token.text) else { throw ProviderFailure("its answer holds the token") }
        return try ProviderAnswer(answer).spec(of: request)
    }

    func delete(_ request: ProviderRequest, by program: ProviderProgram) async throws(ProviderFailure) {
        let asked = FieldValue.members([
            ("version", .int(1)), ("action", .string("delete")), ("request_id", .string(request.id)),
            ("pool_id", .string(request.poolID)), ("node", .members([("id", .string(request.nodeID))])),
        ])
        _ = try ProviderAnswer(try await run(program, asked))
    }

    func list(_ poolID: String, by program: ProviderProgram) async throws(ProviderFailure) -> [ListedNode] {
        let asked = FieldValue.members([
            ("version", .int(1)), ("action", .string("list")), ("pool_id", .string(poolID)),
        ])
        return try ProviderAnswer(try await run(program, asked)).nodes()
    }

    /// What the program answers. A token goes over its standard input alone: everybody may see arguments, and children
    /// inherit an environment.
    private func run(
        _ program: ProviderProgram, _ asked: FieldValue, hiding token: String? = nil
    ) async throws(ProviderFailure) -> String {
        let ending = await Program.run(
            program.command, without: secrets, input: Array((asked.jsonText + "\n").utf8), output: .keptWithComplaint,
            hiding: token, within: .seconds(program.timeoutSeconds))
        let name = program.command.first ?? ""
        guard let ending else { throw ProviderFailure("\(name) can't be started: is it there, and executable?") }
        let said = ending.complaint.isEmpty ? "" : ": " + ending.complaint.printable
        if ending.isLate { throw ProviderFailure("\(name) took longer than \(program.timeoutSeconds) s\(said)") }
        guard let status = ending.status else { throw ProviderFailure("\(name) was ended by a signal\(said)") }
        guard status == 0 else { throw ProviderFailure("\(name) ended with \(status)\(said)") }
        guard !ending.isCut else { throw ProviderFailure("\(name) answered more than 1 MiB") }
        return ending.output
    }
}

extension ProviderRequest {
    /// The node's name: its id without the prefix, as for a manifest that states no id.
    var name: String { String(nodeID.dropFirst(Kind.node.idPrefix.count)) }
}
