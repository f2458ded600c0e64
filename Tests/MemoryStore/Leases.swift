package import FleetStore

extension InMemoryStore {
    package func lease() throws(StoreError) -> Lease? {
        try query { $0.lease }
    }

    package func take(_ seen: Lease?, as holder: String) throws(StoreError) -> Lease? {
        try replace(seen, with: Lease(holder: holder, epoch: (seen?.epoch ?? 0) + 1, renewals: 0))
    }

    package func renew(_ held: Lease) throws(StoreError) -> Lease? {
        var renewed = held
        renewed.renewals += 1
        try query { _ in }
        return transaction { database, transaction in
            guard let standing = database.lease, standing.holder == held.holder, standing.epoch == held.epoch else {
                return nil
            }
            database.lease?.renewals = standing.renewals + 1
            transaction.writes["leases", default: 0] += 1
            return renewed
        }
    }

    package func release(_ held: Lease) throws(StoreError) {
        try query { _ in }
        transaction { database, transaction in
            guard database.lease?.epoch == held.epoch, database.lease?.holder == held.holder else { return }
            database.lease?.holder = ""
            transaction.writes["leases", default: 0] += 1
        }
    }

    package func raiseFences(to held: Lease) throws(StoreError) {
        try query { _ in }
        try transaction { (database, transaction) throws(StoreError) in
            guard database.fences.allSatisfy({ $0 <= held.epoch }) else { throw .fenced }
            transaction.writes["fences", default: 0] += database.fences.count
            database.fences = Array(repeating: held.epoch, count: database.fences.count)
        }
    }

    private func replace(_ seen: Lease?, with new: Lease) throws(StoreError) -> Lease? {
        try query { _ in }
        return transaction { database, transaction in
            guard database.lease == seen else { return nil }
            database.lease = new
            transaction.writes["leases", default: 0] += 1
            return new
        }
    }
}
