import Declaring
import Fleet
import FleetStore
import MemoryStore
import Planning
import Testing

/// Sets through the declarer.
struct SetDeclaringTests {
    let store = InMemoryStore()

    func declarer(limit: Int = Declarer.limit) -> Declarer {
        Declarer(store, patience: Patience(atMost: .seconds(3600)), limit: limit)
    }

    func pass(_ declarations: [Declaration], of set: String = "site") -> DeclarationRequest {
        var request = DeclarationRequest(declarations, continues: true, manager: Desired.syncManager(of: set))
        request.set = set
        request.pruning = Pruning(budget: .unlimited, digest: "d")
        return request
    }

    /// A pool and so many nodes that differ.
    func fleet(_ count: Int) -> [Declaration] {
        let nodes = (0..<count).map { index in
            var node = DeclarerTests.node("n\(index)", in: "x")
            node.spec[NodeLeaf.limits.cpu] = .int(Int64(index + 1))
            return node
        }
        return nodes + [DeclarerTests.pool("x", max: 100)]
    }

    @Test func `a pass of several transactions writes what others refer to first, and deletes it last`() async throws {
        let first = try await declarer(limit: 3).declare(pass(fleet(7)))
        #expect(first.results.allSatisfy { $0.outcome == .created })
        #expect(first.writtenRevision == 3 && store.revision == 3)
        #expect(store.desired[ResourceKey(.nodePool, "pool_x")]?.revision == 1)
        let last = try await declarer(limit: 3).declare(pass([]))
        #expect(last.pruning.deleted.count == 8)
        #expect(store.revision == 6)
        #expect(store.desired[ResourceKey(.nodePool, "pool_x")]?.revision == 6)
        #expect(try await declarer(limit: 3).declare(pass([])).writtenRevision == nil)
    }

    @Test(arguments: [StoreError.revisionMoved, .outcomeUnknown("lost")], [true, false])
    func `what was interrupted between its transactions is told as if it had not been`(
        _ error: StoreError, _ isApplied: Bool
    ) async throws {
        guard error != .revisionMoved || !isApplied else { return }
        store.failDeclare(2, with: error, applied: isApplied)
        let plan = try await declarer(limit: 3).declare(pass(fleet(7)))
        #expect(plan.results.map(\.outcome) == .init(repeating: .created, count: 8))
        #expect(store.desired.count == 8)
        store.failDeclare(5, with: error, applied: isApplied)
        let last = try await declarer(limit: 3).declare(pass([]))
        #expect(Set(last.results.map(\.key)) == Set(store.desired.keys))
        #expect(last.pruning.deleted.count == 8)
        #expect(store.desired.values.allSatisfy { $0.deletion != nil })
    }

    @Test func `all or nothing is never several transactions`() async throws {
        var request = pass(fleet(7))
        request.continues = false
        await #expect(throws: DeclaringError.tooMany(count: 8, limit: 3, canContinue: true)) {
            try await declarer(limit: 3).declare(request)
        }
        #expect(store.revision == 0)
    }

    @Test func `of two sets that claim a node at once one has it`() async throws {
        let node = [DeclarerTests.node("a")]
        let owners = await withTaskGroup(of: Int.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let plan = try? await declarer().declare(pass(node, of: "set-\(number)"))
                    return plan?.writes.count ?? 0
                }
            }
            return await group.reduce(0, +)
        }
        #expect(owners == 1)
        #expect(store.revision == 1)
    }

    @Test func `approving, moving and taking back are written`() async throws {
        _ = try await declarer().declare(pass(fleet(2)))
        let node = ResourceKey(.node, "node_n0")
        let before = try #require(store.desired[node])
        let adoption = AdoptionRequest([node], from: .set("site"), to: .commandLine, manager: "cli/eve")
        #expect(try await declarer().adopt(adoption).results.map(\.outcome) == [.configured])
        #expect(store.desired[node]?.set == nil)
        let other = ResourceKey(.node, "node_n1")
        let identities = [node, other].map { DeclarationIdentity($0, firstRevision: before.firstRevision) }
        let approved = try await declarer().approve(set: "site", objects: identities, by: "cli/eve")
        #expect(approved.results.map(\.outcome) == [.failed, .deleted])
        #expect(store.desired[node]?.deletion == nil && store.desired[other]?.deletion != nil)
        var changed = before.declaration
        changed.spec[NodeLeaf.limits.cpu] = .int(50)
        _ = try await declarer().declare(DeclarationRequest([changed], manager: "cli/eve"))
        let reverted = try await declarer().revert([.declared(before)], by: "cli/bob")
        #expect(reverted.results.map(\.outcome) == [.configured])
        #expect(store.desired[node]?.generation == 3)
        #expect(store.desired[node]?.declaration.spec == before.declaration.spec)
    }

    // MARK: More than one transaction carries

    private enum Long: String, CaseIterable {
        case adoption, reversion, approval

        /// Of a fleet of a pool and seven nodes that was written at revision 1; each with its last state.
        func run(_ test: SetDeclaringTests, _ before: [Desired], _ limit: Int) async throws -> [DeclarationResult] {
            let declarer = test.declarer(limit: limit)
            switch self {
            case .adoption:
                let all = AdoptionRequest(allOf: "site", to: .set("other"), manager: "cli/eve")
                return try await declarer.adopt(all).results
            case .reversion:
                return try await declarer.revert(before.map { .absent($0.key) }, by: "cli/eve").results
            case .approval:
                let objects = before.map { DeclarationIdentity($0.key, firstRevision: $0.firstRevision) }
                return try await declarer.approve(set: "site", objects: objects, by: "cli/eve").results
            }
        }

        func isDone(_ desired: Desired) -> Bool {
            self == .adoption ? desired.set == "other" : desired.deletion?.by == "cli/eve"
        }
    }

    @Test(arguments: Long.allCases)
    private func `what is moved, taken back or approved takes as many transactions as it needs`(
        _ long: Long
    ) async throws {
        _ = try await declarer().declare(pass(fleet(7)))
        let before = Array(store.desired.values)
        let results = try await long.run(self, before, 3)
        #expect(results.count == 8)
        #expect(results.allSatisfy { [.configured, .deleted].contains($0.outcome) })
        #expect(store.revision == 4)
        #expect(store.desired.values.allSatisfy(long.isDone))
        // A pool goes after its nodes.
        if long != .adoption { #expect(store.desired[ResourceKey(.nodePool, "pool_x")]?.revision == 4) }
    }

    @Test(arguments: Long.allCases)
    private func `what was cut off between two transactions is finished by the same again`(_ long: Long) async throws {
        _ = try await declarer().declare(pass(fleet(7)))
        let before = Array(store.desired.values)
        store.failDeclare(2, with: .interrupted, applied: false)
        await #expect(throws: DeclaringError.unfinished(written: 3, .store(.interrupted))) {
            try await long.run(self, before, 3)
        }
        #expect(store.desired.values.count(where: long.isDone) == 3)
        let rest = try await long.run(self, before, 3)
        #expect(rest.count { [.configured, .deleted].contains($0.outcome) } == 5)
        #expect(store.desired.values.allSatisfy(long.isDone))
        let revision = store.revision
        _ = try await long.run(self, before, 3)
        #expect(store.revision == revision)
    }

    @Test func `a reversion of several transactions declares what others refer to first`() async throws {
        _ = try await declarer().declare(pass(fleet(7)))
        let before = Array(store.desired.values)
        let empty = InMemoryStore()
        let plan = try await Declarer(empty, limit: 3).revert(before.map { .declared($0) }, by: "cli/eve")
        #expect(plan.results.allSatisfy { $0.outcome == .created })
        #expect(empty.desired.count == 8 && empty.revision == 3)
        #expect(empty.desired[ResourceKey(.nodePool, "pool_x")]?.revision == 1)
    }

    @Test func `a deletion by the command line is one transaction`() async throws {
        _ = try await declarer().declare(DeclarationRequest(fleet(7), manager: "cli/eve"))
        let request = DeletionRequest(Array(store.desired.keys), manager: "cli/eve")
        await #expect(throws: DeclaringError.tooMany(count: 8, limit: 3, canContinue: false)) {
            try await declarer(limit: 3).delete(request)
        }
        #expect(store.desired.values.allSatisfy { $0.deletion == nil })
    }
}
