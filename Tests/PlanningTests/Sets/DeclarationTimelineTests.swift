import Fleet
import Planning
import Testing

/// A resource with one number, over its lives.
enum Past {
    static let key = ResourceKey(.nodePool, "pool_past")
    static let start = PaperFleet.now

    static func pool(_ most: Int64, key: ResourceKey = key) -> Declaration {
        Declaration(key: key, name: "past", spec: Spec(.nodePool, [Spec.Leaf(PoolLeaf.maxNodes, .int(most))]))
    }

    static func desired(
        _ generation: Int64, _ most: Int64, first: Int64, revision: Int64, key: ResourceKey = key
    ) -> Desired {
        Desired(
            pool(most, key: key), generation: generation, revision: revision, firstRevision: first, manager: "test",
            createdAt: start.advanced(seconds: first), updatedAt: start.advanced(seconds: revision))
    }

    static func replaced(_ desired: Desired, by revision: Int64) -> StoredRevision {
        StoredRevision(desired, replacedAt: start.advanced(seconds: revision), replacedRevision: revision)
    }

    static func removed(_ desired: Desired, by revision: Int64) -> StoredRevision {
        StoredRevision(desired, replacedAt: start.advanced(seconds: revision), removedRevision: revision)
    }
}

struct DeclarationTimelineTests {
    /// Declared at 3, changed at 6 (after a cordon at 5), deleted at 9; declared again at 12, changed at 14, cordoned
    /// at 17.
    private let timeline = DeclarationTimeline(
        Past.key,
        former: [
            Past.removed(Past.desired(2, 20, first: 3, revision: 8), by: 9),
            Past.replaced(Past.desired(1, 30, first: 12, revision: 12), by: 14),
            Past.replaced(Past.desired(1, 10, first: 3, revision: 5), by: 6),
        ],
        current: Past.desired(2, 40, first: 12, revision: 17))

    private func most(_ standing: DeclarationTimeline.Standing) -> Int64? {
        guard case .declared(let span) = standing else { return standing == .absent ? 0 : nil }
        return span.desired.spec[PoolLeaf.maxNodes]?.int
    }

    @Test(
        arguments: [
            (0, 0), (2, 0), (3, 10), (5, 10), (6, 20), (8, 20), (9, 0), (11, 0), (12, 30), (13, 30),
            // The cordon at 17 wrote the same generation.
            (14, 40), (16, 40), (99, 40),
        ] as [(Int64, Int64)])
    func `a revision tells how it stood`(revision: Int64, expected: Int64) {
        #expect(most(timeline.standing(at: revision)) == expected)
    }

    @Test func `each generation knows when it began and ended`() {
        #expect(timeline.spans.map(\.begin) == [3, 6, 12, 14])
        #expect(timeline.spans.map(\.end) == [6, 9, 14, nil])
        #expect(timeline.spans.map(\.isRemoved) == [false, true, false, false])
        #expect(timeline.spans.map { $0.beganAt.seconds(since: Past.start) } == [3, 6, 12, 14])
        #expect(timeline.current?.desired.generation == 2)
        #expect(timeline.predecessor(of: timeline.spans[1])?.desired.generation == 1)
        #expect(timeline.predecessor(of: timeline.spans[2]) == nil, "another life's is none")
        #expect(!timeline.isCut)
    }

    @Test func `what is no longer kept is not known, and not absent`() {
        // Generations 1 to 4 were given up.
        let cut = DeclarationTimeline(
            Past.key, former: [Past.replaced(Past.desired(5, 50, first: 3, revision: 20), by: 30)],
            current: Past.desired(6, 60, first: 3, revision: 30))
        #expect(cut.standing(at: 2) == .unknown, "former lives may have been given up as well")
        #expect(cut.standing(at: 10) == .unknown)
        #expect(most(cut.standing(at: 20)) == 50)
        #expect(most(cut.standing(at: 30)) == 60)
        let full = DeclarationTimeline(
            Past.key,
            former: (0..<20).map { life in
                Past.removed(Past.desired(1, life, first: 100 + life * 2, revision: 100 + life * 2), by: 101 + life * 2)
            }, current: nil)
        #expect(full.standing(at: 50) == .unknown)
        #expect(full.standing(at: 139) == .absent)
        #expect(full.current == nil)
    }

    @Test func `an older version's entries end where the next was last written`() {
        let old = StoredRevision(Past.desired(1, 10, first: 3, revision: 3), replacedAt: Past.start)
        let timeline = DeclarationTimeline(
            Past.key, former: [old], current: Past.desired(2, 20, first: 3, revision: 8))
        #expect(most(timeline.standing(at: 7)) == 10)
        #expect(most(timeline.standing(at: 8)) == 20)
    }

    @Test func `nothing of a resource was never there`() {
        let timeline = DeclarationTimeline(Past.key, former: [], current: nil)
        #expect(timeline.standing(at: 5) == .absent)
        #expect(timeline.current == nil)
    }
}
