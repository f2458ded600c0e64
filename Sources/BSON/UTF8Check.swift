/// Well-formed UTF-8 (Unicode, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
@usableFromInline
enum UTF8Check {
    static func validate(
        _ text: UnsafeRawBufferPointer, in document: UnsafeRawBufferPointer
    ) throws(BSONError) {
        guard let fault = firstFault(text) else { return }
        guard let start = document.baseAddress, let at = text.baseAddress else { return }
        throw .invalidUTF8(offset: at - start + fault)
    }

    /// The text, or an error: a `String` made without the check would repair it in silence.
    @usableFromInline
    static func string(_ text: UnsafeRawBufferPointer) throws(BSONError) -> String {
        if let fault = firstFault(text) { throw .invalidUTF8(offset: fault) }
        // Of this type: the generic path costs more than the copy.
        return String(decoding: text.assumingMemoryBound(to: UInt8.self), as: UTF8.self)
    }

    /// Where the first byte stands that is not part of a character; nil if there is none.
    static func firstFault(_ text: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while index < text.count {
            // Most text is ASCII: eight bytes at a time.
            while text.count - index >= 8,
                text.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
            }
            guard index < text.count else { return nil }
            let lead = text[index]
            if lead < 0x80 {
                index += 1
                continue
            }
            let (length, second): (Int, ClosedRange<UInt8>)
            switch lead {
            case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: return index
            }
            guard length <= text.count - index, second.contains(text[index + 1]),
                text[(index + 1)..<(index + length)].allSatisfy({ 0x80...0xBF ~= $0 })
            else { return index }
            index += length
        }
        return nil
    }
}
