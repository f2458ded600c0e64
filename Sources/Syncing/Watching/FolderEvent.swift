import Glibc

/// What inotify says of a watched folder.
struct FolderEvent: Hashable, Sendable {
    /// Of the watch; -1 of an overflow.
    var watch: Int32
    var mask: UInt32
    /// The entry's name as bytes; empty if it is the folder itself.
    var name: [UInt8]

    func isOf(_ kind: Int) -> Bool { mask & UInt32(truncatingIfNeeded: kind) != 0 }

    /// Events as the kernel writes them: int wd, uint32 mask, cookie and len, then `len` bytes of name with zeros at the
    /// end (inotify(7)). What is cut short is left out.
    static func events(in bytes: UnsafeRawBufferPointer) -> [FolderEvent] {
        let header = 16
        var events: [FolderEvent] = []
        var offset = 0
        while offset + header <= bytes.count {
            let watch = bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)
            let mask = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            guard length <= bytes.count - offset - header else { break }
            let name = bytes[(offset + header)..<(offset + header + length)].prefix { $0 != 0 }
            events.append(FolderEvent(watch: watch, mask: mask, name: Array(name)))
            offset += header + length
        }
        return events
    }
}
