// Literals make commands and tests readable: `["$set": ["a": 1, "b": [true, nil, "x"]]]`.

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByStringInterpolation
{
    /// An int32 where the number fits, otherwise an int64, as the shell and the drivers choose.
    package init(integerLiteral value: Int64) {
        self = Int32(exactly: value).map(Value.int32) ?? .int64(value)
    }

    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(nilLiteral: ()) { self = .null }
}

extension Value: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    package init(arrayLiteral elements: Value...) { self = .array(elements) }

    package init(dictionaryLiteral elements: (String, Value)...) {
        self = .document(Document(elements))
    }

    /// An array of these values, keyed "0", "1", ….
    package static func array(_ values: some Sequence<Value>) -> Value {
        var writer = ArrayWriter()
        for value in values { writer.append(value) }
        return .array(writer.finish())
    }
}

extension Document: ExpressibleByDictionaryLiteral {
    /// The elements in the order in which they are written, which is the order that the server sees.
    package init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }

    package init(_ elements: some Sequence<(String, Value)>) {
        self.init { writer in
            for (key, value) in elements { writer.append(key, value) }
        }
    }
}
