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
        let rule = HeartbeatRule(interval.map(facts), .none)
        #expect(!rule.isLost(noon, wasLost: false, now: noon.advanced(seconds: seconds)))
        #expect(rule.isLost(noon, wasLost: false, now: noon.advanced(seconds: seconds + 1)))
    }

    @Test func `ages count from three intervals after the ingest came back, but for who was lost before`() {
        let since = noon.advanced(seconds: 300)
        let rule = HeartbeatRule(facts(15), .serving(since: since, countedUntil: noon.advanced(seconds: 20)))
        #expect(rule.freshUntil(noon, wasLost: false) == since.advanced(seconds: 90))
        #expect(rule.freshUntil(noon, wasLost: true) == noon.advanced(seconds: 45))
        // A beat after that counts by itself.
        let later = since.advanced(seconds: 500)
        #expect(rule.freshUntil(later, wasLost: false) == later.advanced(seconds: 45))
    }

    @Test func `who was too old when ages last counted is lost, whatever its status says`() {
        let counted = noon.advanced(seconds: 20)
        let since = noon.advanced(seconds: 300)
        let (old, last) = (counted.advanced(seconds: -46), counted.advanced(seconds: -45))
        for ingest in [IngestService.serving(since: since, countedUntil: counted), .away(countedUntil: counted)] {
            let rule = HeartbeatRule(facts(15), ingest)
            #expect(rule.isLost(old, wasLost: false, now: since))
            #expect(!rule.isLost(last, wasLost: false, now: since))
            #expect(rule.isLost(last, wasLost: true, now: since))
        }
    }

    @Test func `while no ingest lives nobody grows old`() {
        let rule = HeartbeatRule(facts(15), .away(countedUntil: noon))
        #expect(rule.freshUntil(noon, wasLost: false) == nil)
        #expect(!rule.isLost(noon, wasLost: false, now: noon.advanced(seconds: 80_000)))
    }

    @Test func `what is due comes when it is, once per node, by what was noted last`() {
        var dues = HeartbeatDues()
        let later = noon.advanced(seconds: 5)
        dues.put("b", heartbeat: noon, due: noon.advanced(seconds: 10))
        dues.put("a", heartbeat: noon, due: noon.advanced(seconds: 10))
        dues.put("c", heartbeat: noon, due: noon.advanced(seconds: 5))
        dues.put("c", heartbeat: later, due: noon.advanced(seconds: 500))
        #expect(dues.due(at: noon.advanced(seconds: 10)).isEmpty)
        #expect(dues.due(at: noon.advanced(seconds: 11)).map(\.id) == ["a", "b"])
        dues.remove("a")
        let all = dues.due(at: noon.advanced(seconds: 600))
        #expect(all.map(\.id) == ["b", "c"])
        #expect(all.map(\.heartbeat) == [noon, later])
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
