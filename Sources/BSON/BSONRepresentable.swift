/// A type of BSON's own, which `BSONEncoder` and `BSONDecoder` hand through as it is.
///
/// Other coders refuse these types: there is no one right text for them.
protocol BSONRepresentable: Codable {
    var bsonValue: Value { get }
    init?(bsonValue: Value)
}

extension BSONRepresentable {
    package func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self, .init(codingPath: encoder.codingPath, debugDescription: "\(Self.self) is written by BSONEncoder only")
        )
    }

    package init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "\(Self.self) is read by BSONDecoder only"))
    }
}

extension Value: BSONRepresentable {
    var bsonValue: Value { self }
    init?(bsonValue: Value) { self = bsonValue }
}

extension Document: BSONRepresentable {
    var bsonValue: Value { .document(self) }

    init?(bsonValue: Value) {
        guard let value = bsonValue.documentValue else { return nil }
        self = value
    }
}

extension ObjectID: BSONRepresentable {
    var bsonValue: Value { .objectID(self) }

    init?(bsonValue: Value) {
        guard let value = bsonValue.objectIDValue else { return nil }
        self = value
    }
}

extension Decimal128: BSONRepresentable {
    var bsonValue: Value { .decimal128(self) }

    init?(bsonValue: Value) {
        guard let value = bsonValue.decimal128Value else { return nil }
        self = value
    }
}

extension Binary: BSONRepresentable {
    var bsonValue: Value { .binary(self) }

    init?(bsonValue: Value) {
        guard case .binary(let value) = bsonValue else { return nil }
        self = value
    }
}

extension BSONTimestamp: BSONRepresentable {
    var bsonValue: Value { .timestamp(self) }

    init?(bsonValue: Value) {
        guard case .timestamp(let value) = bsonValue else { return nil }
        self = value
    }
}

/// The place of an element in an array, as a step of a coding path.
struct IndexKey: CodingKey {
    let intValue: Int?
    let stringValue: String

    init(_ index: Int) {
        intValue = index
        stringValue = String(index)
    }

    init?(intValue: Int) { self.init(intValue) }
    init?(stringValue: String) { nil }
}

/// A key that no type of the caller's names.
struct NamedKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(intValue: Int) { nil }
    init?(stringValue: String) { self.init(stringValue) }
}
