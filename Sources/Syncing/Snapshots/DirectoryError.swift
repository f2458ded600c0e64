/// Why there is no snapshot of a directory at all. The messages are for people and name the path.
package enum DirectoryError: Error, Hashable, Sendable {
    case missing(String)
    case notADirectory(String)
    case unreadable(String, why: String)
}

extension DirectoryError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let path): "the directory \(path) is missing"
        case .notADirectory(let path): "\(path) is not a directory"
        case .unreadable(let path, let why): "\(path) can't be read: \(why)"
        }
    }
}
