import ArgumentParser
import Fleet
import FleetStore

struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show everything about an object.",
        discussion: """
            What is declared and what stands in MongoDB side by side (a ! marks what differs), its conditions, what \
            operators set by hand, how its status changed, and its last events.

            Examples:
              reeve describe node/fra-01
              reeve describe pool/render-eu -o json
              reeve describe set/prod

            Exit codes: 1 when one of them does not exist, 5 when the database is not prepared.
            """)

    @Argument(help: ArgumentHelp("KIND/ID…, or a kind and ids.", valueName: "object"))
    var objects: [String]

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        if let names = try SetName.names(objects) { return try await describe(sets: names) }
        let keys = try ObjectName.keys(objects)
        try await global.withStore { store in
            var missing: [ResourceKey] = []
            var values: [FieldValue] = []
            var texts: [String] = []
            for key in keys {
                let description = try await ObjectDescription(key, in: store)
                if !description.row.exists {
                    missing.append(key)
                } else if terminal.isStructured {
                    values.append(description.value)
                } else if terminal.format == .name {
                    texts.append(key.listed + "\n")
                } else {
                    texts.append(DescriptionText(description, terminal).text)
                }
            }
            if missing.count == keys.count { _ = try await store.lanes() }
            if terminal.isStructured { terminal.value(.members([("items", .list(values))])) }
            Terminal.standardOutput(texts.joined(separator: terminal.format == .name ? "" : "\n\n"))
            if !missing.isEmpty { throw try await NotFound.failure(missing, in: store) }
        }
    }

    private func describe(sets names: [String]) async throws {
        guard !names.isEmpty else { throw ValidationError("Which set? `reeve get sets` lists them.") }
        let terminal = global.terminal
        try await global.withStore { store in
            let views = try await SetView.read(names, in: store)
            let now = try await store.serverTime()
            if views.isEmpty { _ = try await store.lanes() }
            var values: [FieldValue] = []
            var texts: [String] = []
            for view in views {
                let query = EventQuery(of: [.set(view.status.name)], limit: ObjectDescription.eventLimit)
                let events = try await store.events(query)
                if terminal.isStructured {
                    values.append(view.value(now: now, events: events))
                } else if terminal.format != .name {
                    texts.append(SetDescription(view, events: events, now: now, terminal).text)
                }
            }
            if terminal.isStructured { terminal.value(.members([("items", .list(values))])) }
            if terminal.format == .name { SetListing(terminal: terminal).print(views, now: now) }
            Terminal.standardOutput(texts.joined(separator: "\n\n"))
            try await SetView.requireAll(names, among: views, in: store)
        }
    }
}
