// Values of any type as the bytes that stand after their key: what is kept unread is written back unchanged.

extension ElementView {
    /// The value's bytes where they lie.
    @inlinable
    package var valueBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}

extension DocumentWriter {
    /// Writes a value from the bytes that `ElementView.valueBytes` gave for one of the same type.
    @inlinable
    package mutating func append(_ key: String, _ type: BSONType, valueBytes: some Collection<UInt8>) {
        header(type, key)
        bytes.append(contentsOf: valueBytes)
    }
}
