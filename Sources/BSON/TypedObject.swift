/// What an object of extended JSON stands for, by its `$` keys.
enum TypedObject {
    case plain
    case value(Value)
    case invalid(String)

    /// An object that has one of v2's keys must be exactly of that key's form.
    ///
    /// `$ref`, `$id`, `$db` (DBRef), `$regex`, `$options`, `$type` and all operators are keys like any other.
    static func interpret(_ members: [(String, Value)]) -> TypedObject {
        guard let key = members.lazy.map(\.0).first(where: { readers[$0] != nil }), let reader = readers[key] else {
            return .plain
        }
        if key == "$code" { return code(members) }
        guard members.count == 1, let value = reader(members[0].1) else {
            return .invalid("\(key) is not followed by what it takes")
        }
        return .value(value)
    }

    private static let readers: [String: @Sendable (Value) -> Value?] = [
        "$oid": { $0.stringValue.flatMap { ObjectID(hex: $0) }.map(Value.objectID) },
        "$symbol": { $0.stringValue.map(Value.symbol) },
        "$numberInt": { $0.stringValue.flatMap(integer).map(Value.int32) },
        "$numberLong": { $0.stringValue.flatMap(integer).map(Value.int64) },
        "$numberDouble": { $0.stringValue.flatMap(double).map(Value.double) },
        "$numberDecimal": { $0.stringValue.flatMap { Decimal128($0) }.map(Value.decimal128) },
        "$binary": binary,
        "$uuid": { $0.stringValue.flatMap(uuid) },
        "$code": { $0.stringValue.map(Value.javaScript) },
        "$timestamp": timestamp,
        "$regularExpression": regularExpression,
        "$dbPointer": dbPointer,
        "$date": date,
        "$minKey": { $0 == .int32(1) ? .minKey : nil },
        "$maxKey": { $0 == .int32(1) ? .maxKey : nil },
        "$undefined": { $0 == .bool(true) ? .undefined : nil },
    ]

    private static func code(_ members: [(String, Value)]) -> TypedObject {
        var (code, scope): (String?, Document?)
        for (key, value) in members {
            switch key {
            case "$code": code = value.stringValue
            case "$scope": scope = value.documentValue
            default: return .invalid("$code and $scope stand alone")
            }
        }
        guard let code else { return .invalid("$code takes a string") }
        if members.count == 1 { return .value(.javaScript(code)) }
        guard members.count == 2, let scope else { return .invalid("$scope takes a document") }
        return .value(.javaScriptWithScope(code, scope))
    }

    /// Digits with an optional minus: `Int` would also take a plus.
    private static func integer<Number: FixedWidthInteger>(_ text: String) -> Number? {
        text.hasPrefix("+") ? nil : Number(text)
    }

    private static func double(_ text: String) -> Double? {
        switch text {
        case "NaN": .nan
        case "Infinity": .infinity
        case "-Infinity": -.infinity
        // `Double` would also take "inf", "nan(…)" and hexadecimal numbers.
        case _ where text.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }):
            Double(text).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }

    /// The values under exactly these keys, in this order; nil if there are others or one is missing.
    private static func fields(_ value: Value, _ keys: String...) -> [Value]? {
        guard let elements = try? value.documentValue?.elements(), elements.count == keys.count else { return nil }
        let found = keys.compactMap { key in elements.first { $0.key == key }?.value }
        return found.count == keys.count ? found : nil
    }

    @Sendable
    private static func binary(_ value: Value) -> Value? {
        guard let fields = fields(value, "base64", "subType"), let base64 = fields[0].stringValue,
            let bytes = Base64.decode(base64.utf8), let text = fields[1].stringValue, (1...2).contains(text.utf8.count),
            let subtype = UInt8(text, radix: 16), !text.hasPrefix("+"), !text.hasPrefix("-")
        else { return nil }
        return .binary(Binary(subtype: subtype, bytes: bytes))
    }

    private static func uuid(_ text: String) -> Value? {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = Hexadecimal.decode(groups.joined().utf8) else {
            return nil
        }
        return .binary(Binary(subtype: 4, bytes: bytes))
    }

    @Sendable
    private static func timestamp(_ value: Value) -> Value? {
        guard let fields = fields(value, "t", "i") else { return nil }
        let parts = fields.compactMap { field in
            field.type == .double ? nil : field.int64Value.flatMap { UInt32(exactly: $0) }
        }
        return parts.count == 2 ? .timestamp(BSONTimestamp(seconds: parts[0], increment: parts[1])) : nil
    }

    @Sendable
    private static func regularExpression(_ value: Value) -> Value? {
        guard let fields = fields(value, "pattern", "options"), let pattern = fields[0].stringValue,
            let options = fields[1].stringValue, !(pattern + options).utf8.contains(0)
        else { return nil }
        return .regex(pattern: pattern, options: options)
    }

    @Sendable
    private static func dbPointer(_ value: Value) -> Value? {
        guard let fields = fields(value, "$ref", "$id"), let namespace = fields[0].stringValue,
            let id = fields[1].objectIDValue
        else { return nil }
        return .dbPointer(namespace: namespace, id: id)
    }

    /// RFC 3339 text, or milliseconds as `$numberLong` or a plain number.
    @Sendable
    private static func date(_ value: Value) -> Value? {
        switch value {
        case .string(let text): InternetDate.decode(text).map(Value.dateTime)
        case .int64(let milliseconds): .dateTime(milliseconds)
        case .int32(let milliseconds): .dateTime(Int64(milliseconds))
        default: nil
        }
    }
}
