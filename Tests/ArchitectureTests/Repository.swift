import Foundation

/// The files of this repository as they stand on disk, without what is built or fetched.
struct Repository {
    /// Every file of text, by its path below the directory that holds Package.swift.
    let files: [String: String]

    static let this = Repository(
        at: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent())

    private init(at root: URL) {
        var files: [String: String] = [:]
        let all = FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey])
        while let url = all?.nextObject() as? URL {
            let name = url.lastPathComponent
            if name == ".git" || name.hasPrefix(".build") || name == ".reeve" || name == "__pycache__" {
                all?.skipDescendants()
                continue
            }
            guard (try? url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true,
                let data = try? Data(contentsOf: url), let text = String(data: data, encoding: .utf8)
            else { continue }
            files[String(url.path.dropFirst(root.path.count + 1))] = text
        }
        self.files = files
        sources = files.filter { $0.key.contains(/^(?:Sources|Tests)\/.*\.swift$/) }
            .sorted { $0.key < $1.key }
            .map { SwiftSource(path: $0.key, text: $0.value) }
    }

    /// The Swift files of Sources and Tests, in the order of their paths.
    let sources: [SwiftSource]

    /// The names of all targets of the package, in its order.
    var targets: [String] {
        let manifest = files["Package.swift"] ?? ""
        return manifest.matches(of: /[tT]arget\(\s*name: "(\w+)"|systemLibrary\(name: "(\w+)"/)
            .compactMap { ($0.1 ?? $0.2).map(String.init) }
    }
}
