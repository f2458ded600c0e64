import Fleet
import Testing

@testable import Planning

struct HeartbeatTests {
    private let noon = Timestamp(milliseconds: 1_767_225_600_000)

    private func facts(_ interval: Int64) -> AgentFacts {
        AgentFacts(nodeID: "node_a", intervalSeconds: interval, hardware: FoundHardware())
    }

    @Test(arguments: [(nil, 45), (15, 45), (3, 45), (60, 180), (300, 900), (4000, 900)] as [(Int64?, Int64)])
    func `a node is lost after three of its own intervals, which lie between 15 s and 5 min`(
        interval: Int64?, seconds: Int64
    ) {
        let rule = HeartbeatRule(interval.map(facts), ingestSince: nil)
        #expect(!rule.isLost(noon, wasLost: false, now: noon.advanced(seconds: seconds)))
        #expect(rule.isLost(noon, wasLost: false, now: noon.advanced(seconds: seconds + 1)))
    }

    @Test func `ages count from three intervals after the ingest came back, but for who was lost before`() {
        let since = noon.advanced(seconds: 300)
        let rule = HeartbeatRule(facts(15), ingestSince: since)
        #expect(rule.freshUntil(noon, wasLost: false) == since.advanced(seconds: 90))
        #expect(rule.freshUntil(noon, wasLost: true) == noon.advanced(seconds: 45))
        // A beat after that counts by itself.
        let later = since.advanced(seconds: 500)
        #expect(rule.freshUntil(later, wasLost: false) == later.advanced(seconds: 45))
    }

    @Test func `what is due comes when it is, once per node, by what was noted last`() {
        var dues = HeartbeatDues()
        dues.put("b", due: noon.advanced(seconds: 10))
        dues.put("a", due: noon.advanced(seconds: 10))
        dues.put("c", due: noon.advanced(seconds: 5))
        dues.put("c", due: noon.advanced(seconds: 500))
        #expect(dues.due(at: noon.advanced(seconds: 10)).isEmpty)
        #expect(dues.due(at: noon.advanced(seconds: 11)) == ["a", "b"])
        dues.remove("a")
        #expect(dues.due(at: noon.advanced(seconds: 600)) == ["b", "c"])
        #expect(dues.count == 2)
    }

    struct Machine: Sendable {
        var cores: Int64?
        var memory: Int64?
        var storage: Int64?
        var holds: Bool?
    }

    @Test(arguments: [
        Machine(cores: 8, memory: 1000, storage: 1000, holds: true),
        Machine(cores: 7, memory: 1000, storage: 1000, holds: false),
        Machine(cores: 9, memory: 1000, storage: 1000, holds: false),
        Machine(cores: 8, memory: 900, storage: 900, holds: true),
        Machine(cores: 8, memory: 899, storage: 1000, holds: false),
        Machine(cores: 8, memory: 1100, storage: 1000, holds: true),
        Machine(cores: 8, memory: 1101, storage: 1000, holds: false),
        Machine(cores: 8, memory: 1000, storage: 899, holds: false),
        Machine(cores: 8, memory: 1000, storage: 9000, holds: true),  // More harms nobody.
        Machine(cores: 8, holds: true),  // What is not reported is not judged.
        Machine(holds: nil),
    ])
    func `a machine matches within the bounds`(_ machine: Machine) {
        var spec = Spec(.node)
        (spec[NodeLeaf.cores], spec[NodeLeaf.memory], spec[NodeLeaf.storage]) = (.int(8), .int(1000), .int(1000))
        let found = FoundHardware(cores: machine.cores, memoryBytes: machine.memory, storageBytes: machine.storage)
        #expect(HardwareMatch(spec, found)?.holds == machine.holds)
        #expect(HardwareMatch(spec, nil) == nil)
    }
}

struct CrowdTests {
    private let noon = Timestamp(milliseconds: 1_767_225_600_000)

    private func turns(_ range: ClosedRange<Int>, _ turn: HealthTurn = .lost) -> [String: HealthTurn] {
        Dictionary(uniqueKeysWithValues: range.map { ("n\($0)", turn) })
    }

    @Test func `few are none, and more of them within half a minute are one`() {
        var crowds = Crowds()
        let first = crowds.note(turns(1...3), inPool: "p", of: 100, now: noon)
        #expect(!first)
        let again = crowds.note(turns(1...3), inPool: "p", of: 100, now: noon.advanced(seconds: 5))
        #expect(!again, "the same again")
        #expect(crowds.all.isEmpty)
        let fourth = crowds.note(turns(4...4), inPool: "p", of: 100, now: noon.advanced(seconds: 20))
        #expect(fourth)
        #expect(crowds.all["p"]?.lost == 4)
        #expect(crowds.all["p"]?.names == ["n1", "n2", "n3"])
    }

    @Test func `single ones far apart never become one`() {
        var crowds = Crowds()
        for minute in 1...60 {
            let now = noon.advanced(seconds: Int64(minute) * 60)
            crowds.expire(now)
            let isCrowd = crowds.note(turns(minute...minute), inPool: "p", of: 100, now: now)
            #expect(!isCrowd)
        }
    }

    @Test func `of a small pool two are one`() {
        var crowds = Crowds()
        let isCrowd = crowds.note(turns(1...2), inPool: "p", of: 5, now: noon)
        #expect(isCrowd)
    }

    @Test func `it is over when nothing was added for half a minute and all is written`() {
        var crowds = Crowds()
        _ = crowds.note(turns(1...10), inPool: "p", of: 100, now: noon)
        #expect(crowds.all["p"]?.unwritten == 10)
        crowds.settle((1...9).map { "n\($0)" })
        crowds.expire(noon.advanced(seconds: 60))
        #expect(crowds.all["p"]?.unwritten == 1)
        crowds.settle(["n10"])
        crowds.expire(noon.advanced(seconds: 60))
        #expect(crowds.all.isEmpty)
    }

    @Test func `who is lost and back counts as back`() {
        var crowds = Crowds()
        _ = crowds.note(turns(1...10), inPool: "p", of: 100, now: noon)
        _ = crowds.note(turns(1...10, .back), inPool: "p", of: 100, now: noon.advanced(seconds: 20))
        #expect(crowds.all["p"]?.lost == 0)
        #expect(crowds.all["p"]?.back == 10)
    }
}
