/// Why bytes, text or values are not what they were read as.
///
/// Offsets count bytes from the start of the innermost document (of the text for extended JSON).
package enum BSONError: Error, Hashable, Sendable {
    /// The bytes are not a BSON document.
    case malformed(Defect, offset: Int)
    /// A key or a string is not UTF-8.
    case invalidUTF8(offset: Int)
    /// Documents stand in each other deeper than `Document.maximumDepth`.
    case tooDeep
    /// An element has another type than its reader expects.
    case typeMismatch(key: String, expected: BSONType, found: BSONType)
    /// A number does not fit the type it is read as without loss.
    case outOfRange(key: String)
    /// An element that its reader needs is not there.
    case missingKey(String)
    /// The text is not JSON, or its `$` keys do not follow extended JSON v2.
    case invalidExtendedJSON(String, offset: Int)

    package enum Defect: String, Hashable, Sendable {
        case documentLength = "a document's length does not match its bytes"
        case documentEnd = "a document does not end with NUL"
        case unknownType = "an element has an unknown type"
        case unterminatedString = "a string without NUL"
        case stringLength = "a string's length does not match its bytes"
        case bool = "a bool that is neither 0 nor 1"
        case binaryLength = "a binary's length does not match its bytes"
        case scopeLength = "the length of code with scope does not match its parts"
        case truncated = "a value reaches past the end of its document"
    }
}

extension BSONError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let defect, let offset): "malformed BSON at byte \(offset): \(defect.rawValue)"
        case .invalidUTF8(let offset): "malformed BSON at byte \(offset): not UTF-8"
        case .tooDeep: "documents nested deeper than \(Document.maximumDepth)"
        case .typeMismatch(let key, let expected, let found): "\(key): expected \(expected), found \(found)"
        case .outOfRange(let key): "\(key): the number does not fit"
        case .missingKey(let key): "\(key): missing"
        case .invalidExtendedJSON(let reason, let offset): "invalid extended JSON at byte \(offset): \(reason)"
        }
    }
}
