package import Fleet
package import FleetStore
import Synchronization

extension InMemoryStore {
    package func declare(_ writes: [DesiredWrite], expecting: Int64) throws(StoreError) -> Int64 {
        try declare(writes, expecting: expecting, plan: nil)
    }

    fileprivate func declare(
        _ writes: [DesiredWrite], expecting: Int64, plan use: PlanUse?
    ) throws(StoreError) -> Int64 {
        let fault = shared.state.withLock { $0.faults[client, default: ClientFaults()].nextDeclare() }
        if let fault, !fault.isApplied { throw fault.error }
        try query { _ in }
        let revision = try transaction { (database, transaction) throws(StoreError) in
            guard database.revision == expecting else { throw .revisionMoved }
            let revision = database.nextRevision(in: &transaction)
            for write in writes {
                try database.declare(write, revision: revision, in: &transaction)
            }
            if let use {
                guard database.plans[use.id] == nil else { throw .failed(code: 11000, message: "the plan was applied") }
                database.plans[use.id] = use
            }
            return revision
        }
        if let fault { throw fault.error }
        return revision
    }
}

extension InMemoryStore: PlanStore {
    package func declare(
        _ writes: [DesiredWrite], expecting: Int64, once use: PlanUse
    ) throws(StoreError) -> Int64 {
        try declare(writes, expecting: expecting, plan: use)
    }

    package func use(ofPlan id: String) throws(StoreError) -> PlanUse? { try query { $0.plans[id] } }
}

extension InMemoryStore: ProviderStore {
    package func readSettled(_ keys: [ResourceKey]) throws(StoreError) -> FleetView { try read(keys) }

    package func declare(
        _ writes: [DesiredWrite], expecting: Int64, under fence: Fence
    ) throws(StoreError) -> Int64 {
        try pass(fence)
        return try declare(writes, expecting: expecting)
    }

    package func replaceTokens(
        of nodeID: String, with digest: [UInt8], by manager: String, under fence: Fence
    ) throws(StoreError) {
        try pass(fence)
        shared.state.withLock { $0.database.tokens[nodeID] = digest }
    }

    package func revokeTokens(of nodeID: String, under fence: Fence) throws(StoreError) {
        try pass(fence)
        shared.state.withLock { $0.database.tokens[nodeID] = nil }
    }

    /// Nobody takes over between this and what follows: a test does one thing at a time.
    private func pass(_ fence: Fence) throws(StoreError) {
        let isHeld = try query { database in fence.lanes.allSatisfy { database.fences[$0] == fence.epoch } }
        guard isHeld else { throw .fenced }
    }
}

extension Database {
    fileprivate mutating func declare(
        _ write: DesiredWrite, revision: Int64, in transaction: inout MemoryTransaction
    ) throws(StoreError) {
        var new = write.desired
        new.revision = revision
        if new.firstRevision == 0 { new.firstRevision = revision }
        switch write {
        case .insert:
            guard desired[new.key] == nil else {
                throw .failed(code: 11000, message: "\(new.key) is declared already")
            }
        case .replace(_, let previous):
            guard desired[new.key]?.revision == previous.revision else { throw .revisionMoved }
            if new.generation != previous.generation {
                archive(
                    StoredRevision(previous, replacedAt: new.updatedAt, replacedRevision: revision), in: &transaction)
            }
        }
        set(new.key, desired: new, in: &transaction)
    }
}
