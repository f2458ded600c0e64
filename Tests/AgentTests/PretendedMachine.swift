import Agent

/// A machine of texts.
struct PretendedMachine: Machine {
    var files: [String: String] = [:]
    var links: [String: String] = [:]
    var spaces: [String: DiskSpace] = [:]

    func text(_ path: String) -> String? { files[path] }

    func names(in directory: String) -> [String] {
        let below = (Array(files.keys) + Array(links.keys)).filter { $0.hasPrefix(directory + "/") }
        return Set(below.compactMap { $0.dropFirst(directory.count + 1).split(separator: "/").first.map(String.init) })
            .sorted()
    }

    func link(_ path: String) -> String? { links[path] }
    func space(at path: String) -> DiskSpace? { spaces[path] }
}
