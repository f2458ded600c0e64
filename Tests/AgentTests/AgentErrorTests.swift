import Agent
import Testing

struct AgentErrorTests {
    @Test func `a refusal keeps its reason`() { #expect(AgentError.refused("a") != .refused("b")) }
}
