import BSON
internal import Fleet
internal import MongoDB

extension DocumentQueries {
    /// What each of these sets owns; of large sets, too, only a few fields are read. What can't be read is not ready.
    func tallies(ofSets names: Set<String>) throws -> [String: SetTally] {
        var owned: [String: [OwnedResource]] = [:]
        for name in names { owned[name] = [] }
        let fields: Document = [
            "_id": 1, "set": 1, "generation": 1, "first_revision": 1, "overrides": 1, "deletion": 1,
        ]
        try each(.desired, field: "set", names.sorted(), projection: fields) { view in
            guard let name = view.text("set") else { return }
            let reason = read { () throws(StoreError) in
                do throws(BSONError) { owned[name]?.append(try OwnedResource(view)) } catch {
                    throw .malformed("desired/\(view.shownID): \(error)")
                }
            }
            if reason != nil, let key = try? view.resourceKey(nil) {
                owned[name]?.append(OwnedResource(unreadable: key))
            }
        }
        var statuses: [ResourceKey: ResourceStatus] = [:]
        let keys = owned.values.flatMap { $0.filter { !$0.isGoing }.map(\.key.description) }
        let told: Document = ["_id": 1, "observed_generation": 1, "first_revision": 1, "conditions": 1]
        try each(.status, field: "_id", keys, projection: told) { view in
            read { () throws(StoreError) in
                let status = try ResourceStatus(view)
                statuses[status.key] = status
            }
        }
        return owned.mapValues { resources in
            var tally = SetTally()
            for resource in resources.sorted(by: { $0.key < $1.key }) {
                let isReady =
                    resource.isReadable
                    && statuses[resource.key]?.isReady(
                        generation: resource.generation, firstRevision: resource.firstRevision) ?? false
                tally.add(
                    resource.key, isGoing: resource.isGoing, isReady: isReady, isOverridden: resource.isOverridden)
            }
            return tally
        }
    }
}

/// What counting takes of a document of `desired`.
private struct OwnedResource {
    let key: ResourceKey
    let generation: Int64
    let firstRevision: Int64
    let isGoing: Bool
    let isOverridden: Bool
    let isReadable: Bool

    init(unreadable key: ResourceKey) {
        self.key = key
        (generation, firstRevision, isGoing, isOverridden, isReadable) = (0, 0, false, false, false)
    }

    init(_ view: DocumentView) throws(BSONError) {
        key = try view.resourceKey(nil)
        isReadable = true
        generation = try required(view.first("generation"), "generation").int64()
        firstRevision = try required(view.first("first_revision"), "first_revision").int64()
        isGoing = try view.first("deletion") != nil
        isOverridden =
            try view.first("overrides").map { (element) throws(BSONError) in
                try !Overrides(element.document()).isEmpty
            } ?? false
    }
}
