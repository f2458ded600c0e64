import Glibc

/// Where links of a tree lead. Each link is read once, so that all ways through it lead to the same place, also while it
/// is being swapped.
struct LinkResolver {
    enum Outcome {
        /// Absolute, without links.
        case place(String)
        case dangling
        case loop
        case failed(FileAccess.Failure)
    }

    /// As many as Linux follows.
    private static let mostLinks = 40

    private enum Entry {
        case link(String)
        case other
        case failed(FileAccess.Failure)
    }

    private let access: FileAccess
    private var known: [String: Entry] = [:]
    /// The folders in which the links stand that were followed.
    private(set) var folders: Set<String> = []

    init(_ access: FileAccess) {
        self.access = access
    }

    /// - Parameter folder: a real one.
    mutating func resolve(_ name: String, in folder: String) -> Outcome {
        var links = 0
        return follow(name, in: folder, &links)
    }

    private mutating func follow(_ path: String, in folder: String, _ links: inout Int) -> Outcome {
        var real = path.hasPrefix("/") ? "/" : folder
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                real = LinkResolver.parent(of: real)
                continue
            }
            let below = LinkResolver.join(real, String(part))
            switch entry(below) {
            case .other: real = below
            case .failed(let failure):
                return failure.code == ENOENT || failure.code == ENOTDIR ? .dangling : .failed(failure)
            case .link(let target):
                links += 1
                guard links <= LinkResolver.mostLinks else { return .loop }
                folders.insert(real)
                let outcome = follow(target, in: real, &links)
                guard case .place(let place) = outcome else { return outcome }
                real = place
            }
        }
        return .place(real)
    }

    private mutating func entry(_ path: String) -> Entry {
        if let entry = known[path] { return entry }
        let entry: Entry
        do throws(FileAccess.Failure) {
            entry = try access.link(path).map { .link($0) } ?? .other
        } catch {
            entry = .failed(error)
        }
        known[path] = entry
        return entry
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder == "/" ? "/" + name : folder + "/" + name
    }

    /// The root is its own.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
