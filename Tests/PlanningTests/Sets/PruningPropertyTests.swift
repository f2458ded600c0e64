import Fleet
import Planning
import Testing

/// Random directories of two sets on one small fleet.
struct PruningPropertyTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            // SplitMix64.
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static func directory(_ random: inout Generator) -> [Declaration] {
        var input: [ResourceKey: Declaration] = [:]
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let place = ["x", "y", nil].randomElement(using: &random) ?? nil
            var declaration: Declaration
            switch Int.random(in: 0..<6, using: &random) {
            case 0: declaration = policy("p", max: Int64.random(in: 1...3, using: &random))
            case 1, 2:
                declaration = pool(
                    place ?? "x", max: Int64.random(in: 3...5, using: &random),
                    policy: Bool.random(using: &random) ? "p" : nil)
            default:
                let id = "n\(Int.random(in: 1...8, using: &random))"
                declaration = node(id, in: place, cpu: Int64.random(in: 1...4, using: &random))
            }
            declaration.lifecycle.prune = Int.random(in: 0..<6, using: &random) > 0
            input[declaration.key] = declaration
        }
        return input.values.sorted { $0.key < $1.key }
    }

    private static func pass(_ fleet: PaperFleet, _ random: inout Generator) -> DeclarationRequest {
        let budget = [PruneBudget.unlimited, PruneBudget(objects: 2, percent: 50)].randomElement(using: &random)
        var request = PaperFleet.pass(
            directory(&random), of: Bool.random(using: &random) ? "one" : "two", budget: budget ?? .unlimited)
        if Int.random(in: 0..<4, using: &random) == 0, let key = fleet.desired.keys.sorted().first {
            request.pinned = [key]
        }
        if Int.random(in: 0..<6, using: &random) == 0 {
            request.hasErrors = true
            request.invalidKeys = [nodeKey("n1")]
            request.declarations.removeAll { $0.key == nodeKey("n1") }
        }
        return request
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `nothing goes that is declared, invalid, pinned, kept, needed, another's or too much`(_ seed: UInt64) {
        var random = Generator(state: seed)
        var deleted = 0
        for _ in 0..<40 {
            var fleet = PaperFleet()
            for _ in 0..<12 {
                let request = PruningPropertyTests.pass(fleet, &random)
                let plan = fleet.plan(request)
                let marked = plan.writes.filter { $0.desired.deletion != nil }
                #expect(Set(marked.map(\.desired.key)) == Set(plan.pruning.deleted))
                #expect(marked.isEmpty || !request.hasErrors)
                deleted += marked.count
                for write in marked {
                    guard case .replace(_, let before) = write else {
                        Issue.record("only what stands can go")
                        continue
                    }
                    #expect(before.set == request.set && before.declaration.lifecycle.prune)
                    #expect(!request.declarations.contains { $0.key == before.key })
                    #expect(!request.pinned.contains(before.key) && !request.invalidKeys.contains(before.key))
                }
                let leaving = fleet.desired.values.count { $0.set == request.set && $0.deletion != nil }
                if let most = request.pruning?.budget.objects, !marked.isEmpty {
                    #expect(marked.count + leaving <= max(1, most))
                }
                fleet.write(plan.writes)
                for desired in fleet.desired.values where desired.deletion == nil {
                    let needed = [desired.poolID.map { ResourceKey(.nodePool, $0) }].compactMap(\.self)
                    #expect(needed.allSatisfy { !plan.pruning.deleted.contains($0) }, "\(desired.key) needs it")
                }
                #expect(fleet.plan(request).writes.map(\.desired.key) == [], "planned again after it was written")
                if Bool.random(using: &random) { fleet.finishDeletions() }
            }
        }
        #expect(deleted > 50, "many must be able to go")
    }
}
