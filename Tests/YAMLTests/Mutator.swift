/// SplitMix64: the same numbers from the same seed, everywhere.
struct Random: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}

/// Damages documents as editors, merges and enemies do.
struct Mutator {
    private var random: Random
    init(seed: UInt64) { random = Random(seed: seed) }

    private static let corpus = Corpus.documents.map { Array($0.utf8) }
    private static let tokens: [[UInt8]] =
        [
            "- ", "? ", ": ", ":", "[", "]", "{", "}", ", ", "#", " #", "&a ", "*a", "&a", "*a ", "!!str ", "!!int ",
            "!x ",
            "! ", "|\n", ">-\n", "|2\n", "'", "\"", "''", "%", "%TAG ! x\n", "---\n", "...\n", "--- ", "<<: ",
            "<<: *a\n",
            "\n", "\n\n", "\r", "\r\n", "\t", "  ", " ", "\\", "\\u0000", "\u{FEFF}", "\u{85}", "\u{2028}", "\u{2029}",
            "\0",
            "\u{7F}", "é", "e\u{301}", "😀", "~", "null", "no", "0x1F", "1e3", ".nan", "=", "a: 1\n", "@", "`", "- - - ",
            "[[[[",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]]

    /// One document, damaged in one to five places.
    mutating func next() -> [UInt8] {
        var bytes = Self.corpus[random.below(Self.corpus.count)]
        for _ in 0...random.below(5) { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = random.below(bytes.count + 1)
        switch random.below(9) {
        case 0 where place < bytes.count: bytes[place] ^= UInt8(1 << random.below(8))
        case 1 where place < bytes.count: bytes[place] = UInt8(0x20 + random.below(0x5F))
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(6)))
        case 3, 4, 5: bytes.insert(contentsOf: Self.tokens[random.below(Self.tokens.count)], at: place)
        case 6: moveLine(in: &bytes)
        case 7:
            let other = Self.corpus[random.below(Self.corpus.count)]
            let start = random.below(other.count + 1)
            bytes.insert(contentsOf: other[start..<min(other.count, start + random.below(60))], at: place)
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random.below(40))], at: place)
        }
        if bytes.count > 2_000 { bytes.removeSubrange(2_000...) }
    }

    /// Copies or moves a line, perhaps to another indentation.
    private mutating func moveLine(in bytes: inout [UInt8]) {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        var line = lines[random.below(lines.count)]
        if random.below(2) == 0 { line.insert(contentsOf: [UInt8](repeating: 0x20, count: random.below(4)), at: 0) }
        if random.below(3) == 0 { line.removeFirst(min(line.count, random.below(3))) }
        let target = random.below(lines.count)
        if random.below(2) == 0 { lines[target] = line } else { lines.insert(line, at: target) }
        bytes = Array(lines.joined(separator: [0x0A]))
    }
}
