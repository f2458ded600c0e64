import ArgumentParser
import Fleet
import FleetStore
import Planning

/// What `history` and `undo` are asked about.
enum RevertSubject: Hashable {
    case resource(ResourceKey)
    case set(String)

    /// `KIND/ID`, or `set/NAME`, whose name is all after the first slash: a path has more of them.
    init(_ word: String) throws(ValidationError) {
        if let name = SetName.stated(in: word) {
            guard !name.isEmpty else { throw ValidationError("`\(word)` names no set.") }
            self = .set(name)
        } else {
            let keys = try ObjectName.keys([word])
            guard let key = keys.first else { throw ValidationError("`\(word)` names no object.") }
            self = .resource(key)
        }
    }
}

extension Store {
    /// In the order of the keys, each of which should be there once.
    func timelines(of keys: [ResourceKey]) async throws(StoreError) -> [DeclarationTimeline] {
        let former = try await revisions(of: keys)
        let current = try await read(keys).desired
        return keys.map { DeclarationTimeline($0, former: former[$0] ?? [], current: current[$0]) }
    }

    /// Throws when there is none, with the nearest name that there is.
    func knownSet(_ name: String) async throws -> SetStatus {
        if let status = try await set(name) { return status }
        try await SetView.requireAll([name], among: [], in: self)
        throw CommandFailure(.differences, "the set `\(name.printable)` was made this moment: try again")
    }
}
