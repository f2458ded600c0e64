import ArgumentParser
import Fleet
import FleetStore
import Planning

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show how something was declared before, and by whom.",
        discussion: """
            Of a resource: its generations, oldest first, over all its lives; the last 20 are kept, those of what was \
            deleted for 90 days. REVISION counts all changes of declarations in the database. Labels are no part of a \
            generation, so that a change of them alone is not listed. Of a set (set/NAME): the last 20 snapshots of its \
            directory that were applied. What stands here can be put back with `reeve undo`.

            Examples:
              reeve history node/fra-01
              reeve history pool/render-eu --diff
              reeve history set/fleet -o json

            Exit codes: 1 nothing of the name was ever declared (or is kept no longer).
            """)

    @Argument(help: ArgumentHelp("KIND/ID, or set/NAME.", valueName: "object"))
    var object: String

    @Flag(
        name: [.customShort("p"), .customLong("diff")], help: "Show what each generation changed, as a unified diff.")
    var showsDiffs = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard global.output != .name else { throw ValidationError("There is no -o name of a history.") }
    }

    func run() async throws {
        let subject = try RevertSubject(object)
        let terminal = global.terminal
        try await global.withStore { store in
            switch subject {
            case .resource(let key): try await show(key, store, terminal)
            case .set(let name): try await show(set: name, store, terminal)
            }
        }
    }

    private func show(_ key: ResourceKey, _ store: any Store, _ terminal: Terminal) async throws {
        let timeline = try await store.timelines(of: [key])[0]
        guard !timeline.spans.isEmpty else { throw try await NotFound.failure([key], in: store) }
        let history = ResourceHistory(timeline)
        if terminal.isStructured {
            terminal.value(history.value(showsDiffs: showsDiffs))
        } else if showsDiffs {
            Terminal.standardOutput(history.diffs(now: try await store.serverTime(), terminal))
        } else {
            terminal.table(history.table(now: try await store.serverTime(), isWide: terminal.format == .wide))
        }
    }

    private func show(set name: String, _ store: any Store, _ terminal: Terminal) async throws {
        guard !showsDiffs else { throw ValidationError("--diff shows a resource's changes; a set has many.") }
        let status = try await store.knownSet(name)
        if terminal.isStructured {
            terminal.value(status.historyValue)
        } else {
            let now = try await store.serverTime()
            terminal.table(status.historyTable(now: now, isWide: terminal.format == .wide))
            if let note = status.pinNote(now: now) { terminal.note(note.printable) }
        }
    }
}

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
