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
        #expect(ending?.isGood == true && ending?.output.utf8.count == 1 << 20 && ending?.isCut == true)
    }

    @Test func `a program reads what it is given, to the end`() async {
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
        let ending = await Program.run(["wc", "-c"], input: text, output: .kept, within: .seconds(60))
        #expect(ending?.output.trimmed == "300000")
    }

    @Test func `one that reads nothing of it ends as it likes`() async {
        let text = [UInt8](repeating: 0, count: 3_000_000)
        let ending = await Program.run(
            ["sh", "-c", "exec <&-; echo done"], input: text, output: .kept, within: .seconds(60))
        #expect(ending?.isGood == true && ending?.output == "done\n")
    }

    @Test func `of what it complains of the last line is kept`() async {
        let script = "i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; echo out; echo ' ' >&2; exit 1"
        let ending = await Program.run(["sh", "-c", script], output: .keptWithComplaint, within: .seconds(60))
        #expect(ending?.status == 1 && ending?.complaint == "line 1999" && ending?.output == "out\n")
    }

    @Test func `whether its time was over is known`() async {
        let late = await Program.run(["sleep", "600"], output: .keptWithComplaint, within: .milliseconds(100))
        #expect(late?.isLate == true && late?.status == nil)
        let killed = await Program.run(["sh", "-c", "kill -9 $$"], output: .kept, within: .seconds(60))
        #expect(killed?.isLate == false && killed?.status == nil)
    }

    @Test func `it inherits nothing that is open here`() async {
        let open = dup(STDERR_FILENO)
        defer { close(open) }
        let ending = await Program.run(
            ["sh", "-c", "ls /proc/$$/fd | tr '\\n' ' '"], output: .kept, within: .seconds(60))
        #expect(open > STDERR_FILENO && ending?.output == "0 1 2 ", "\(ending?.output ?? "")")
    }

    @Test func `cancelling ends it`() async {
        let running = Task { await Program.run(["sleep", "600"], output: .kept, within: .seconds(600)) }
        running.cancel()
        #expect(await running.value?.status == nil)
    }
}
