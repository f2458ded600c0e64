import Glibc
import Synchronization

/// A document's twelve-byte id: seconds since 1970, five bytes that are random per process, and a counter.
///
/// Orders as its bytes do, so by time first.
package struct ObjectID: Hashable, Comparable, Sendable {
    /// The first eight bytes, big-endian.
    package let high: UInt64
    /// The last four bytes, big-endian.
    package let low: UInt32

    private static let processUnique = UInt64.random(in: 0..<(1 << 40))
    private static let counter = Atomic<UInt32>(.random(in: 0..<(1 << 24)))

    @inlinable
    package init(high: UInt64, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// A new id, unique in this process and most probably everywhere; its seconds are the wall clock's.
    package init() {
        let seconds = UInt32(truncatingIfNeeded: time(nil))
        let count = Self.counter.wrappingAdd(1, ordering: .relaxed).oldValue & 0xFF_FFFF
        high = UInt64(seconds) << 32 | Self.processUnique >> 8
        low = UInt32(truncatingIfNeeded: Self.processUnique & 0xFF) << 24 | count
    }

    /// The id of exactly twelve bytes; nil for any other number of them.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 12 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The id of exactly 24 hexadecimal digits of either case; nil for anything else.
    package init?(hex: some StringProtocol) {
        guard let bytes = Hexadecimal.decode(hex.utf8) else { return nil }
        self.init(bytes: bytes)
    }

    package var bytes: [UInt8] {
        withUnsafeBytes(of: high.bigEndian, Array.init) + withUnsafeBytes(of: low.bigEndian, Array.init)
    }

    /// 24 hexadecimal digits in lower case.
    package var hex: String { Hexadecimal.encode(bytes) }

    /// When the id was made, in seconds since 1970.
    package var seconds: UInt32 { UInt32(truncatingIfNeeded: high >> 32) }

    package static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension ObjectID: CustomStringConvertible {
    package var description: String { hex }
}
