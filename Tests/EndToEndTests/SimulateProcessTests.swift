import BSON
import Foundation
import Testing

/// `simulate` needs no database and no daemon.
struct SimulateProcessTests {
    @Test func `a load series is replayed, drawn, and refused with its place`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            var text = "timestamp,value\n"
            for minute in 0..<600 { text += "\(1_767_225_600 + minute * 60),\(minute / 120 % 2 == 0 ? 30 : 120)\n" }
            let load = try sandbox.write("load.csv", text)
            let drawing = sandbox.folder + "/load.svg"
            let summary = try await sandbox.reeve("simulate", "--load", load, "--plot", drawing).output
            #expect(summary.contains("ScaleUpLimit") && summary.contains("optimum: "))
            #expect(try String(contentsOfFile: drawing, encoding: .utf8).contains("<title>load.csv</title>"))
            let json = try await sandbox.reeve("simulate", "--load", load, "--half", "second", "-o", "json").json
            #expect(json["minutes"]?.items.count == 300)
            #expect(json["summary", "optimum"] != nil)

            let bad = try sandbox.write("bad.csv", "timestamp,value\n1767225600,1\n1767225660,much\n")
            let refused = try await sandbox.reeve("simulate", "--load", bad, exit: 3)
            #expect(refused.errors.contains("bad.csv:3:12: error: `much` is no load"))
            let policy = try sandbox.write("policy.yaml", "kind: ScalingPolicy\n")
            try await sandbox.reeve("simulate", "--load", load, "--policy", policy, exit: 3)
            try await sandbox.reeve("simulate", "--load", sandbox.folder + "/none.csv", exit: 2)
            try await sandbox.reeve("simulate", exit: 2)
        }
    }
}
