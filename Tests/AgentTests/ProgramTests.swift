import Foundation
import Testing

@testable import Agent

struct ProgramTests {
    @Test func `a program's output and end are known`() async throws {
        let ending = await Program.run(
            ["sh", "-c", "echo $GREETING; exit 3"], environment: ["GREETING": "hello"], output: .kept,
            within: .seconds(60))
        #expect(ending == Program.Ending(status: 3, output: "hello\n"))
    }

    @Test func `a program that isn't there is none`() async {
        #expect(await Program.run(["reeve-no-such-program"], output: .kept, within: .seconds(60)) == nil)
    }

    @Test func `a program that takes too long is ended with all that it started`() async throws {
        let began = ContinuousClock.now
        let ending = await Program.run(
            ["sh", "-c", "sh -c 'echo $$; exec sleep 600' & wait"], output: .kept, within: .milliseconds(500))
        #expect(ending?.status == nil && ContinuousClock.now - began < .seconds(120))
        let child = try #require((ending?.output.trimmed).flatMap { pid_t($0) })
        let deadline = ContinuousClock.now + .seconds(60)
        while isAlive(child), ContinuousClock.now < deadline {
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
        #expect(!isAlive(child))
    }

    /// One that nobody has buried yet is dead all the same.
    private func isAlive(_ child: pid_t) -> Bool {
        LocalMachine().text("/proc/\(child)/stat").map { !$0.contains(") Z ") } ?? false
    }

    @Test func `more output than is kept does no harm`() async {
        let ending = await Program.run(
            ["sh", "-c", "head -c 3000000 /dev/zero"], output: .kept, within: .seconds(60))
        #expect(ending?.isGood == true && ending?.output.utf8.count == 1 << 20)
    }

    @Test func `cancelling ends it`() async {
        let running = Task { await Program.run(["sleep", "600"], output: .kept, within: .seconds(600)) }
        running.cancel()
        #expect(await running.value?.status == nil)
    }
}
