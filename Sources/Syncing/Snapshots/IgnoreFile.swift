import Crypto
import Glibc

/// The file of rules of a directory.
struct IgnoreFile: Sendable {
    var rules = IgnoreRules()
    /// Of its bytes; nil if there is none.
    var digest: SHA256Digest?

    /// Without its rules a directory would declare what is not meant to be, so a file of them that can't be read is an
    /// error of the whole. So is a link that leads to nothing: somebody wants rules here.
    /// - Parameters:
    ///   - root: where the directory really stands.
    ///   - directory: as it was named.
    static func read(
        in root: String, of directory: String, access: FileAccess
    ) throws(DirectoryError) -> IgnoreFile {
        let path = LinkResolver.join(directory, IgnoreRules.fileName)
        do throws(FileAccess.Failure) {
            _ = try access.facts(LinkResolver.join(root, IgnoreRules.fileName))
        } catch  where error.code == ENOENT {
            return IgnoreFile()
        } catch {
            throw .unreadable(path, why: error.message)
        }
        let bytes = try bytes(of: path, in: root, access)
        return IgnoreFile(rules: IgnoreRules(String(decoding: bytes, as: UTF8.self)), digest: SHA256.hash(data: bytes))
    }

    private static func bytes(
        of path: String, in root: String, _ access: FileAccess
    ) throws(DirectoryError) -> [UInt8] {
        var links = LinkResolver(access)
        let place: String
        switch links.resolve(IgnoreRules.fileName, in: root) {
        case .place(let found): place = found
        case .dangling: throw .unreadable(path, why: "the link leads to nothing")
        case .loop: throw .unreadable(path, why: FileAccess.Failure(code: ELOOP).message)
        case .failed(let failure): throw .unreadable(path, why: failure.message)
        }
        let content: (bytes: [UInt8], identity: FileIdentity)?
        do throws(FileAccess.Failure) {
            content = try access.content(place, limit: IgnoreRules.mostBytes + 1)
        } catch {
            throw .unreadable(path, why: error.message)
        }
        guard let bytes = content?.bytes else { throw .unreadable(path, why: "it is no file") }
        guard bytes.count <= IgnoreRules.mostBytes else {
            throw .unreadable(path, why: "it is larger than \(IgnoreRules.mostBytes) bytes")
        }
        return bytes
    }
}
