import ArgumentParser
import Fleet
import Manifests
import Syncing

/// Manifests of files, directories and standard input, together. A directory is read as the one that `sync` keeps declared.
struct ManifestInput {
    var paths: [String]
    /// With the directories below.
    var isDeep: Bool
    /// What is not read would be taken for gone: git's commands are waited for, and no directory below is passed over.
    var isWhole: Bool

    func load() async throws -> LoadedManifests {
        var files: [LoadedFile] = []
        var problems: [Diagnostic] = []
        for path in paths {
            guard path != "-", InputFile.isDirectory(path) else {
                files += ManifestLoader.loadEach([try InputFile.read(path)])
                continue
            }
            let contents = try await contents(of: path)
            files += contents.files.map(\.loaded)
            problems += contents.problems
        }
        var loaded = LoadedManifests(merging: files)
        loaded.diagnostics = problems + loaded.diagnostics
        loaded.unidentified += problems.count { $0.severity == .error }
        return loaded
    }

    private func contents(of path: String) async throws -> DirectoryContents {
        let extent = TreeExtent(isDeep: isDeep || isWhole, prefix: path.hasSuffix("/") ? path : path + "/")
        var patience = DirectoryReader.Patience()
        if !isWhole { patience.git = nil }
        let contents: DirectoryContents
        do throws(DirectoryError) {
            contents = try await DirectoryReader(path, extent: extent, patience: patience).readEach()
        } catch {
            throw CommandFailure(.usage, error.description.printable)
        }
        if !isDeep, let deep = contents.files.first(where: { $0.path.contains("/") }) {
            throw ValidationError(
                "\(path) has directories below with manifests (\(deep.path)), and --prune would take what they declare for "
                    + "gone: read them with -R, or name the files.")
        }
        return contents
    }
}
