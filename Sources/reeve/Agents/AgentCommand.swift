import Agent
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Report this machine's load and life to a daemon.",
        discussion: """
            It needs no MongoDB, only a token of its node (`reeve token create`) in a file that nobody else can read. \
            What can't be sent is kept and sent later, in order. The file is read anew when the token is refused.

            --on-status runs a program by `sh -c` when the node's status changes, and once at the start, with \
            REEVE_NODE, REEVE_STATUS, REEVE_PREVIOUS_STATUS and REEVE_ACTION: `start` (the node became active), \
            `drain` (it is to be emptied) or `stop` (it is not used). One runs at a time, for at most 5 minutes; a \
            failure is tried again. When it ends a drain with 0 the daemon is told so.

            Examples:
              reeve agent --server https://reeve.example:8095 --node node_fra-01 --token-file /etc/reeve/token
              reeve agent --server http://127.0.0.1:8095 --node node_fra-01 --token-file token --on-status ./workload

            Exit codes: 0 stopped by a signal, 2 the token file or an option can't be used.
            """)

    @Option(help: ArgumentHelp("The daemon's address; https unless it is this machine.", valueName: "url"))
    var server: String

    @Option(help: ArgumentHelp("The id of this machine's node.", valueName: "id"))
    var node: String

    @Option(help: ArgumentHelp("The file that holds the node's token.", valueName: "file"), completion: .file())
    var tokenFile: String

    @Option(help: ArgumentHelp("How often it reports: 15s, 1m.", valueName: "time"))
    var interval = TimeSpan(seconds: 15)

    @Option(help: ArgumentHelp("What to run when the node's status changes.", valueName: "command"))
    var onStatus: String?

    @Option(
        help: ArgumentHelp("Certificates to trust instead of the system's (PEM).", valueName: "file"),
        completion: .file())
    var caFile: String?

    @Option(help: ArgumentHelp("Most reports that are kept while the daemon is away: 24 hours at 15s.", valueName: "n"))
    var buffer = 5_760

    @Option(help: "How the log is written, on standard error.")
    var logFormat: RunCommand.LogFormat = .text

    private var nodeID: String { node.hasPrefix("node_") ? node : "node_" + node }

    func validate() throws {
        guard interval.duration >= .seconds(1), interval.duration <= .seconds(300) else {
            throw ValidationError("--interval is \(interval): 1s to 5m are possible.")
        }
        guard (1...1_000_000).contains(buffer) else {
            throw ValidationError("--buffer is \(buffer): 1 to 1000000 are possible.")
        }
        let isName = nodeID.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName, nodeID.utf8.count <= 64 else { throw ValidationError("--node holds no id of a node.") }
        if let onStatus, onStatus.trimmingCharacters(in: .whitespaces).isEmpty {
            throw ValidationError("--on-status is empty.")
        }
    }

    func run() async throws {
        let url: IngestURL
        do { url = try IngestURL(server) } catch { throw ValidationError("--server \(error).") }
        if let caFile, !FileManager.default.isReadableFile(atPath: caFile) {
            throw ValidationError("the file \(caFile) of --ca-file can't be read.")
        }
        let logger = logFormat.logger(level: .info)
        let file = SecretFile(tokenFile)
        let token = TokenSource(name: file.path) { try file.bytes() }
        let client: ReportClient
        do {
            client = try ReportClient(url, nodeID: nodeID, token: token, authorities: caFile)
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
        let agent = ReportingAgent(
            ReportingAgent.Settings(
                nodeID: nodeID, interval: interval.duration, onStatus: onStatus, bufferLimit: buffer),
            client: client, logger: logger)
        // Signals are the group's; it says nothing of its own below a warning.
        var quiet = logger
        quiet.logLevel = .warning
        try await ServiceGroup(
            services: [agent], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet
        ).run()
    }
}
