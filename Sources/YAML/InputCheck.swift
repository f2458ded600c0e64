/// What can be said of the bytes before libyaml sees them: encoding, characters, directives.
///
/// libyaml checks characters too, but a buffer ahead of what it parses and without a line; so a broken character
/// near the end of a file would cost the documents in front of it.
struct InputCheck {
    struct Problem {
        var reason: YAMLError.Reason
        var message: String
        var mark: Mark
    }

    /// What libyaml may read: without a byte-order mark, up to the first problem.
    private(set) var range: Range<Int>
    private(set) var problem: Problem?
    /// Every character of `range` is one byte.
    private(set) var isASCII = true
    /// The offset of every 1,024th character from the start of `range`; empty if it is ASCII.
    private var checkpoints: [Int] = []
    private static let stride = 1_024

    init(_ bytes: UnsafeBufferPointer<UInt8>, limits: Limits) {
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        range = (hasMark ? 3 : 0)..<bytes.count
        if Self.isWide(bytes) {
            let message = "the file is UTF-16 or UTF-32; only UTF-8 is read: save it as UTF-8"
            problem = Problem(reason: .encoding, message: message, mark: .start)
            range = 0..<0
            return
        }
        var found = Finding(limits: limits)
        let end = found.firstBadOffset(in: bytes, from: range.lowerBound)
        range = range.lowerBound..<end
        isASCII = found.isASCII
        if let reason = found.reason {
            problem = Problem(reason: reason, message: found.message, mark: Self.mark(after: bytes[range]))
        }
        if !isASCII { placeCheckpoints(in: bytes) }
    }

    /// A UTF-16 or UTF-32 byte-order mark, or without one the zero half of a first ASCII character.
    private static func isWide(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count >= 2 else { return false }
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0xFF), (0xFF, 0xFE): return true
        case (0, 1...), (1..., 0): return true
        case (0, 0): return bytes.count >= 4 && bytes.count.isMultiple(of: 4) && (bytes[2], bytes[3]) != (0, 0)
        default: return false
        }
    }

    /// Where `range` ends.
    func endMark(in bytes: UnsafeBufferPointer<UInt8>) -> Mark { Self.mark(after: bytes[range]) }

    private static func mark(after bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Mark {
        var line = 1
        var column = 1
        var previous: Unicode.Scalar = " "
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if scalar == "\n" && previous == "\r" {
                // One break of two characters.
            } else if PlainText.isBreak(scalar) {
                line += 1
                column = 1
            } else {
                column += 1
            }
            previous = scalar
        }
        return Mark(line: line, column: column)
    }

    private mutating func placeCheckpoints(in bytes: UnsafeBufferPointer<UInt8>) {
        var character = 0
        for offset in range where bytes[offset] & 0xC0 != 0x80 {
            if character.isMultiple(of: Self.stride) { checkpoints.append(offset - range.lowerBound) }
            character += 1
        }
    }

    /// The byte offset in `range` of a character that libyaml counts by index.
    func byteOffset(ofCharacter index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard !isASCII, !checkpoints.isEmpty else { return min(index, range.count) }
        let checkpoint = min(index / Self.stride, checkpoints.count - 1)
        var offset = checkpoints[checkpoint]
        var left = index - checkpoint * Self.stride
        while left > 0 && offset < range.count {
            repeat { offset += 1 } while offset < range.count && bytes[range.lowerBound + offset] & 0xC0 == 0x80
            left -= 1
        }
        return offset
    }
}

/// The walk over the bytes that finds the first one libyaml must not see.
private struct Finding {
    var reason: YAMLError.Reason?
    var message = ""
    var isASCII = true
    private let tagDirectivesAllowed: Int
    private var tagDirectives = 0

    init(limits: Limits) { tagDirectivesAllowed = limits.tagDirectives }

    mutating func firstBadOffset(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var offset = start
        let end = bytes.count
        if !lineStart(at: offset, in: bytes) { return offset }
        while offset < end {
            let byte = bytes[offset]
            if byte >= 0x20 && byte < 0x7F {
                offset += 1
            } else if byte == 0x0A || byte == 0x0D {
                offset += 1
                if !lineStart(at: offset, in: bytes) { return offset }
            } else if byte == 0x09 {
                offset += 1
            } else if byte < 0x80 {
                return fail(byte == 0 ? "a NUL byte" : "a control character", UInt32(byte), at: offset)
            } else {
                isASCII = false
                guard let (value, width) = decode(bytes, at: offset) else {
                    reason = .invalidUTF8
                    message = "not valid UTF-8: byte 0x\(String(byte, radix: 16, uppercase: true)) at offset \(offset)"
                    return offset
                }
                if value < 0xA0 && value != 0x85 { return fail("a control character", value, at: offset) }
                if value == 0xFFFE || value == 0xFFFF { return fail("a non-character", value, at: offset) }
                offset += width
                // These end a line for libyaml as well.
                let isBreak = value == 0x85 || value == 0x2028 || value == 0x2029
                if isBreak, !lineStart(at: offset, in: bytes) { return offset }
            }
        }
        return end
    }

    private mutating func fail(_ what: String, _ value: UInt32, at offset: Int) -> Int {
        reason = .controlCharacter
        let digits = String(value, radix: 16, uppercase: true)
        message = "\(what) is not allowed: U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)"
        return offset
    }

    /// False if the line is one `%TAG` too many.
    private mutating func lineStart(at offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard offset < bytes.count else { return true }
        switch bytes[offset] {
        case UInt8(ascii: "-"):
            if bytes[offset...].starts(with: "---".utf8) { tagDirectives = 0 }
        case UInt8(ascii: "%"):
            if bytes[offset...].starts(with: "%TAG".utf8) { tagDirectives += 1 }
        default: break
        }
        guard tagDirectives > tagDirectivesAllowed else { return true }
        reason = .tooManyTagDirectives
        message = "more than \(tagDirectivesAllowed) %TAG directives in a document"
        return false
    }

    /// The scalar at a byte above 0x7F and its width; nil if it is not well-formed (Unicode, table 3-7).
    private func decode(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> (UInt32, Int)? {
        let first = bytes[offset]
        let width: Int
        var secondAllowed: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: width = 2
        case 0xE0...0xEF:
            width = 3
            if first == 0xE0 { secondAllowed = 0xA0...0xBF }
            if first == 0xED { secondAllowed = 0x80...0x9F }
        case 0xF0...0xF4:
            width = 4
            if first == 0xF0 { secondAllowed = 0x90...0xBF }
            if first == 0xF4 { secondAllowed = 0x80...0x8F }
        default: return nil
        }
        guard bytes.count - offset >= width, secondAllowed.contains(bytes[offset + 1]) else { return nil }
        var value = UInt32(first) & (0xFF >> UInt32(width + 1))
        for position in 1..<width {
            let byte = bytes[offset + position]
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        return (value, width)
    }
}
