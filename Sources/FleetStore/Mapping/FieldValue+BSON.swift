import BSON
internal import Fleet

extension FieldValue {
    /// The value of an element. What no field of Reeve's can be is kept byte for byte.
    init(_ element: ElementView) {
        do throws(BSONError) {
            switch element.type {
            case .string: self = .string(try element.string())
            case .int32, .int64: self = .int(try element.int64())
            case .double: self = .double(try element.double())
            case .bool: self = .bool(try element.bool())
            case .dateTime: self = .timestamp(try Timestamp(element))
            case .null: self = .null
            case .decimal128: self = try Self.decimal(element)
            case .array: self = try Self.elements(element)
            case .document: self = try Self.members(element)
            default: self = .foreign(element)
            }
        } catch {
            self = .foreign(element)
        }
    }

    private static func foreign(_ element: ElementView) -> FieldValue {
        .foreign(type: element.type.rawValue, bytes: Array(element.valueBytes))
    }

    /// NaN and the infinities are foreign: no field of Reeve's can be either.
    private static func decimal(_ element: ElementView) throws(BSONError) -> FieldValue {
        guard let parts = try element.decimal128().parts, let significand = Int128(exactly: parts.significand) else {
            return foreign(element)
        }
        return .decimal(
            DecimalNumber(significand: parts.negative ? -significand : significand, exponent: parts.exponent))
    }

    private static func elements(_ element: ElementView) throws(BSONError) -> FieldValue {
        var values: [FieldValue] = []
        var cursor = try element.array().cursor()
        while let next = try cursor.next() { values.append(FieldValue(next)) }
        return .list(values)
    }

    private static func members(_ element: ElementView) throws(BSONError) -> FieldValue {
        var members: [Member] = []
        var cursor = try element.document().cursor()
        while let next = try cursor.next() { members.append(Member(try next.key.string(), FieldValue(next))) }
        return .record(members)
    }
}

extension DocumentWriter {
    /// Whole numbers as int64, decimals as Decimal128, instants as dates.
    mutating func append(_ key: String, field value: FieldValue) {
        switch value {
        case .null: appendNull(key)
        case .bool(let value): append(key, value)
        case .int(let value): append(key, value)
        case .double(let value): append(key, value)
        case .string(let value): append(key, value)
        case .timestamp(let value): append(key, dateTime: value.milliseconds)
        case .decimal(let value): append(key, decimal: value)
        case .list(let values):
            let elements = Document { elements in
                for (index, value) in values.enumerated() { elements.append(String(index), field: value) }
            }
            append(key, array: elements)
        case .record(let members):
            document(key) { record in
                for member in members { record.append(member.name, field: member.value) }
            }
        case .foreign(let type, let bytes):
            // A type byte that no BSON type has can't come from a document.
            append(key, BSONType(rawValue: type) ?? .binary, valueBytes: bytes)
        }
    }

    /// A number beyond Decimal128, which no field allows, is written as text: exact rather than wrong.
    private mutating func append(_ key: String, decimal value: DecimalNumber) {
        var (significand, exponent) = (value.significand, value.exponent)
        // `DecimalNumber` has no trailing zeros; the largest exponents need some of them back.
        while exponent > Decimal128.exponents.upperBound, significand.magnitude <= Decimal128.maximumSignificand / 10 {
            significand *= 10
            exponent -= 1
        }
        if let decimal = Decimal128.from(significand: significand, exponent: exponent) {
            append(key, decimal)
        } else {
            append(key, value.description)
        }
    }
}

extension Timestamp {
    init(_ element: ElementView) throws(BSONError) { self.init(milliseconds: try element.dateTime()) }
}

extension DocumentWriter {
    mutating func append(_ key: String, _ time: Timestamp) { append(key, dateTime: time.milliseconds) }

    mutating func append(_ key: String, optional value: String?) {
        if let value { append(key, value) }
    }

    mutating func append(_ key: String, optional time: Timestamp?) {
        if let time { append(key, time) }
    }
}

extension DocumentID {
    init(_ id: ObjectID) { self.init(high: id.high, low: id.low) }
}

extension ObjectID {
    init(_ id: DocumentID) { self.init(high: id.high, low: id.low) }
}
