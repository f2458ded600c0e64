package import Fleet

extension SetView {
    /// All sets, or those named as far as they exist, in the order given.
    package static func read(_ names: [String]?, in store: any Store) async throws(StoreError) -> [SetView] {
        var found: [SetStatus] = []
        if let names {
            for name in names {
                if let status = try await store.set(name) { found.append(status) }
            }
        } else {
            found = try await store.sets()
        }
        let tallies = try await store.tallies(ofSets: found.map(\.name))
        return found.map { SetView(status: $0, tally: tallies[$0.name] ?? SetTally()) }
    }
}
