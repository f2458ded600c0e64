import ArgumentParser
import Fleet
import Manifests

/// Which manifests a command reads.
struct InputOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("filename")], parsing: .singleValue,
        help: ArgumentHelp(
            "A manifest, a directory of them (*.yaml, *.yml; not what is hidden or named in its .reeveignore), or - for "
                + "standard input; repeatable.", valueName: "path"),
        completion: .file())
    var paths: [String] = []

    @Flag(name: [.customShort("R"), .long], help: "Also the directories below.")
    var recursive = false

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: ArgumentHelp(
            "Only resources whose labels match, such as team=render,env!=test; all documents that are read must be "
                + "valid, matching or not.", valueName: "labels"))
    var selector: LabelSelector?

    /// Reads and checks the manifests. Throws when there is nothing to read or nothing in it.
    ///
    /// - Parameter isWhole: what is not read would be taken for gone; see `ManifestInput`.
    func load(isWhole: Bool = false) async throws -> LoadedManifests {
        guard !paths.isEmpty else { throw ValidationError("Which manifests? Name them with -f.") }
        let input = ManifestInput(paths: paths, isDeep: recursive, isWhole: isWhole)
        var loaded = try await input.load()
        if loaded.documents == 0, !loaded.hasErrors {
            let deeper = recursive ? "" : " (-R reads the directories below as well)"
            throw CommandFailure(.invalid, "there are no manifests in \(paths.joined(separator: ", "))\(deeper)")
        }
        if let selector {
            loaded.declarations.removeAll { !selector.matches($0.labels) }
            if loaded.declarations.isEmpty, !loaded.hasErrors {
                throw CommandFailure(.invalid, "no manifest of the input matches the selector")
            }
        }
        return loaded
    }
}
