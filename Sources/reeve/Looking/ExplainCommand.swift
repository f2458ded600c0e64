import ArgumentParser
import Fleet
import Manifests
import Web

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Document a kind or a field: type, range, default, example.",
        discussion: """
            Examples:
              reeve explain pool
              reeve explain node.hardware_info.cpu
              reeve explain pool.scaling_policy --recursive
              reeve explain node.lifecycle.drift

            Exit codes: 2 there is no such kind or field.
            """)

    @Argument(
        help: ArgumentHelp(
            "A kind, and the way to a field in it; `spec` may be left out.", valueName: "kind[.field…]"))
    var path: String?

    @Flag(help: "All fields below, not only the next ones.")
    var recursive = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard let path else {
            for kind in Kind.allCases { global.terminal.line("\(kind.rawValue): \(kind.summary)") }
            return
        }
        let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        switch Explain.text(for: parts, recursive: recursive) {
        case .success(let text): Terminal.standardOutput(text)
        case .failure(let error): throw CommandFailure(.usage, error.message)
        }
    }
}

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of manifests, for editors and other tools.",
        discussion: """
            Draft 2020-12, of one kind, or of all of them told apart by `kind`. With --openapi, the OpenAPI document of
            what machines send to the daemon, which also serves it as /openapi.json.

            Examples:
              reeve schema > reeve.schema.json
              reeve schema node
              reeve schema --openapi

            Exit codes: 2 there is no such kind.
            """)

    @Argument(help: ArgumentHelp("One kind only.", valueName: "kind"))
    var kind: String?

    @Flag(name: .customLong("openapi"), help: "The OpenAPI document of reports instead.")
    var openAPI = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if openAPI, kind != nil { throw ValidationError("--openapi is of no kind.") }
    }

    func run() async throws {
        if openAPI {
            Terminal.standardOutput(String(decoding: OpenAPI.document(version: Reeve.version), as: UTF8.self) + "\n")
            return
        }
        let kind = try kind.map { word throws(ValidationError) in try ObjectName.kind(word) }
        Terminal.standardOutput(JSONSchema.document(kind: kind))
    }
}
