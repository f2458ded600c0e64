import Fleet
import Planning

/// Makes nodes and takes them away, by the program that a pool names. The real one runs it; tests have one of their own.
///
/// Each call stands for itself and may come again, also from another daemon: the same request has the same answer.
package protocol NodeProvider: Sendable {
    /// A token for a node's agent, drawn anew.
    func makeToken() -> AgentToken

    /// - Returns: what the node's manifest would state, valid on its own.
    func create(
        _ request: ProviderRequest, token: AgentToken, by program: ProviderProgram
    ) async throws(ProviderFailure) -> Spec

    /// A node that is not there is gone.
    func delete(_ request: ProviderRequest, by program: ProviderProgram) async throws(ProviderFailure)

    /// All nodes that the program has made for the pool and not deleted.
    func list(_ poolID: String, by program: ProviderProgram) async throws(ProviderFailure) -> [ListedNode]
}

/// A secret: never logged, and it stands nowhere but with the node.
package struct AgentToken: Sendable {
    package var text: String
    /// What is stored of it.
    package var digest: [UInt8]

    package init(text: String, digest: [UInt8]) {
        self.text = text
        self.digest = digest
    }
}

/// Which node is to be made or taken away.
package struct ProviderRequest: Hashable, Sendable {
    package var poolID: String
    package var nodeID: String
    /// The same for the same node; by it a program knows a request again.
    package var id: String
    /// The pool's.
    package var labels: [Label]

    package init(poolID: String, nodeID: String, id: String, labels: [Label] = []) {
        self.poolID = poolID
        self.nodeID = nodeID
        self.id = id
        self.labels = labels
    }
}

/// A node as the program itself names it.
package struct ListedNode: Hashable, Sendable {
    package var nodeID: String
    package var requestID: String

    package init(nodeID: String, requestID: String) {
        self.nodeID = nodeID
        self.requestID = requestID
    }
}

/// Why a call failed, in one line for people; it never holds a token.
package struct ProviderFailure: Error, Hashable, Sendable {
    package var reason: String

    package init(_ reason: String) { self.reason = reason }
}
