import Crypto

/// A tree's names and contents as one digest.
enum TreeDigest {
    /// In hexadecimal digits. A path's length stands before it, so that no two trees have the same bytes here.
    static func text(_ files: [(path: String, digest: FileContent.Digest)]) -> String {
        var hash = SHA256()
        for (path, digest) in files {
            let path = Array(path.utf8)
            withUnsafeBytes(of: UInt64(path.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: path)
            digest.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
