/// The value of one leaf of a resource: what a manifest states, or what a document holds.
///
/// Equality is MongoDB's: numbers compare by their value, whatever their type (16 = 16.0), because anything stricter
/// would correct drift for ever. Records compare in order, as MongoDB compares embedded documents, and texts by their
/// bytes: Swift takes `é` for `e` with an accent after it, MongoDB does not.
package enum FieldValue: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case decimal(DecimalNumber)
    case string(String)
    case timestamp(Timestamp)
    case list([FieldValue])
    case record([Member])
    /// A value of a type that no field of Reeve's has: kept byte for byte, so that compare-and-set can name it.
    case foreign(type: UInt8, bytes: [UInt8])

    /// One field of a record, in the order in which it was written.
    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: FieldValue

        package init(_ name: String, _ value: FieldValue) {
            self.name = name
            self.value = value
        }

        package static func == (left: Member, right: Member) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.value == right.value
        }
    }
}

extension String {
    /// Texts that are equal by this are equal to Swift too, so the hash may stay Swift's.
    fileprivate func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}

extension FieldValue: Hashable {
    package static func == (left: FieldValue, right: FieldValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a == b || (a.isNaN && b.isNaN)
        case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.record(let a), .record(let b)): a == b
        case (.foreign(let a, let x), .foreign(let b, let y)): a == b && x == y
        case (.decimal(let a), .decimal(let b)): a == b
        case (.int(let a), .double(let b)), (.double(let b), .int(let a)): Int64(exactly: b) == a
        case (.decimal(let a), .int(let b)), (.int(let b), .decimal(let a)): a == DecimalNumber(b)
        case (.decimal(let a), .double(let b)), (.double(let b), .decimal(let a)): a.isExactly(b)
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        // Equal numbers of different types must hash alike, so all of them hash as the nearest Double.
        case .int(let value): hasher.combine(Double(value))
        case .double(let value): hasher.combine(value.isNaN ? 0 : value)
        case .decimal(let value): hasher.combine(value.nearestDouble)
        case .string(let value): hasher.combine(value)
        case .timestamp(let value): hasher.combine(value)
        case .list(let value): hasher.combine(value)
        case .record(let value): hasher.combine(value)
        case .foreign(let type, let bytes):
            hasher.combine(type)
            hasher.combine(bytes)
        }
    }
}

extension FieldValue {
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var timestamp: Timestamp? { if case .timestamp(let value) = self { value } else { nil } }

    /// The value as a whole number, from whichever numeric type holds one exactly.
    package var int: Int64? {
        switch self {
        case .int(let value): value
        case .double(let value): Int64(exactly: value)
        case .decimal(let value): value.integer
        default: nil
        }
    }

    package var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .decimal(let value): value.nearestDouble
        default: nil
        }
    }

    package var list: [FieldValue]? { if case .list(let value) = self { value } else { nil } }

    /// The member of that name, if this is a record that has one.
    package func member(_ name: String) -> FieldValue? {
        guard case .record(let members) = self else { return nil }
        return members.first { $0.name.hasSameBytes(as: name) }?.value
    }
}

extension FieldValue: CustomStringConvertible {
    /// How plans, diffs and events show the value: short, in one line, in YAML's flow style.
    package var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): Int64(exactly: value).map(String.init) ?? String(value)
        case .decimal(let value): "\"\(value)\""
        case .string(let value): "\"\(value)\""
        case .timestamp(let value): value.description
        case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .record(let members):
            "{" + members.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
        case .foreign(let type, let bytes): "<BSON type \(type), \(bytes.count) bytes>"
        }
    }
}
