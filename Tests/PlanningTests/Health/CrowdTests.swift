import Fleet
import Testing

@testable import Planning

struct CrowdTests {
    private let noon = Timestamp(milliseconds: 1_767_225_600_000)
    private var crowds = Crowds()

    private func at(_ seconds: Int64) -> Timestamp { noon.advanced(seconds: seconds) }

    @discardableResult
    private mutating func note(
        _ range: ClosedRange<Int>, _ turn: HealthTurn = .lost, of nodes: Int64 = 100, at seconds: Int64 = 0
    ) -> Bool {
        let turns = Dictionary(uniqueKeysWithValues: range.map { ("n\($0)", turn) })
        return crowds.note(turns, inPool: "p", of: nodes, now: at(seconds))
    }

    private mutating func write(_ range: ClosedRange<Int>, _ turn: HealthTurn = .lost) -> [String] {
        let ids = range.map { "n\($0)" }
        return crowds.settle(lost: turn == .lost ? ids : [], back: turn == .back ? ids : [])
    }

    private var crowd: NodeCrowd? { crowds.all["p"] }

    @Test mutating func `few are none, and more of them within half a minute are one`() {
        let first = note(1...3)
        #expect(!first)
        let again = note(1...3, at: 5)
        #expect(!again, "the same again")
        #expect(crowds.all.isEmpty)
        let fourth = note(4...4, at: 20)
        #expect(fourth)
        #expect(crowd?.lost == 4)
        #expect(crowd?.names == ["n1", "n2", "n3"])
    }

    @Test mutating func `single ones far apart never become one`() {
        for minute in 1...60 {
            _ = crowds.expire(at(Int64(minute) * 60))
            let isCrowd = note(minute...minute, at: Int64(minute) * 60)
            #expect(!isCrowd)
        }
    }

    @Test mutating func `of a small pool two are one`() {
        let isCrowd = note(1...2, of: 5)
        #expect(isCrowd)
    }

    @Test mutating func `it is over when nothing was added for half a minute and all is written`() {
        note(1...10)
        #expect(crowd?.unwritten == 10)
        let changed = write(1...9)
        #expect(changed == ["p"])
        let early = crowds.expire(at(60))
        #expect(early.isEmpty)
        #expect(crowd?.unwritten == 1)
        _ = write(10...10)
        let again = write(10...10)
        #expect(again.isEmpty, "nothing new")
        let over = crowds.expire(at(60))
        #expect(over == ["p"])
        #expect(crowds.all.isEmpty)
    }

    @Test mutating func `who is lost and back counts as back`() {
        note(1...10)
        note(1...10, .back, at: 20)
        #expect(crowd?.lost == 0)
        #expect(crowd?.back == 10)
    }

    @Test mutating func `who beat before its loss was written was not lost`() {
        note(1...10)
        let changed = write(1...6, .back)
        #expect(changed == ["p"])
        #expect(crowd?.lost == 4)
        #expect(crowd?.unwritten == 4)
        #expect(crowd?.names == ["n10", "n7", "n8"])
    }

    @Test mutating func `what comes back after the loss was told is told by itself`() {
        note(1...10)
        _ = write(1...10)
        note(1...6, .back, at: 20)
        #expect(crowd?.since == at(20))
        #expect(crowd?.lost == 0)
        #expect(crowd?.back == 6)
        // Within the time in which it gathers.
        note(7...8, .back, at: 30)
        #expect(crowd?.since == at(20))
        #expect(crowd?.back == 8)
    }

    @Test mutating func `more of the same that comes late is told when it is quiet`() {
        note(1...10)
        note(11...12, at: 15)
        note(13...15, at: 25)
        _ = write(1...15)
        #expect(crowd?.since == at(0))
        #expect(crowd?.lost == 12)
        let early = crowds.expire(at(54))
        #expect(early.isEmpty)
        let late = crowds.expire(at(55))
        #expect(late == ["p"])
        #expect(crowd?.since == at(55))
        #expect(crowd?.names == ["n13", "n14", "n15"])
        let over = crowds.expire(at(85))
        #expect(over == ["p"])
        #expect(crowds.all.isEmpty)
    }

    @Test mutating func `a clock that was set back holds no crowd open`() {
        note(1...10)
        _ = write(1...10)
        let over = crowds.expire(at(-3600))
        #expect(over == ["p"])
    }

    /// What is kept beside the turns is what counting them would give.
    @Test(arguments: UInt64(1)...20)
    mutating func `counts and names follow whatever happens`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var noted: [String: HealthTurn] = [:]
        note(1...20)
        for id in 1...20 { noted["n\(id)"] = .lost }
        var unwritten = Set(noted.keys)
        for _ in 0..<200 {
            let id = "n\(Int.random(in: 1...30, using: &generator))"
            let turn = Bool.random(using: &generator) ? HealthTurn.lost : .back
            if Bool.random(using: &generator) {
                _ = crowds.note([id: turn], inPool: "p", of: 100, now: at(10))
                if noted[id] != turn { unwritten.insert(id) }
                noted[id] = turn
            } else {
                _ = crowds.settle(lost: turn == .lost ? [id] : [], back: turn == .back ? [id] : [])
                if unwritten.remove(id) != nil, noted[id] != turn { noted[id] = nil }
            }
            let lost = noted.filter { $0.value == .lost }.map(\.key)
            #expect(crowd?.lost == lost.count)
            #expect(crowd?.back == noted.count - lost.count)
            #expect(crowd?.unwritten == unwritten.count { noted[$0] == .lost })
            let named = lost.isEmpty ? Array(noted.keys) : lost
            #expect(crowd?.names == Array(named.sorted().prefix(3)))
        }
    }
}
