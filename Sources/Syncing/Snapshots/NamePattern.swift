/// One part of a rule's path: what a single name is held against.
enum NamePattern: Hashable, Sendable {
    /// `**`: any number of folders.
    case folders
    case name([Piece])

    enum Piece: Hashable, Sendable {
        case byte(UInt8)
        /// `?`
        case any
        /// `*`
        case run
        /// `[a-z]`
        case among([ClosedRange<UInt8>], isNegated: Bool)
        /// A bracket that is never closed, a backslash at the end: nothing matches it, as in git.
        case nothing
    }

    init(_ text: ArraySlice<UInt8>) {
        if text.elementsEqual("**".utf8) {
            self = .folders
            return
        }
        var pieces: [Piece] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"): if pieces.last != .run { pieces.append(.run) }
            case UInt8(ascii: "?"): pieces.append(.any)
            case UInt8(ascii: "["): pieces.append(NamePattern.bracket(&rest))
            case UInt8(ascii: "\\"): pieces.append(rest.popFirst().map { .byte($0) } ?? .nothing)
            default: pieces.append(.byte(byte))
            }
        }
        self = .name(pieces)
    }

    /// After `[`. A `]` that stands first is meant itself.
    private static func bracket(_ rest: inout ArraySlice<UInt8>) -> Piece {
        let isNegated = rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^")
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<UInt8>] = []
        var isFirst = true
        while var low = rest.popFirst() {
            if low == UInt8(ascii: "]"), !isFirst { return .among(ranges, isNegated: isNegated) }
            isFirst = false
            if low == UInt8(ascii: "["), rest.first == UInt8(ascii: ":"), let named = named(&rest) {
                ranges += named
                continue
            }
            if low == UInt8(ascii: "\\") {
                guard let escaped = rest.popFirst() else { return .nothing }
                low = escaped
            }
            guard rest.first == UInt8(ascii: "-"), let after = rest.dropFirst().first, after != UInt8(ascii: "]") else {
                ranges.append(low...low)
                continue
            }
            rest.removeFirst(2)
            guard let high = after == UInt8(ascii: "\\") ? rest.popFirst() : after else { return .nothing }
            if low <= high { ranges.append(low...high) }
        }
        return .nothing
    }

    /// `[:alpha:]` and the like, after its `[`; nil if it is none.
    private static func named(_ rest: inout ArraySlice<UInt8>) -> [ClosedRange<UInt8>]? {
        let text = rest.dropFirst()
        guard let end = text.firstIndex(of: UInt8(ascii: ":")),
            text.dropFirst(end - text.startIndex + 1).first == UInt8(ascii: "]"),
            let ranges = classes[String(decoding: text[..<end], as: UTF8.self)]
        else { return nil }
        rest = rest[(end + 2)...]
        return ranges
    }

    private static let (digits, lower, upper): (ClosedRange<UInt8>, ClosedRange<UInt8>, ClosedRange<UInt8>) =
        (0x30...0x39, 0x61...0x7A, 0x41...0x5A)
    private static let classes: [String: [ClosedRange<UInt8>]] = [
        "alpha": [lower, upper], "digit": [digits], "alnum": [digits, lower, upper], "lower": [lower],
        "upper": [upper], "xdigit": [digits, 0x61...0x66, 0x41...0x46], "space": [0x09...0x0D, 0x20...0x20],
        "blank": [0x09...0x09, 0x20...0x20], "cntrl": [0...0x1F, 0x7F...0x7F], "print": [0x20...0x7E],
        "graph": [0x21...0x7E], "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E],
    ]

    /// Always false of `**`.
    func matches(_ name: [UInt8]) -> Bool {
        guard case .name(let pieces) = self else { return false }
        return StarMatch.matches(pieces, name, star: .run) { piece, byte in
            switch piece {
            case .byte(let own): own == byte
            case .any: true
            case .among(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
            case .run, .nothing: false
            }
        }
    }
}

/// A rule's parts against a path's names.
enum PathMatch {
    /// `**` at the end stands for something in the folder, not for the folder itself.
    static func matches(_ parts: ArraySlice<NamePattern>, _ names: ArraySlice<[UInt8]>) -> Bool {
        if parts.count > 1, parts.last == .folders {
            return names.indices.dropFirst().contains { matches(parts.dropLast(), names[..<$0]) }
        }
        return StarMatch.matches(Array(parts), Array(names), star: .folders) { $0.matches($1) }
    }
}

/// Matching with wildcards for any number of items, in at most pattern × items steps: when an item does not fit, only the
/// last wildcard has to take one more.
enum StarMatch {
    static func matches<Part: Equatable, Item>(
        _ pattern: [Part], _ items: [Item], star: Part, fits: (Part, Item) -> Bool
    ) -> Bool {
        var (part, item) = (0, 0)
        var open: (part: Int, item: Int)?
        while item < items.count {
            if part < pattern.count, pattern[part] == star {
                open = (part, item)
                part += 1
            } else if part < pattern.count, fits(pattern[part], items[item]) {
                part += 1
                item += 1
            } else if let last = open {
                open = (last.part, last.item + 1)
                (part, item) = (last.part + 1, last.item + 1)
            } else {
                return false
            }
        }
        return pattern[part...].allSatisfy { $0 == star }
    }
}
