import Fleet
import FleetStore

/// What the command line takes out of sets, whose directories still declare it.
struct Departures {
    private var keys: [String: Set<ResourceKey>] = [:]

    /// Among the writes of a plan.
    init(_ writes: [DesiredWrite]) {
        for case .replace(let next, let previous) in writes where next.set == nil {
            if let set = previous.set { keys[set, default: []].insert(next.key) }
        }
    }

    /// Lets the sets' directories leave it alone as long as they hold what they hold now. To be done before it is taken, or
    /// a pass in between would take it back.
    ///
    /// - Returns: what people have to know, a sentence for each set that somebody syncs.
    func pin(in store: any Store) async throws -> [String] {
        let pinning = SetPinning(store: store, by: Person.name)
        var sentences: [String] = []
        for (set, keys) in keys.sorted(by: { $0.key < $1.key }) {
            guard try await pinning.pin(keys, in: set) != nil else { continue }
            sentences.append(Self.sentence(keys, set))
        }
        return sentences
    }

    static func sentence(_ keys: Set<ResourceKey>, _ set: String) -> String {
        let (what, it) =
            keys.count == 1 ? (keys.first?.description ?? "", "it is") : ("\(keys.count) resources", "they are")
        return
            "\(what) left the set `\(set)`, whose directory must drop this, too: \(it) left alone until the directory "
            + "changes, and what that then still declares just so is the set's again"
    }
}
