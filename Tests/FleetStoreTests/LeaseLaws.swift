import Fleet
import FleetStore
import Testing

/// What every store keeps about leadership.
struct LeaseLaws {
    @Test(arguments: Arm.allCases)
    func `a lease is taken, renewed and given up only as it was seen`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let (store, other) = (fixture.store, fixture.other)
            #expect(try await store.lease() == nil)
            let taken = try #require(try await store.take(nil, as: "one"))
            #expect(taken == Lease(holder: "one", epoch: 1, renewals: 0))
            #expect(try await other.take(nil, as: "two") == nil)
            let renewed = try #require(try await store.renew(taken))
            #expect(renewed == Lease(holder: "one", epoch: 1, renewals: 1))
            #expect(try await other.lease() == renewed)
            #expect(try await other.take(taken, as: "two") == nil)
            // As one whose last renewal was done, and whose answer was lost.
            #expect(try await store.renew(taken) == renewed)
            #expect(try await other.take(renewed, as: "two") == nil)
            let seen = try #require(try await other.lease())
            #expect(seen == Lease(holder: "one", epoch: 1, renewals: 2))
            let over = try #require(try await other.take(seen, as: "two"))
            #expect(over == Lease(holder: "two", epoch: 2, renewals: 0))
            #expect(try await store.renew(renewed) == nil)
            // Who lost it gives up nothing.
            try await store.release(renewed)
            #expect(try await store.lease() == over)
            try await other.release(over)
            try await other.release(over)
            let free = try #require(try await store.lease())
            #expect(free.holder.isEmpty)
            #expect(try await other.renew(over) == nil)
            #expect(try await store.take(free, as: "one")?.epoch == 3)
        }
    }

    @Test(arguments: Arm.allCases)
    func `of many who take a lease one gets it`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            for round in 0..<5 {
                let seen = try await fixture.store.lease()
                let winners = try await withThrowingTaskGroup(of: Lease?.self) { group in
                    for number in 0..<4 {
                        let store = number % 2 == 0 ? fixture.store : fixture.other
                        group.addTask { try await store.take(seen, as: "d\(number)") }
                    }
                    return try await group.reduce(into: [Lease]()) { found, lease in
                        if let lease { found.append(lease) }
                    }
                }
                #expect(winners.map(\.epoch) == [Int64(round + 1)])
            }
        }
    }

    @Test(arguments: Arm.allCases)
    func `fences rise and never fall`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let first = try #require(try await fixture.store.take(nil, as: "one"))
            let second = try #require(try await fixture.other.take(first, as: "two"))
            try await fixture.other.raiseFences(to: second)
            let error = await storeError { try await fixture.store.raiseFences(to: first) }
            #expect(error == .fenced)
            try await fixture.other.raiseFences(to: second)
            let change = ResourceChange.making(.node("node_one"), 1)
            let all = Fence(epoch: second.epoch, lanes: Array(0..<16))
            #expect(try await fixture.other.commit([change], under: all) == .committed)
        }
    }
}
