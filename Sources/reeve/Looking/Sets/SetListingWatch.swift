import Fleet
import FleetStore

/// Which sets `get` lists, and in what order.
struct SetLook {
    /// Nil: all of them.
    let names: [String]?
    var sort: SortPath?
    let store: any Store

    func take() async throws -> (views: [SetView], now: Timestamp) {
        let now = try await store.serverTime()
        let views = try await SetView.read(names, in: store)
        return (sort.map { SetLook.sorted(views, by: $0, now: now) } ?? views, now)
    }

    /// Those that are alike there stay as they were: by name.
    static func sorted(_ views: [SetView], by path: SortPath, now: Timestamp) -> [SetView] {
        let keyed = views.enumerated().map { ($0.offset, $0.element, path.value(in: $0.element.value(now: now))) }
        let sorted = keyed.sorted { left, right in
            if SortPath.precedes(left.2, right.2) { return true }
            return !SortPath.precedes(right.2, left.2) && left.0 < right.0
        }
        return sorted.map(\.1)
    }
}

/// `get sets --watch`: the listing, then a row for each set that changed, came or went, until interrupted.
struct SetListingWatch {
    let look: SetLook
    let listing: SetListing

    private static let interval = Duration.milliseconds(500)

    func run(from first: [SetView], at now: Timestamp) async throws {
        var widths = listing.table(first, now: now).widths(headers: true)
        // Where there is nothing yet, the names of the columns come with the first row.
        var showsHeaders = listing.showsHeaders
        func show(_ table: Table) {
            widths = zip(widths, table.widths(headers: true)).map(max)
            listing.terminal.table(table, headers: showsHeaders, widths: widths)
            showsHeaders = false
        }
        func show(_ views: [SetView], gone: [SetView] = [], at now: Timestamp) {
            switch listing.terminal.format {
            case .json, .yaml: listing.printEach(views + gone, now: now)
            case .name: listing.print(views + gone, now: now)
            case .table, .wide:
                if !views.isEmpty { show(listing.table(views, now: now)) }
                for view in gone { show(listing.gone(view, now: now)) }
            }
        }
        show(first, at: now)
        var known = SetChanges(from: [:], to: first).known
        while true {
            let started = ContinuousClock.now
            let next = try await look.take()
            let changes = SetChanges(from: known, to: next.views)
            show(changes.changed, gone: changes.gone, at: next.now)
            known = changes.known
            // Sets that take long to read are looked at less often.
            try await Task.sleep(for: max(Self.interval, (ContinuousClock.now - started) * 3))
        }
    }
}

/// What differs between two looks at sets, in the order of the later one, and what went.
struct SetChanges {
    private(set) var changed: [SetView] = []
    private(set) var gone: [SetView] = []
    private(set) var known: [String: SetView] = [:]

    init(from before: [String: SetView], to after: [SetView]) {
        for view in after {
            known[view.status.name] = view
            if before[view.status.name]?.substance != view.substance { changed.append(view) }
        }
        gone = before.filter { known[$0.key] == nil }.sorted { $0.key < $1.key }.map(\.value)
    }
}

extension SetView {
    /// Without what moves although the same came of it: one more attempt is no change.
    fileprivate var substance: SetView {
        var view = self
        view.status.version = 0
        (view.status.attempts, view.status.nextRetry) = (nil, nil)
        return view
    }
}
