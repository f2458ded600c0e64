import ArgumentParser
import Fleet
import FleetStore

struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "List objects: what they are, whether they work, and if not, why not.",
        discussion: """
            READY says whether an object works as declared, REASON why; SUSPENDED who paused it and why; DRIFT whether \
            its document is not as declared and is left so. A pool's NODES are active/total/most; with -o wide WANTED \
            is how many its scaler wants in use. Ages count from MongoDB's clock. With -o yaml the output is manifests \
            that can be applied as they are.

            Examples:
              reeve get all
              reeve get pools,nodes -o wide
              reeve get nodes -l 'team=render,tier in (production, staging)' -L rack
              reeve get node/fra-01 pool/render-eu -o json
              reeve get nodes --sort-by spec.hardware_info.cpu.cores --no-headers
              reeve get nodes --watch
              reeve get sets -o wide
              reeve get set/prod --watch

            Exit codes: 0 also when there is nothing of a kind, 1 when an object that was named does not exist, 2 when \
            nothing has the field to sort by, 5 when the database is not prepared.
            """)

    @Argument(
        help: ArgumentHelp(
            "A kind, several (pools,nodes), all, a kind and ids, objects as KIND/ID, or sets.",
            valueName: "kind or object"))
    var what: [String] = []

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: ArgumentHelp(
            "Only objects whose labels match, such as 'team=render,env!=test,rack in (1, 2),!old'.",
            valueName: "labels"))
    var selector: LabelSelector?

    @Option(
        name: [.customShort("L"), .customLong("label-columns")],
        help: ArgumentHelp("Labels that get a column each, separated by commas; repeatable.", valueName: "names"))
    var labelColumns: [String] = []

    @Option(help: ArgumentHelp("Sort by what stands there in -o json, such as spec.max_nodes.", valueName: "path"))
    var sortBy: SortPath?

    @Flag(help: "No line of column names.")
    var noHeaders = false

    @Flag(help: "What does not exist is left out without an error.")
    var ignoreNotFound = false

    @Flag(help: "List the documents that no declaration names, instead of what is declared.")
    var undeclared = false

    @Flag(name: [.customShort("w"), .long], help: "Then a row for each change, until interrupted.")
    var watch = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let selection = try ObjectSelection(what)
        if case .keys = selection {
            guard selector == nil else { throw ValidationError("Either a selector or ids, not both.") }
            guard !undeclared else { throw ValidationError("--undeclared lists whole kinds; leave the ids out.") }
        }
        if case .sets(let names) = selection { return try await listSets(names) }
        var listing = ObjectListing(format: global.output)
        listing.selector = selector
        listing.labels = labelColumns.flatMap { $0.split(separator: ",").map(String.init) }
        listing.sort = sortBy
        listing.showsUndeclared = undeclared
        listing.showsKind = selection.kinds.count > 1
        listing.takesFingerprints = watch
        let terminal = global.terminal
        try await global.withStore { [listing] store in
            let look = Look(store: store, listing: listing, selection: selection)
            let first = try await look.take()
            if first.isEmpty { _ = try await store.lanes() }
            if let sortBy, !sortBy.isKnown(of: selection.kinds), first.hasRows, !first.hasSortValues {
                throw ValidationError("--sort-by \(sortBy): no object has such a field; `reeve explain` lists them.")
            }
            let printer = ListingPrinter(terminal: terminal, showsHeaders: !noHeaders)
            if watch {
                try await ListingWatch(look: look, printer: printer).run(from: first)
            } else {
                printer.print(first.parts)
            }
            remark(first, terminal)
            guard !first.missing.isEmpty, !ignoreNotFound else { return }
            throw try await NotFound.failure(first.missing, in: store)
        }
    }

    private func listSets(_ names: [String]?) async throws {
        guard selector == nil, labelColumns.isEmpty else {
            throw ValidationError("Sets have no labels; name those that you want: reeve get set/NAME.")
        }
        guard !undeclared else {
            throw ValidationError("A set is what a directory declares: --undeclared is for kinds.")
        }
        let listing = SetListing(terminal: global.terminal, showsHeaders: !noHeaders)
        try await global.withStore { store in
            let look = SetLook(names: names, sort: sortBy, store: store)
            let (views, now) = try await look.take()
            if views.isEmpty { _ = try await store.lanes() }
            if let sortBy, !views.isEmpty, !sortBy.isKnownOfSets,
                !views.contains(where: { sortBy.value(in: $0.value(now: now)) != nil })
            {
                throw ValidationError(
                    "--sort-by \(sortBy): no set has that; `reeve get sets -o json` shows what they have.")
            }
            if views.isEmpty, names == nil, !listing.terminal.isStructured {
                listing.terminal.note("no directory was synced yet")
            }
            if watch {
                try await SetListingWatch(look: look, listing: listing).run(from: views, at: now)
            } else {
                listing.print(views, now: now)
            }
            guard !ignoreNotFound else { return }
            try await SetView.requireAll(names ?? [], among: views, in: store)
        }
    }

    /// Nothing is passed over in silence, on standard error so that no reader of the table trips over it.
    private func remark(_ result: Look.Result, _ terminal: Terminal) {
        guard terminal.format == .table || terminal.format == .wide else { return }
        if !result.hasRows, result.missing.isEmpty { terminal.note("there is nothing of the kind") }
        // What nobody declares has no labels that could be selected by.
        guard !undeclared, selector == nil else { return }
        for (kind, count) in result.undeclared where count > 0 {
            let plural = kind.spellings[0]
            terminal.note(
                "\(count) \(count == 1 ? "document" : "documents") undeclared: reeve get \(plural) --undeclared")
        }
    }
}

/// One look at what was asked for.
struct Look: Sendable {
    struct Result: Sendable {
        var parts: [(columns: ObjectColumns, rows: [ObjectListing.Row])] = []
        var undeclared: [(kind: Kind, count: Int)] = []
        var missing: [ResourceKey] = []

        var hasRows: Bool { parts.contains { !$0.rows.isEmpty } }
        var isEmpty: Bool { !hasRows && undeclared.allSatisfy { $0.count == 0 } }
        var hasSortValues: Bool { parts.contains { $0.rows.contains { $0.sortValue != nil } } }
    }

    let store: any Store
    let listing: ObjectListing
    let selection: ObjectSelection

    func take() async throws -> Result {
        let now = try await store.serverTime()
        var result = Result()
        switch selection {
        case .kinds(let kinds):
            for kind in kinds {
                let part = try await listing.list(kind, in: store, now: now)
                result.parts.append((listing.columns(kind), part.rows))
                if kind.collection != nil { result.undeclared.append((kind, part.undeclared)) }
            }
        case .keys(let keys):
            let view = try await store.read(keys)
            for kind in selection.kinds {
                result.parts.append(
                    (listing.columns(kind), listing.list(keys, of: kind, in: view, now: now).rows))
            }
            result.missing = keys.filter { view.desired[$0] == nil && view.observed[$0] == nil }
        case .sets: break
        }
        return result
    }
}
