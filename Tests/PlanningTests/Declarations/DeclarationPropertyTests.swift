import Fleet
import Planning
import Testing

/// Random inputs on a small fleet, where everything collides with everything.
struct DeclarationPropertyTests {
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

    private static func input(_ random: inout Generator) -> [Declaration] {
        var input: [ResourceKey: Declaration] = [:]
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = ["x", "y", nil].randomElement(using: &random) ?? nil
            let name = ["a", "b", "c"].randomElement(using: &random) ?? "a"
            let declaration: Declaration
            switch Int.random(in: 0..<8, using: &random) {
            case 0: declaration = policy("p", max: Int64.random(in: 1...3, using: &random))
            case 1, 2:
                declaration = pool(
                    place ?? "x", max: Int64.random(in: 1...3, using: &random),
                    policy: Bool.random(using: &random) ? "p" : nil, cpu: Bool.random(using: &random) ? 50 : nil)
            default:
                let after = Int.random(in: 0..<6, using: &random) == 0 ? [nodeKey("n1")] : []
                let id = "n\(Int.random(in: 1...4, using: &random))"
                declaration = node(
                    name, in: place, id: id, cpu: Bool.random(using: &random) ? 60 : nil,
                    after: id == "n1" ? [] : after)
            }
            input[declaration.key] = declaration
        }
        return input.values.sorted { $0.key < $1.key }.shuffled(using: &random)
    }

    /// What must hold of any fleet that came about by accepted declarations alone.
    private static func violations(_ fleet: PaperFleet) -> [String] {
        var violations: [String] = []
        var names: Set<String> = []
        var counts: [String: Int64] = [:]
        for desired in fleet.desired.values where desired.key.kind == .node {
            let place = desired.poolID ?? ""
            if !names.insert("\(place)/\(desired.declaration.name)").inserted { violations.append("name in \(place)") }
            guard let id = desired.poolID else { continue }
            counts[id, default: 0] += 1
            guard let pool = fleet.desired[ResourceKey(.nodePool, id)] else {
                violations.append("no \(id)")
                continue
            }
            if let limit = pool.spec[PoolLeaf.limits.cpu]?.double,
                let value = desired.spec[NodeLeaf.limits.cpu]?.double,
                value > limit
            {
                violations.append("limit of \(desired.key)")
            }
        }
        for desired in fleet.desired.values where desired.key.kind == .nodePool {
            let places = desired.spec[PoolLeaf.maxNodes]?.int ?? 100
            if counts[desired.key.id, default: 0] > places { violations.append("places of \(desired.key)") }
            guard let id = desired.spec[PoolLeaf.policyReference]?.string else { continue }
            let policy = fleet.desired[ResourceKey(.scalingPolicy, id)]
            if policy == nil { violations.append("no \(id)") }
            if let most = policy?.spec[PolicyLeaf.maxNodes]?.int, most > places {
                violations.append("policy of \(desired.key)")
            }
        }
        return violations
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `no history of accepted declarations breaks a rule, and none is written twice`(_ seed: UInt64) {
        var random = Generator(state: seed)
        var written = 0
        for _ in 0..<30 {
            var fleet = PaperFleet()
            for _ in 0..<15 {
                let input = DeclarationPropertyTests.input(&random)
                let continues = Bool.random(using: &random)
                let plan = fleet.plan(input, continues: continues)
                #expect(continues || plan.diagnostics.isEmpty || plan.writes.isEmpty)
                written += plan.writes.count
                fleet.write(plan.writes)
                #expect(DeclarationPropertyTests.violations(fleet) == [])
                #expect(fleet.plan(input, continues: continues).writes == [])
            }
        }
        #expect(written > 300, "most histories must be able to write")
    }
}
