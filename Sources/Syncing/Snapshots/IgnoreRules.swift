/// Which paths of a tree are left out: the rules of `.reeveignore`, in gitignore's syntax.
///
/// The last rule that matches decides; `!` takes back. A rule with a slash at its beginning or in its middle counts from
/// the tree's root, one without in every folder; with a slash at its end it names folders alone. `*` and `?` match
/// within a name, `**` over folders, `[a-z]` and `[!a-z]` one byte; a backslash takes the next character as it is. What
/// stands in a folder that is left out is not looked at, so nothing of it can be taken back. (gitignore(5))
package struct IgnoreRules: Sendable {
    static let fileName = ".reeveignore"
    static let mostBytes = 1 << 20

    private struct Rule {
        var takesBack: Bool
        var foldersOnly: Bool
        var parts: [NamePattern]
    }

    private var rules: [Rule] = []

    /// None.
    package init() {}

    package init(_ text: String) {
        let bytes = Array(text.utf8)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        rules = bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0)
            .split(separator: UInt8(ascii: "\n")).compactMap { IgnoreRules.rule($0) }
    }

    /// - Parameter path: relative to the root, without a slash at its ends; its folders are not left out themselves.
    package func ignores(_ path: String, isFolder: Bool) -> Bool {
        guard !rules.isEmpty else { return false }
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        let last = rules.last { rule in
            (isFolder || !rule.foldersOnly) && PathMatch.matches(rule.parts[...], names[...])
        }
        return last.map { !$0.takesBack } ?? false
    }

    private static func rule(_ line: ArraySlice<UInt8>) -> Rule? {
        var line = trimmed(line)
        guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
        let takesBack = first == UInt8(ascii: "!")
        if takesBack { line.removeFirst() }
        let slash = UInt8(ascii: "/")
        let foldersOnly = line.last == slash
        if foldersOnly { line.removeLast() }
        let isAnchored = line.contains(slash)
        var parts = line.split(separator: slash).map { NamePattern($0) }
        guard !parts.isEmpty else { return nil }
        if !isAnchored {
            // By itself it is no more than `*`.
            if parts == [.folders] { parts = [.name([.run])] }
            parts.insert(.folders, at: 0)
        }
        return Rule(takesBack: takesBack, foldersOnly: foldersOnly, parts: parts)
    }

    /// Without a carriage return and the spaces at its end that no backslash keeps.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        while line.last == UInt8(ascii: " ") {
            let backslashes = line.dropLast().reversed().prefix { $0 == UInt8(ascii: "\\") }.count
            if backslashes % 2 == 1 { break }
            line.removeLast()
        }
        return line
    }
}
