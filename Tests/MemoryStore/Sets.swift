package import Fleet
package import FleetStore
import Synchronization

extension InMemoryStore {
    package func sets() throws(StoreError) -> [SetStatus] {
        try query { $0.sets.values.sorted { $0.name < $1.name } }
    }

    package func set(_ name: String) throws(StoreError) -> SetStatus? { try query { $0.sets[name] } }

    package func write(_ status: SetStatus) throws(StoreError) -> SetStatus? {
        try query { _ in }
        return shared.state.withLock { state in
            guard state.database.sets[status.name]?.version ?? 0 == status.version else { return nil }
            var next = status.bounded
            next.version += 1
            state.database.sets[status.name] = next
            state.database.writes["status", default: 0] += 1
            return next
        }
    }

    package func tell(_ events: [Event]) throws(StoreError) {
        try query { _ in }
        shared.state.withLock { state in
            for event in events where !state.database.events.contains(where: { $0.id == event.id }) {
                state.database.events.append(event)
                state.database.writes["events", default: 0] += 1
            }
        }
    }

    package func tallies(ofSets names: [String]) throws(StoreError) -> [String: SetTally] {
        try query { database in
            var tallies: [String: SetTally] = [:]
            for name in names { tallies[name] = database.tally(ofSet: name) }
            return tallies
        }
    }

    package func declared(inSet name: String) throws(StoreError) -> [Desired] {
        try query { $0.declared(inSet: name) }
    }

    package func revisions(of keys: [ResourceKey]) throws(StoreError) -> [ResourceKey: [StoredRevision]] {
        try query { database in
            let asked = Set(keys)
            return database.revisions.filter { asked.contains($0.key) && !$0.value.isEmpty }
        }
    }

    package func removed(fromSet name: String, since revision: Int64) throws(StoreError) -> [ResourceKey] {
        try query { database in
            let gone = database.revisions.filter { key, revisions in
                database.desired[key] == nil
                    && revisions.contains {
                        $0.desired.set == name && $0.removedRevision.map { $0 > revision } ?? false
                    }
            }
            return gone.keys.sorted()
        }
    }
}

extension Database {
    fileprivate func declared(inSet name: String) -> [Desired] {
        desired.values.filter { $0.set == name }.sorted { $0.key < $1.key }
    }

    fileprivate func tally(ofSet name: String) -> SetTally {
        var tally = SetTally()
        for desired in declared(inSet: name) {
            let isReady = status[desired.key]?.isReady(
                generation: desired.generation, firstRevision: desired.firstRevision)
            tally.add(
                desired.key, isGoing: desired.deletion != nil, isReady: isReady ?? false,
                isOverridden: !desired.overrides.isEmpty)
        }
        return tally
    }
}
