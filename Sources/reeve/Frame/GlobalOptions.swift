import ArgumentParser

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The MongoDB to work on, without a password (also: REEVE_MONGODB_URI, which may hold one).",
            valueName: "uri"))
    var uri: String?

    @Option(
        help: ArgumentHelp("A file that holds the URI, password and all.", valueName: "file"), completion: .file())
    var uriFile: String?

    @Option(help: ArgumentHelp("The database (also: REEVE_DATABASE; default: reeve).", valueName: "name"))
    var database: String?

    @Option(name: [.customShort("o"), .long], help: "How results are printed.")
    var output: OutputFormat = .table

    @Flag(help: "No colours, even on a terminal (also: NO_COLOR).")
    var noColor = false

    @Flag(help: "Say more about what is done, on standard error.")
    var verbose = false

    mutating func validate() throws {
        if let uri {
            guard uriFile == nil else { throw ValidationError("--uri and --uri-file exclude each other.") }
            guard !ServerAddress.holdsSecret(uri) else {
                throw ValidationError(
                    "--uri holds a password, which everybody on this machine can read in the list of processes: "
                        + "put the URI into a file and give --uri-file, or set REEVE_MONGODB_URI.")
            }
        }
        if let fault = database.flatMap(ServerAddress.fault) { throw ValidationError("--database \(fault).") }
    }

    var terminal: Terminal { Terminal(format: output, noColor: noColor, verbose: verbose) }
}

enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case table, wide, json, yaml, name
}
