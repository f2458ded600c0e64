/// Something wrong with a file, and where.
package struct YAMLError: Error, Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
        // These end the stream: nothing after them is read.
        case fileTooLarge, documentTooLarge, tooDeep, tooManyNodes, tooManyDocuments, tooManyErrors
        case tooManyTagDirectives
        /// UTF-16 or UTF-32; only UTF-8 is read.
        case encoding
        case invalidUTF8
        /// NUL, other control characters, non-characters.
        case controlCharacter
        case syntax
        case outOfMemory

        // After these reading goes on, so that one run finds all of them.
        case duplicateKey, nonScalarKey
        /// The alias reads as an empty plain scalar.
        case undefinedAlias, recursiveAlias
        /// The node reads as if it had no tag.
        case unsupportedTag, mismatchedTag
        /// The `<<` is left out.
        case invalidMerge

        /// Whether the document it stands in is lost, and everything after it.
        package var endsStream: Bool {
            switch self {
            case .duplicateKey, .nonScalarKey, .undefinedAlias, .recursiveAlias, .unsupportedTag, .mismatchedTag,
                .invalidMerge:
                false
            default: true
            }
        }
    }

    package var reason: Reason
    /// One line, without the place.
    package var message: String
    package var mark: Mark
    /// The document it stands in, counted from 0.
    package var document: Int

    package init(reason: Reason, message: String, mark: Mark, document: Int) {
        self.reason = reason
        self.message = message
        self.mark = mark
        self.document = document
    }
}

/// A name out of a file for use in a message: shortened, and on one line.
func quoted(_ name: String) -> String {
    let limit = 64
    var result = "\""
    for (index, scalar) in name.unicodeScalars.enumerated() {
        if index == limit {
            result += "…"
            break
        }
        if PlainText.isPrintable(scalar) && !PlainText.isBreak(scalar) {
            result.unicodeScalars.append(scalar)
        } else {
            result += "\\u{\(String(scalar.value, radix: 16))}"
        }
    }
    return result + "\""
}
