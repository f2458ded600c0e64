import Agent
import ArgumentParser
import Fleet
import Foundation
import Manifests

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "What this machine is, as a node.", subcommands: [NodeDiscoverCommand.self])
}

extension Declaration {
    /// What a manifest would state, for programs.
    fileprivate var value: FieldValue {
        .members([
            ("apiVersion", .string("reeve/v1")), ("kind", .string(key.kind.rawValue)),
            ("metadata", .members([("name", .string(name)), ("id", .string(key.id))])), ("spec", .nested(spec)),
        ])
    }
}

struct NodeDiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Print a manifest for this machine.",
        discussion: """
            Processors, memory, storage, graphics processors, network interfaces and the time zone are those that its \
            agent reports. It needs no MongoDB. What isn't known, such as where it stands, is left out.

            Examples:
              reeve node discover --pool pool_render-eu > fra-03.yaml
              reeve node discover --name fra-03 | reeve apply -f -
              reeve node discover -o json

            Exit codes: 0 printed, 3 printed, but not a valid manifest (what is wrong is said on standard error).
            """)

    enum NodeType: String, CaseIterable, ExpressibleByArgument {
        case worker, validator, storage, compute
    }

    @Option(help: ArgumentHelp("The node's name (default: the host's name).", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("The id of the pool that it belongs to.", valueName: "pool"))
    var pool: String?

    @Option(help: "What the node does.")
    var type: NodeType = .compute

    enum Form: String, CaseIterable, ExpressibleByArgument {
        case yaml, json
    }

    @Option(name: [.customShort("o"), .long], help: "A manifest, or the same for programs.")
    var output: Form = .yaml

    func run() async throws {
        let name = name ?? MachineDiscovery.name(host: ProcessInfo.processInfo.hostName)
        let discovery = MachineDiscovery(
            architecture: LocalMachine.architecture, graphics: await LocalMachine.graphics())
        let poolID = pool.map { $0.hasPrefix(Kind.nodePool.idPrefix) ? $0 : Kind.nodePool.idPrefix + $0 }
        let declaration = Declaration(
            key: ResourceKey(.node, Kind.node.idPrefix + name), name: name,
            spec: discovery.spec(of: LocalMachine(), type: type.rawValue, pool: poolID))
        let text = ManifestWriter.text(declaration)
        switch output {
        case .yaml: Terminal.standardOutput(text)
        case .json: Terminal.standardOutput(declaration.value.jsonText + "\n")
        }
        let loaded = ManifestLoader.load([ManifestFile(path: "this machine", bytes: Array(text.utf8))])
        for diagnostic in loaded.diagnostics { Terminal.standardError(diagnostic.description.printable) }
        if loaded.hasErrors { throw ExitStatus.invalid }
    }
}
