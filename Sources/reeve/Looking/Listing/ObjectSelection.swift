import ArgumentParser
import Fleet

/// What `get` is asked for: whole kinds, objects by name, or sets.
enum ObjectSelection: Hashable {
    case kinds([Kind])
    /// Each once, in the order given.
    case keys([ResourceKey])
    /// All of them (nil), or by name.
    case sets([String]?)

    /// `nodes`, `pools,nodes`, `all`, `node x y`, `node/x pool/y`, `sets`, `set/NAME`.
    init(_ words: [String]) throws(ValidationError) {
        guard let first = words.first else {
            throw ValidationError("What? Name a kind, such as nodes, objects as KIND/ID, or all.")
        }
        if let names = try SetName.names(words) {
            self = .sets(words.count == 1 && SetName.isKind(first) ? nil : names)
        } else if first.contains("/") || words.count > 1 {
            self = .keys(try ObjectName.keys(words))
        } else if first.lowercased() == "all" {
            self = .kinds(Kind.allCases)
        } else {
            var kinds: [Kind] = []
            for word in first.split(separator: ",", omittingEmptySubsequences: false) {
                let kind = try ObjectName.kind(String(word))
                if !kinds.contains(kind) { kinds.append(kind) }
            }
            self = .kinds(kinds)
        }
    }

    /// The kinds that are shown, each with a table of its own.
    var kinds: [Kind] {
        switch self {
        case .kinds(let kinds): kinds
        case .keys(let keys): Kind.allCases.filter { kind in keys.contains { $0.kind == kind } }
        case .sets: []
        }
    }
}
