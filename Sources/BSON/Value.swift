/// Any BSON value, owned.
///
/// `==` compares type and content (`int32(1) != int64(1)`); `isEqualAsMongoDB(_:)` compares as the server does.
package enum Value: Hashable, Sendable {
    case double(Double)
    case string(String)
    case document(Document)
    /// The elements' keys are "0", "1", …; readers go by order and ignore them, as servers do.
    case array(Document)
    case binary(Binary)
    case undefined
    case objectID(ObjectID)
    case bool(Bool)
    /// Milliseconds since 1970-01-01T00:00:00Z.
    case dateTime(Int64)
    case null
    case regex(pattern: String, options: String)
    case dbPointer(namespace: String, id: ObjectID)
    case javaScript(String)
    case symbol(String)
    case javaScriptWithScope(String, Document)
    case int32(Int32)
    case timestamp(BSONTimestamp)
    case int64(Int64)
    case decimal128(Decimal128)
    case minKey
    case maxKey
}

/// Bytes with the subtype that says what they mean.
package struct Binary: Hashable, Sendable {
    package var subtype: UInt8
    package var bytes: [UInt8]

    package init(subtype: UInt8 = 0, bytes: [UInt8]) {
        self.subtype = subtype
        self.bytes = bytes
    }
}

/// The server's internal clock: seconds since 1970 and a counter within the second. Not a date.
package struct BSONTimestamp: Hashable, Comparable, Sendable {
    package var seconds: UInt32
    package var increment: UInt32

    package init(seconds: UInt32, increment: UInt32) {
        self.seconds = seconds
        self.increment = increment
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.increment) < (right.seconds, right.increment)
    }
}

extension Value {
    package var type: BSONType {
        switch self {
        case .double: .double
        case .string: .string
        case .document: .document
        case .array: .array
        case .binary: .binary
        case .undefined: .undefined
        case .objectID: .objectID
        case .bool: .bool
        case .dateTime: .dateTime
        case .null: .null
        case .regex: .regex
        case .dbPointer: .dbPointer
        case .javaScript: .javaScript
        case .symbol: .symbol
        case .javaScriptWithScope: .javaScriptWithScope
        case .int32: .int32
        case .timestamp: .timestamp
        case .int64: .int64
        case .decimal128: .decimal128
        case .minKey: .minKey
        case .maxKey: .maxKey
        }
    }

    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// Any whole number that fits: of either integer type, or a double without a fraction.
    package var int64Value: Int64? {
        switch self {
        case .int32(let value): Int64(value)
        case .int64(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// Any number but a decimal; a 64-bit integer is rounded to the nearest double.
    package var doubleValue: Double? {
        switch self {
        case .int32(let value): Double(value)
        case .int64(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// Milliseconds since 1970.
    package var dateTimeValue: Int64? {
        if case .dateTime(let value) = self { value } else { nil }
    }

    package var objectIDValue: ObjectID? {
        if case .objectID(let value) = self { value } else { nil }
    }

    package var documentValue: Document? {
        if case .document(let value) = self { value } else { nil }
    }

    /// The elements of an array, in order; nil for other types and for malformed bytes.
    package var arrayValue: [Value]? {
        guard case .array(let document) = self else { return nil }
        return try? document.elements().map(\.value)
    }

    package var decimal128Value: Decimal128? {
        if case .decimal128(let value) = self { value } else { nil }
    }
}
