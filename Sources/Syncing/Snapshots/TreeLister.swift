import CFileFacts
internal import Fleet
import Glibc

/// Walks a directory: finds the manifests without opening them, and everything that is wrong with the tree.
struct TreeLister {
    /// What a walk reads at most: more is no directory of manifests, or links that multiply each other.
    struct Bounds: Sendable {
        var depth = 64
        var entries = 200_000
    }

    private typealias FolderIdentity = (device: UInt64, inode: UInt64)

    private let access: FileAccess
    private let ignored: IgnoreRules
    private let bounds: Bounds
    private let isDeep: Bool
    private var listing: TreeListing
    private var links: LinkResolver
    private var entries = 0

    /// - Parameter directory: may be reached through links; those of the tree itself must stay in it.
    static func list(
        _ directory: String, _ extent: TreeExtent = TreeExtent(), access: FileAccess, bounds: Bounds = Bounds()
    ) throws(DirectoryError) -> TreeListing {
        let root = try realRoot(directory, access)
        let rules = try IgnoreFile.read(in: root, of: directory, access: access)
        var lister = TreeLister(root: root, access: access, rules: rules, bounds: bounds, isDeep: extent.isDeep)
        try lister.walkRoot(directory)
        return lister.result()
    }

    private init(root: String, access: FileAccess, rules: IgnoreFile, bounds: Bounds, isDeep: Bool) {
        self.access = access
        self.isDeep = isDeep
        self.bounds = bounds
        ignored = rules.rules
        listing = TreeListing(root: root, rules: rules.digest)
        links = LinkResolver(access)
    }

    private func result() -> TreeListing {
        var listing = listing
        listing.folders.formUnion(links.folders.filter(isInside))
        listing.files.sort { precedes($0.path, $1.path) }
        listing.problems.sort { precedes($0.source?.file ?? "", $1.source?.file ?? "") }
        return listing
    }

    // MARK: - The root

    /// Where a directory really stands.
    static func realRoot(_ directory: String, _ access: FileAccess) throws(DirectoryError) -> String {
        guard let real = realpath(directory, nil) else { throw error(directory, code: errno) }
        defer { free(real) }
        let root = String(cString: real)
        let facts: reeve_file_facts
        do throws(FileAccess.Failure) {
            facts = try access.facts(root)
        } catch {
            throw TreeLister.error(directory, code: error.code)
        }
        guard facts.mode & S_IFMT == S_IFDIR else { throw .notADirectory(directory) }
        return root
    }

    private static func error(_ directory: String, code: Int32) -> DirectoryError {
        switch code {
        case ENOENT: .missing(directory)
        case ENOTDIR: .notADirectory(directory)
        default: .unreadable(directory, why: FileAccess.Failure(code: code).message)
        }
    }

    private mutating func walkRoot(_ directory: String) throws(DirectoryError) {
        do throws(FileAccess.Failure) {
            try walk(listing.root, as: "", inside: [])
        } catch {
            throw TreeLister.error(directory, code: error.code)
        }
    }

    // MARK: - The tree

    /// - Parameters:
    ///   - real: where the folder stands.
    ///   - path: by which names it was reached.
    ///   - chain: the folders on the way to it.
    private mutating func walk(
        _ real: String, as path: String, inside chain: [FolderIdentity]
    ) throws(FileAccess.Failure) {
        guard chain.count <= bounds.depth else {
            report(.treeLimit, path, "the tree is deeper than \(bounds.depth) folders")
            return
        }
        let names = try access.names(in: real) { [isDeep] name, kind in
            TreeLister.isManifest(name) || isDeep && (kind == DT_DIR || kind == DT_LNK || kind == DT_UNKNOWN)
        }
        let identity = (names.identity.device, names.identity.inode)
        guard !chain.contains(where: { $0 == identity }) else {
            report(.linkLoop, path, "leads back to a folder that it stands in")
            return
        }
        listing.folders.insert(real)
        for name in names.odd where !isIgnored(name, in: path) {
            report(.fileName, join(path, name.shown), "the name is not UTF-8 or holds control characters")
        }
        for name in names.gone where !isIgnored(name, in: path) { listing.hasGaps = true }
        for (name, kind, failure) in names.refused {
            // What can't be told may be a folder: a rule that names folders alone silences it as well.
            guard !ignored.ignores(join(path, name), isFolder: kind != DT_REG) else { continue }
            report(.unreadable, join(path, name), "the system refuses to look at it: \(failure.message)")
        }
        for (name, facts) in names.entries {
            entries += 1
            guard entries <= bounds.entries else {
                if entries == bounds.entries + 1 {
                    report(.treeLimit, nil, "the tree has more than \(bounds.entries) entries")
                }
                return
            }
            visit(
                Entry(name: name, path: join(path, name), folder: real, real: LinkResolver.join(real, name)), facts,
                inside: chain + [identity])
        }
    }

    private struct Entry {
        var name: String
        var path: String
        /// The real folder that it stands in.
        var folder: String
        var real: String
    }

    private mutating func visit(_ entry: Entry, _ facts: reeve_file_facts, inside chain: [FolderIdentity]) {
        let kind = facts.mode & S_IFMT
        guard !ignored.ignores(entry.path, isFolder: kind == S_IFDIR) else { return }
        switch kind {
        case S_IFDIR where !isDeep: return
        case S_IFDIR:
            do throws(FileAccess.Failure) {
                try walk(entry.real, as: entry.path, inside: chain)
            } catch  where error.code == ENOENT || error.code == ENOTDIR {
                // Gone since it was listed, or an entry that leads to nothing.
                listing.hasGaps = true
            } catch {
                report(.unreadable, entry.path, "the folder can't be read: \(error.message)")
            }
        case S_IFLNK: visitLink(entry, inside: chain)
        case S_IFREG:
            guard TreeLister.isManifest(entry.name) else { return }
            listing.files.append(TreeFile(path: entry.path, real: entry.real, identity: FileIdentity(facts)))
        default:
            guard TreeLister.isManifest(entry.name) else { return }
            report(.notAFile, entry.path, "is a \(TreeLister.name(ofKind: kind)); only files are read")
        }
    }

    private mutating func visitLink(_ entry: Entry, inside chain: [FolderIdentity]) {
        var target = entry
        switch links.resolve(entry.name, in: entry.folder) {
        case .place(let place): target.real = place
        case .dangling: return reportLink(.linkDangling, entry, "the link leads to nothing")
        case .loop: return reportLink(.linkLoop, entry, "the link leads to itself")
        case .failed(let failure):
            return reportLink(.unreadable, entry, "the link can't be followed: \(failure.message)")
        }
        let facts: reeve_file_facts
        do throws(FileAccess.Failure) {
            facts = try access.facts(target.real)
        } catch {
            return reportLink(.linkDangling, entry, "the link leads to nothing")
        }
        let isFolder = facts.mode & S_IFMT == S_IFDIR
        guard isFolder ? isDeep : TreeLister.isManifest(entry.name) else { return }
        guard isInside(target.real) else {
            return reportLink(.linkOutside, entry, "the link leads out of the directory")
        }
        target.folder = LinkResolver.parent(of: target.real)
        if !isFolder { listing.folders.insert(target.folder) }
        visit(target, facts, inside: chain)
    }

    /// What a link would have led to is not known: a rule that names folders alone silences it as well.
    private mutating func reportLink(_ rule: TreeRule, _ entry: Entry, _ message: String) {
        guard !ignored.ignores(entry.path, isFolder: true) else { return }
        report(rule, entry.path, message)
    }

    private mutating func report(_ rule: TreeRule, _ path: String?, _ message: String) {
        listing.problems.append(rule.problem(path, message))
    }

    private func isIgnored(_ name: String, in path: String) -> Bool {
        ignored.ignores(join(path, name), isFolder: false)
    }

    private func isInside(_ real: String) -> Bool {
        real == listing.root || real.hasPrefix(listing.root == "/" ? "/" : listing.root + "/")
    }

    private func join(_ path: String, _ name: String) -> String {
        path.isEmpty ? name : path + "/" + name
    }

    private static func isManifest(_ name: String) -> Bool {
        name.hasSuffix(".yaml") || name.hasSuffix(".yml")
    }

    private static func name(ofKind kind: mode_t) -> String {
        switch kind {
        case S_IFIFO: "pipe"
        case S_IFSOCK: "socket"
        default: "device"
        }
    }
}

extension String {
    /// With control characters as their numbers, for a message.
    fileprivate var shown: String {
        unicodeScalars.reduce(into: "") { shown, scalar in
            if scalar.value < 0x20 || scalar.value == 0x7F {
                shown += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
    }
}
