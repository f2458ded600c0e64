import Foundation
import Manifests

/// The YAML files that stand in the repository.
enum RepositoryManifests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The reference fleet.
    static func fleet() throws -> [ManifestFile] { try files(below: "manifests") }

    /// The reference fleet and every example, each by itself; but for those that Prometheus reads.
    static func all() throws -> [ManifestFile] {
        try files(below: "manifests") + files(below: "examples").filter { !$0.path.hasPrefix("examples/monitoring/") }
    }

    private static func files(below folder: String) throws -> [ManifestFile] {
        let top = root.appending(path: folder)
        guard let walk = FileManager.default.enumerator(at: top, includingPropertiesForKeys: nil) else { return [] }
        let urls = walk.compactMap { $0 as? URL }.filter { ["yaml", "yml"].contains($0.pathExtension) }
        return try urls.sorted { $0.path < $1.path }.map { url in
            let name = url.path.dropFirst(root.path.count)
            return ManifestFile(path: String(name.drop { $0 == "/" }), bytes: Array(try Data(contentsOf: url)))
        }
    }
}
