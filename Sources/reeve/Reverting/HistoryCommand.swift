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
