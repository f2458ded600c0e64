extension String {
    /// FNV-1a, 64 bits: the same in every process and for ever, which Swift's own hashing is not.
    package var stableHash: UInt64 {
        utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
