import Fleet
import Testing

@testable import Planning

/// What a decision is said to have made of each node.
struct VerdictTests {
    private typealias Told = [String: (choice: NodeVerdict.Choice, why: String)]

    private func told(_ pool: PaperPool) -> Told {
        Dictionary(
            uniqueKeysWithValues: Scaler.verdicts(pool.input).map { ($0.nodeID.dropNodePrefix, ($0.choice, $0.why)) })
    }

    @Test func `who comes is the best of the reserve, and who stays there is told why`() {
        var pool = PaperPool(.worked, PaperPool.same(4, 90))
        pool.add(4, "r", .inactive) { node in
            switch node.id {
            case "node_r0": node.score = 70
            case "node_r1": (node.score, node.freeCapacity) = (90, 4)
            case "node_r2": (node.score, node.freeCapacity) = (90, 16)
            default: break
            }
        }
        #expect(pool.decision.coming == ["node_r2", "node_r1"])
        let told = told(pool)
        for id in ["r1", "r2"] { #expect(told[id]?.choice == .activated && told[id]?.why == "highest score") }
        for id in ["r0", "r3"] {
            #expect(told[id]?.choice == .waiting && told[id]?.why == "lower score than who comes")
        }
        #expect(told["u0"]?.choice == .kept && told["u0"]?.why == "nobody is to go")
    }

    @Test func `of equals capacity decides, then the id`() {
        var pool = PaperPool(.worked, [90, 90])
        pool.add(3, "r", .inactive) { $0.freeCapacity = $0.id == "node_r2" ? 8 : 4 }
        #expect(pool.decision.coming == ["node_r2"])
        #expect(told(pool)["r2"]?.why == "most capacity of the same score")
        #expect(told(pool)["r0"]?.why == "less capacity than who comes")
        pool.input.nodes.removeAll { $0.id == "node_r2" }
        #expect(told(pool)["r0"]?.why == "first by id, all else being equal")
        #expect(told(pool)["r1"]?.why == "after the others by id")
    }

    @Test func `who goes has the lowest score, and newer ones are kept`() {
        var pool = PaperPool(.worked { $0.down = 60 }, PaperPool.same(3, 46))
        pool.input.nodes[1].score = 50
        for index in [0, 2] { pool.input.nodes[index].score = 90 }
        #expect(told(pool)["u1"]?.choice == .drained && told(pool)["u1"]?.why == "lowest score")
        #expect(told(pool)["u0"]?.why == "higher score than who goes")
        for index in pool.input.nodes.indices { pool.input.nodes[index].score = 90 }
        pool.input.nodes[2].activatedAt = pool.input.now.advanced(seconds: -3000)
        pool.input.nodes[1].activatedAt = pool.input.now.advanced(seconds: -3500)
        #expect(told(pool)["u0"]?.choice == .drained && told(pool)["u0"]?.why == "older than the others")
        #expect(told(pool)["u2"]?.choice == .kept && told(pool)["u2"]?.why == "newer than the others")
    }

    @Test func `those in error go first, whatever the others are`() {
        var pool = PaperPool(.worked { $0.down = 60 }, PaperPool.same(3, 30))
        pool.add(1, "e", .error) { $0.score = 99 }
        #expect(told(pool)["e0"]?.choice == .drained && told(pool)["e0"]?.why == "in error: those go first")
        #expect(told(pool)["u0"]?.why == "those in error go first")
    }

    @Test func `who can't be chosen is said to be what it is`() {
        var pool = PaperPool(.worked, [50, nil])
        pool.add(1, "p", .active) { $0.isPinned = true }
        pool.add(1, "q", .inactive) { $0.isPinned = true }
        pool.add(1, "m", .maintenance)
        pool.add(1, "l", .active) { $0.isLeaving = true }
        pool.add(1, "d", .inactive) { $0.freshUntil = nil }
        pool.add(1, "f", .inactive) { [now = pool.input.now] in $0.activatedAt = now.advanced(seconds: -1000) }
        pool.add(1, "r", .inactive)
        let verdicts = Scaler.verdicts(pool.input)
        func verdict(_ id: String) -> NodeVerdict? { verdicts.first { $0.nodeID == "node_" + id } }
        for (id, role, choice) in [
            ("u0", NodeClass.usable, NodeVerdict.Choice.kept), ("p0", .usable, .kept), ("q0", .unused, .apart),
            ("m0", .maintenance, .apart), ("l0", .leaving, .apart), ("d0", .unused, .apart), ("f0", .failed, .givenUp),
            ("r0", .standby, .waiting),
        ] {
            #expect(verdict(id)?.role == role)
            #expect(verdict(id)?.choice == choice)
        }
        #expect(verdict("p0")?.why == "pinned: counted, never chosen")
        #expect(verdict("d0")?.why == "does not report, so it can't be activated")
        #expect(verdict("u0")?.isMissing == false && verdict("u1")?.isMissing == true)
        #expect(verdict("u0")?.latest?[.cpu] == 50 && verdict("u1")?.latest == nil)
    }

    @Test func `a back-off ends as the rule says, and a cooldown after the last change`() {
        var timers = ScalingTimers()
        #expect(timers.backoffUntil == nil && timers.cooldownUntil(.worked) == nil)
        let now = PaperPool.noon
        (timers.lastChange, timers.lastFailure) = (now, now)
        for (failures, minutes) in [(1, 5), (2, 10), (3, 20), (4, 30), (50, 30)] as [(Int64, Int64)] {
            timers.failures = failures
            #expect(timers.backoffUntil == now.advanced(seconds: minutes * 60))
        }
        #expect(timers.cooldownUntil(.worked { $0.cooldownMinutes = 7 }) == now.advanced(seconds: 420))
    }
}

extension String {
    fileprivate var dropNodePrefix: String { String(dropFirst("node_".count)) }
}
