import BSON
internal import Fleet
internal import MongoDB

extension MongoStore: LeaseStore {
    package func lease() async throws(StoreError) -> Lease? {
        try await perform(on: leaseClient()) { [leases = namespace(.leases)] connection in
            try connection.findOne(leases, filter: ["_id": "leader"]).flatMap(Lease.init)
        }
    }

    package func take(_ seen: Lease?, as holder: String) async throws(StoreError) -> Lease? {
        let taken = Lease(holder: holder, epoch: (seen?.epoch ?? 0) + 1, renewals: 0)
        return try await perform(on: leaseClient()) { [leases = namespace(.leases)] connection in
            guard let seen else {
                do throws(MongoError) {
                    try connection.insert(leases, [taken.document])
                    return taken
                } catch {
                    guard error.kind == .duplicateKey else { throw error }
                    return nil
                }
            }
            let result = try connection.bulkWrite(
                leases, [.replaceOne(filter: seen.document, replacement: taken.document)])
            return result.matched == 1 ? taken : nil
        }
    }

    package func renew(_ held: Lease) async throws(StoreError) -> Lease? {
        var renewed = held
        renewed.renewals += 1
        return try await perform(on: leaseClient()) { [leases = namespace(.leases), renewed] connection in
            // Not by `renewals`: a renewal whose answer was lost may have counted, and the lease is held all the same.
            let operation = WriteOperation.updateOne(filter: held.leadership, update: ["$inc": ["renewals": .int64(1)]])
            let result = try connection.bulkWrite(leases, [operation], acknowledgement: .majorityWithin(.seconds(2)))
            return result.matched == 1 ? renewed : nil
        }
    }

    package func release(_ held: Lease) async throws(StoreError) {
        try await perform(on: leaseClient()) { [leases = namespace(.leases)] connection in
            _ = try connection.bulkWrite(
                leases, [.updateOne(filter: held.leadership, update: ["$set": ["holder": ""]])])
        }
    }

    package func raiseFences(to held: Lease) async throws(StoreError) {
        // Opened now, so that the first commit finds it.
        _ = try writer(for: held.epoch)
        try await perform(on: leaseClient()) { [self] connection in
            // First: what a dead predecessor left open holds the fences for up to a minute.
            _ = try connection.killTransactions { name in
                // A later one is alive, and this take-over is the one that comes too late.
                writerEpoch(name).map { $0 < held.epoch } ?? false
            }
            try connection.transaction { transaction in
                let fences = namespace(.fences)
                let raised = try transaction.bulkWrite(
                    fences,
                    [
                        .updateMany(
                            filter: Document { $0.document("epoch") { $0.append("$lt", held.epoch) } },
                            update: Document { $0.document("$set") { $0.append("epoch", held.epoch) } })
                    ])
                var standing = 0
                try transaction.scan(fences, filter: Document { $0.append("epoch", held.epoch) }) { _ in
                    standing += 1
                }
                var all = 0
                try transaction.scan(fences) { _ in all += 1 }
                guard all > 0 else {
                    throw StoreError.notPrepared(
                        "the database \(settings.database) was not prepared: run `reeve init`")
                }
                guard standing == all, raised.matched <= all else { throw StoreError.fenced }
            }
        }
    }
}

extension Lease {
    /// Doubles as the filter of a compare-and-set: every field of it has to be as it was read.
    fileprivate var document: Document {
        Document { writer in
            writer.append("_id", "leader")
            writer.append("holder", holder)
            writer.append("epoch", epoch)
            writer.append("renewals", renewals)
        }
    }

    /// Matches as long as the lease is the same leadership's, however often it was renewed.
    fileprivate var leadership: Document {
        Document { filter in
            filter.append("_id", "leader")
            filter.append("epoch", epoch)
            filter.document("holder") { $0.append("$eq", holder) }
        }
    }

    fileprivate init?(_ document: Document) {
        guard let holder = document["holder"]?.stringValue, let epoch = document["epoch"]?.int64Value,
            let renewals = document["renewals"]?.int64Value
        else { return nil }
        self.init(holder: holder, epoch: epoch, renewals: renewals)
    }
}
