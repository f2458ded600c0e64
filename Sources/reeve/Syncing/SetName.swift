import ArgumentParser
import Foundation

/// What sets are called, and which directory is whose.
enum SetName {
    /// The directory's whole path, links as they are.
    static func directory(_ path: String) -> String {
        let whole = URL(fileURLWithPath: path).standardizedFileURL.path
        return whole.isEmpty ? "/" : whole
    }

    static func check(_ name: String) throws(ValidationError) {
        guard !name.isEmpty, name.utf8.count <= 512, name.printable == name else {
            throw ValidationError("`\(name.printable)` is no name for a set: 1 to 512 bytes, no control characters.")
        }
    }

    /// What follows `set/`, slashes and all; nil for the name of another object.
    static func stated(in word: String) -> String? {
        guard let slash = word.firstIndex(of: "/"), isKind(word[..<slash]) else { return nil }
        return String(word[word.index(after: slash)...])
    }

    /// `set/NAME…`, or the word and then names; nil when it is not about sets.
    static func names(_ words: [String]) throws(ValidationError) -> [String]? {
        guard let first = words.first else { return nil }
        let stated = words.map(stated(in:))
        if isKind(first) { return zip(words, stated).dropFirst().map { $1 ?? $0 } }
        let names = stated.compactMap(\.self)
        guard !names.isEmpty else { return nil }
        guard names.count == words.count else {
            throw ValidationError("Sets and other objects are asked for one after the other.")
        }
        return names
    }

    static func isKind(_ word: some StringProtocol) -> Bool { ["set", "sets"].contains(word.lowercased()) }
}

/// `DIR`, whose set is called like it, or `NAME=DIR`.
struct WatchedDirectory: Hashable {
    var name: String
    var path: String

    init(_ text: String) throws(ValidationError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let last = parts.last, !last.isEmpty else {
            throw ValidationError("`\(text.printable)` names no directory; expected DIR or NAME=DIR.")
        }
        let isNamed = parts.count == 2 && !first.contains("/")
        path = SetName.directory(isNamed ? String(last) : text)
        name = isNamed ? String(first) : path
        try SetName.check(name)
    }
}
