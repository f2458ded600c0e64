/// Takes comments and literals out of Swift, so that a word in a sentence is not taken for code.
enum CodeText {
    static func stripped(_ text: String) -> String {
        var scan = CodeScan(rest: Array(text.utf8))
        scan.code(until: nil)
        return String(decoding: scan.output, as: UTF8.self)
    }
}

/// What is left to read, and what was kept.
private struct CodeScan {
    var rest: [UInt8]
    var position = 0
    var output: [UInt8] = []

    init(rest: [UInt8]) { self.rest = rest }

    private func stands(_ text: String, at offset: Int = 0) -> Bool {
        var index = position + offset
        for character in text.utf8 {
            guard index < rest.count, rest[index] == character else { return false }
            index += 1
        }
        return true
    }

    /// Copies code; with `end`, only line ends are kept, up to the bracket that closes.
    mutating func code(until end: UInt8?) {
        var depth = 0
        while position < rest.count {
            if stands("//") {
                while position < rest.count, rest[position] != .newline { position += 1 }
            } else if stands("/*") {
                comment()
            } else if let (hashes, quote) = opening {
                literal(hashes: hashes, quote: quote)
            } else {
                let character = rest[position]
                position += 1
                guard let end else {
                    output.append(character)
                    continue
                }
                if character == end, depth == 0 { return }
                if character == UInt8(ascii: "(") { depth += 1 }
                if character == UInt8(ascii: ")") { depth -= 1 }
                if character == .newline { output.append(.newline) }
            }
        }
    }

    /// Comments nest.
    private mutating func comment() {
        var depth = 0
        repeat {
            if stands("/*") {
                depth += 1
                position += 2
            } else if stands("*/") {
                depth -= 1
                position += 2
            } else {
                skip()
            }
        } while depth > 0 && position < rest.count
    }

    private var opening: (hashes: String, quote: String)? {
        var count = 0
        while position + count < rest.count, rest[position + count] == UInt8(ascii: "#") { count += 1 }
        let hashes = String(repeating: "#", count: count)
        if stands("\"\"\"", at: count) { return (hashes, "\"\"\"") }
        return stands("\"", at: count) ? (hashes, "\"") : nil
    }

    private mutating func literal(hashes: String, quote: String) {
        output.append(.quote)
        position += hashes.count + quote.count
        while position < rest.count, !stands(quote + hashes) {
            if stands("\\" + hashes + "(") {
                position += hashes.count + 2
                let kept = output.count
                code(until: UInt8(ascii: ")"))
                output.replaceSubrange(kept..., with: output[kept...].filter { $0 == .newline })
            } else if stands("\\" + hashes) {
                position += hashes.count + 1
                skip()
            } else {
                skip()
            }
        }
        position += quote.count + hashes.count
        output.append(.quote)
    }

    private mutating func skip() {
        guard position < rest.count else { return }
        if rest[position] == .newline { output.append(.newline) }
        position += 1
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let quote = UInt8(ascii: "\"")
}
