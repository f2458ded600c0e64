import ArgumentParser
import Fleet

/// How people name objects: `KIND/ID`, whatever the case and number of the kind, with or without the id's prefix.
enum ObjectName {
    /// `node/x`, `Nodes/node_x` and `Node/x` all name `Node/node_x`.
    static func key(_ text: String) throws(ValidationError) -> ResourceKey {
        guard let slash = text.firstIndex(of: "/") else {
            throw ValidationError("`\(text)` names no object; objects are named KIND/ID, such as node/x.")
        }
        return try key(kind(String(text[..<slash])), String(text[text.index(after: slash)...]))
    }

    static func key(_ kind: Kind, _ id: String) throws(ValidationError) -> ResourceKey {
        guard !id.isEmpty, !id.contains("/") else {
            throw ValidationError("`\(kind.rawValue)/\(id)` has no valid id.")
        }
        return ResourceKey(kind, id.hasPrefix(kind.idPrefix) ? id : kind.idPrefix + id)
    }

    /// `KIND/ID…`, whole ids (`pool_x`), or a kind once and then its ids: `nodes x y`. Each object once, in the order
    /// given.
    static func keys(_ words: [String]) throws(ValidationError) -> [ResourceKey] {
        guard let first = words.first else { return [] }
        var keys: [ResourceKey] = []
        if first.contains("/") || whole(first) != nil {
            for word in words {
                if let whole = whole(word) { keys.append(whole) } else { keys.append(try key(word)) }
            }
        } else {
            let kind = try kind(first)
            guard words.count > 1 else { throw ValidationError("Which \(kind.rawValue)? Name its id after the kind.") }
            for word in words.dropFirst() { keys.append(try word.contains("/") ? key(word) : key(kind, word)) }
        }
        var seen: Set<ResourceKey> = []
        return keys.filter { seen.insert($0).inserted }
    }

    /// A whole id, whose prefix says of which kind it is; nil for anything else.
    static func whole(_ id: String) -> ResourceKey? {
        guard !id.contains("/"), Kind(spelling: id) == nil else { return nil }
        return Kind.allCases.first { id.hasPrefix($0.idPrefix) }.map { ResourceKey($0, id) }
    }

    static func kind(_ word: String) throws(ValidationError) -> Kind {
        if let kind = Kind(spelling: word) { return kind }
        let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("`\(word)` is no kind; there are \(known).")
    }
}

extension ResourceKey {
    /// `node/node_x`: how results are listed, a line each.
    var listed: String { "\(kind.rawValue.lowercased())/\(id)" }
}

extension EventSubject {
    /// As a resource is listed; a daemon is `daemon/rack-7`.
    var listed: String { "\(kind.lowercased())/\(id)" }
}
