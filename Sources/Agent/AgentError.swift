/// Why an agent can't go on.
package enum AgentError: Error, Hashable, Sendable {
    /// The server refuses the token or the node: nothing that trying again would mend.
    case refused(String)
}
