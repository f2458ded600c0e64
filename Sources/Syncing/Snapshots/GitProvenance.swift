/// Where the git work tree stands that a directory is part of, read from `.git` without git. What is odd is nil.
package struct GitProvenance: Hashable, Sendable {
    package var commit: String?
    /// Without `refs/heads/`; nil of a detached HEAD.
    package var branch: String?
}

/// The `.git` of a work tree: a folder, or where a file of that name leads (worktrees, submodules).
struct GitFolder: Sendable {
    /// HEAD and the index stand here.
    private let own: String
    /// References stand here.
    private let common: String
    private let access: FileAccess

    /// The nearest one at a real folder or above it.
    init?(above folder: String, access: FileAccess) {
        var folder = folder
        while true {
            if let own = GitFolder.own(LinkResolver.join(folder, ".git"), in: folder, access) {
                self.own = own
                self.access = access
                let shared = GitFolder.text(LinkResolver.join(own, "commondir"), access)
                common = shared.flatMap { GitFolder.place($0, in: own, access) } ?? own
                return
            }
            if folder == "/" { return nil }
            folder = LinkResolver.parent(of: folder)
        }
    }

    private static func own(_ path: String, in folder: String, _ access: FileAccess) -> String? {
        guard let place = place(".git", in: folder, access) else { return nil }
        if let text = text(place, access) {
            guard text.hasPrefix("gitdir: ") else { return nil }
            return GitFolder.place(String(text.dropFirst("gitdir: ".count)), in: folder, access)
        }
        let hasHead = (try? access.facts(LinkResolver.join(place, "HEAD"))) != nil
        return hasHead ? place : nil
    }

    private static func place(_ path: String, in folder: String, _ access: FileAccess) -> String? {
        var links = LinkResolver(access)
        guard case .place(let place) = links.resolve(path, in: folder) else { return nil }
        return place
    }

    /// A small file's first line.
    private static func text(_ path: String, _ access: FileAccess) -> String? {
        guard let bytes = try? access.content(path, limit: 4096)?.bytes else { return nil }
        return bytes.split(separator: UInt8(ascii: "\n")).first.flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// A git command that changes the work tree has this file as long as it runs.
    var lockPath: String { LinkResolver.join(own, "index.lock") }

    /// Nil if there is none.
    var lock: FileIdentity? {
        guard let facts = try? access.facts(lockPath) else { return nil }
        return FileIdentity(facts)
    }

    var provenance: GitProvenance {
        guard let head = GitFolder.text(LinkResolver.join(own, "HEAD"), access) else { return GitProvenance() }
        guard head.hasPrefix("ref: ") else { return GitProvenance(commit: GitFolder.commit(head)) }
        let reference = String(head.dropFirst("ref: ".count))
        // `.invalid` is what a repository has there whose references stand in tables.
        guard reference.hasPrefix("refs/"), !reference.hasSuffix("/.invalid"),
            !reference.split(separator: "/").contains("..")
        else { return GitProvenance() }
        let heads = "refs/heads/"
        let branch = reference.hasPrefix(heads) ? String(reference.dropFirst(heads.count)) : nil
        return GitProvenance(commit: loose(reference) ?? packed(reference), branch: branch)
    }

    private func loose(_ reference: String) -> String? {
        GitFolder.text(LinkResolver.join(common, reference), access).flatMap(GitFolder.commit)
    }

    /// `packed-refs` has lines of a commit and a reference; what follows a tag's starts with `^`.
    private func packed(_ reference: String) -> String? {
        let path = LinkResolver.join(common, "packed-refs")
        guard let bytes = try? access.content(path, limit: 64 << 20)?.bytes else { return nil }
        let name = Array((" " + reference).utf8)
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.suffix(name.count).elementsEqual(name) {
            if let commit = GitFolder.commit(String(decoding: line.dropLast(name.count), as: UTF8.self)) {
                return commit
            }
        }
        return nil
    }

    /// SHA-1 or SHA-256, in hexadecimal digits.
    private static func commit(_ text: String) -> String? {
        let isHash =
            (text.utf8.count == 40 || text.utf8.count == 64)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
            }
        return isHash ? text : nil
    }
}
