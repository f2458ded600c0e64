import Glibc

/// Which folders are watched, and what their events mean. Pure: what is to be added and removed is done by its owner.
struct WatchedFolders: Sendable {
    /// Whose changes count.
    enum Interest: Hashable, Sendable {
        case everything
        /// Only what happens to an entry of these names: a folder above the root.
        case names(Set<String>)

        func union(_ other: Interest) -> Interest {
            guard case .names(let own) = self, case .names(let others) = other else { return .everything }
            return .names(own.union(others))
        }
    }

    private(set) var interests: [String: Interest] = [:]
    private var folders: [Int32: String] = [:]

    /// Folders of the tree, and for each place of its root the folder above it, which says when it comes and goes.
    static func interests(folders: Set<String>, roots: [String]) -> [String: Interest] {
        var interests: [String: Interest] = [:]
        for root in roots where root != "/" {
            let name = root.split(separator: "/").last.map(String.init) ?? ""
            let above = LinkResolver.parent(of: root)
            interests[above] = interests[above]?.union(.names([name])) ?? .names([name])
        }
        for folder in folders { interests[folder] = .everything }
        return interests
    }

    /// Takes the place of what was watched. Of two paths of one folder the last counts.
    /// - Returns: the watches that are to be removed.
    mutating func replace(_ watches: [(watch: Int32, folder: String)], interests: [String: Interest]) -> [Int32] {
        let kept = Dictionary(watches.map { ($0.watch, $0.folder) }) { _, last in last }
        defer { (folders, self.interests) = (kept, interests) }
        return folders.keys.filter { kept[$0] == nil }
    }

    /// Whether the tree may have changed. A watch that the kernel took back is forgotten.
    mutating func isChange(_ event: FolderEvent) -> Bool {
        if event.isOf(Int(IN_Q_OVERFLOW)) { return true }
        guard let folder = folders[event.watch] else { return false }
        if event.isOf(Int(IN_IGNORED)) {
            folders[event.watch] = nil
            return true
        }
        guard case .names(let names) = interests[folder] else { return true }
        return event.name.isEmpty || names.contains { $0.utf8.elementsEqual(event.name) }
    }
}
