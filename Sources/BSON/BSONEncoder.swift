import FoundationEssentials

/// Writes `Encodable` values as documents.
///
/// `Date` becomes a date (milliseconds, rounded), `Int`, `Int64`, `UInt32` and wider an int64, narrower integers an
/// int32, and BSON's own types themselves. What is read by the hundred thousand is mapped by hand instead.
package struct BSONEncoder {
    package init() {}

    /// Throws `EncodingError` for an integer above `Int64.max` and for a value that is no document.
    package func encode(_ value: some Encodable) throws -> Document {
        guard case .document(let document) = try EncodingNode.encoded(value, path: []).value else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "the outermost value must be a document"))
        }
        return document
    }
}

/// A value under construction: containers are filled through references, as `Encoder` demands.
private final class EncodingNode: Encoder {
    private enum Content {
        case value(Value)
        case keyed, unkeyed
    }

    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]
    /// Empty and keyed until something is written: an encodable that writes nothing is an empty document.
    private var content = Content.keyed
    private var members: [(String, EncodingNode)] = []
    private var elements: [EncodingNode] = []

    init(path: [any CodingKey]) {
        codingPath = path
    }

    static func encoded<T: Encodable>(_ value: T, path: [any CodingKey]) throws -> EncodingNode {
        let node = EncodingNode(path: path)
        try node.set(value)
        return node
    }

    /// The value as built so far.
    var value: Value {
        switch content {
        case .value(let value): value
        case .keyed: .document(Document(members.map { ($0.0, $0.1.value) }))
        case .unkeyed: .array(elements.map(\.value))
        }
    }

    func set<T: Encodable>(_ value: T) throws {
        switch value {
        case let value as any BSONRepresentable: content = .value(value.bsonValue)
        case let date as Date: content = .value(.dateTime(try milliseconds(date)))
        default: try value.encode(to: self)
        }
    }

    func set(_ value: Value) { content = .value(value) }

    func setInteger(_ value: some FixedWidthInteger) throws {
        if value.bitWidth < 32 || value is Int32 {
            content = .value(.int32(Int32(truncatingIfNeeded: value)))
        } else if let value = Int64(exactly: value) {
            content = .value(.int64(value))
        } else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "\(value) does not fit an int64"))
        }
    }

    private func milliseconds(_ date: Date) throws -> Int64 {
        guard let value = Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded()) else {
            throw EncodingError.invalidValue(
                date, .init(codingPath: codingPath, debugDescription: "the date does not fit BSON's range"))
        }
        return value
    }

    func member(_ key: any CodingKey) -> EncodingNode {
        let node = EncodingNode(path: codingPath + [key])
        members.append((key.stringValue, node))
        return node
    }

    func element() -> EncodingNode {
        let node = EncodingNode(path: codingPath + [IndexKey(count)])
        elements.append(node)
        return node
    }

    var count: Int { elements.count }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        content = .keyed
        return KeyedEncodingContainer(KeyedEncoding<Key>(node: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        content = .unkeyed
        return UnkeyedEncoding(node: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleEncoding(node: self)
    }
}

private struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: EncodingNode
    var codingPath: [any CodingKey] { node.codingPath }

    func encodeNil(forKey key: Key) { node.member(key).set(.null) }
    func encode(_ value: Bool, forKey key: Key) { node.member(key).set(.bool(value)) }
    func encode(_ value: String, forKey key: Key) { node.member(key).set(.string(value)) }
    func encode(_ value: Double, forKey key: Key) { node.member(key).set(.double(value)) }
    func encode(_ value: Float, forKey key: Key) { node.member(key).set(.double(Double(value))) }
    func encode(_ value: Int, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode(_ value: Int8, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode(_ value: Int16, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode(_ value: Int32, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode(_ value: Int64, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode(_ value: UInt, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode(_ value: UInt8, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode(_ value: UInt16, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode(_ value: UInt32, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode(_ value: UInt64, forKey key: Key) throws { try node.member(key).setInteger(value) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try node.member(key).set(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        node.member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        node.member(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { node.member(NamedKey("super")) }
    func superEncoder(forKey key: Key) -> any Encoder { node.member(key) }
}

private struct UnkeyedEncoding: UnkeyedEncodingContainer {
    let node: EncodingNode
    var codingPath: [any CodingKey] { node.codingPath }
    var count: Int { node.count }

    func encodeNil() { node.element().set(.null) }
    func encode(_ value: Bool) { node.element().set(.bool(value)) }
    func encode(_ value: String) { node.element().set(.string(value)) }
    func encode(_ value: Double) { node.element().set(.double(value)) }
    func encode(_ value: Float) { node.element().set(.double(Double(value))) }
    func encode(_ value: Int) throws { try node.element().setInteger(value) }
    func encode(_ value: Int8) throws { try node.element().setInteger(value) }
    func encode(_ value: Int16) throws { try node.element().setInteger(value) }
    func encode(_ value: Int32) throws { try node.element().setInteger(value) }
    func encode(_ value: Int64) throws { try node.element().setInteger(value) }
    func encode(_ value: UInt) throws { try node.element().setInteger(value) }
    func encode(_ value: UInt8) throws { try node.element().setInteger(value) }
    func encode(_ value: UInt16) throws { try node.element().setInteger(value) }
    func encode(_ value: UInt32) throws { try node.element().setInteger(value) }
    func encode(_ value: UInt64) throws { try node.element().setInteger(value) }
    func encode<T: Encodable>(_ value: T) throws { try node.element().set(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        node.element().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { node.element().unkeyedContainer() }
    func superEncoder() -> any Encoder { node.element() }
}

private struct SingleEncoding: SingleValueEncodingContainer {
    let node: EncodingNode
    var codingPath: [any CodingKey] { node.codingPath }

    func encodeNil() { node.set(.null) }
    func encode(_ value: Bool) { node.set(.bool(value)) }
    func encode(_ value: String) { node.set(.string(value)) }
    func encode(_ value: Double) { node.set(.double(value)) }
    func encode(_ value: Float) { node.set(.double(Double(value))) }
    func encode(_ value: Int) throws { try node.setInteger(value) }
    func encode(_ value: Int8) throws { try node.setInteger(value) }
    func encode(_ value: Int16) throws { try node.setInteger(value) }
    func encode(_ value: Int32) throws { try node.setInteger(value) }
    func encode(_ value: Int64) throws { try node.setInteger(value) }
    func encode(_ value: UInt) throws { try node.setInteger(value) }
    func encode(_ value: UInt8) throws { try node.setInteger(value) }
    func encode(_ value: UInt16) throws { try node.setInteger(value) }
    func encode(_ value: UInt32) throws { try node.setInteger(value) }
    func encode(_ value: UInt64) throws { try node.setInteger(value) }
    func encode<T: Encodable>(_ value: T) throws { try node.set(value) }
}
