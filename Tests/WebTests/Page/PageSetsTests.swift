import Fleet
import FleetStore
import Testing

@testable import Web

struct PageSetsTests {
    private static let now = Timestamp(milliseconds: 1_767_225_600_000)

    private static func set(_ name: String, _ conditions: Condition...) -> SetStatus {
        var status = SetStatus(name, directory: "/srv/\(name)", syncedBy: "daemon/a")
        status.conditions = conditions
        status.attempted = SetSnapshot(
            digest: "0123456789abcdef", commit: "9f2c41d07b66aa", branch: "main", files: 3, documents: 7,
            at: now.advanced(seconds: -180))
        return status
    }

    private static func model(_ sets: [SetStatus], _ tallies: [String: SetTally] = [:]) async throws -> SetsModel {
        let store = ScannedStore()
        store.set { ($0.sets, $0.tallies) = (sets, tallies) }
        return SetsModel(LiveFleet.State(fleet: try await FleetLook.take(store)))
    }

    @Test func `without sets there is nothing to see of them`() async throws {
        let model = try await Self.model([])
        #expect(try PageTemplates().render(model).allSatisfy(\.isWhitespace))
    }

    @Test func `a set that is as its directory is says so`() async throws {
        var status = Self.set("prod", .made(.synced, .yes, "Applied", ""))
        status.applied = status.attempted
        var tally = SetTally()
        (tally.objects, tally.ready) = (7, 7)
        let row = try #require(await Self.model([status], ["prod": tally]).rows.first)
        #expect(row.badges.map { "\($0.tone) \($0.text)" } == ["good Ready"])
        #expect(row.directory == "/srv/prod" && row.resources == "7 of 7 ready")
        #expect(row.applied?.commit == "9f2c41d07b of main" && row.applied?.digest == "0123456789ab")
        #expect(row.applied?.age == "3 min ago")
        #expect(row.further == nil && row.next == nil && row.approval == nil)
        let html = try PageTemplates().render(await Self.model([status], ["prod": tally]))
        #expect(html.contains("9f2c41d07b of main") && html.contains("7 of 7 ready") && !html.contains("command"))
    }

    @Test func `deletions that are held say what to approve, each message once`() async throws {
        var status = Self.set(
            "prod", .made(.synced, .no, "Held", "6 to delete: OverBudget"),
            .made(.pruneBlocked, .yes, "OverBudget", "6 of 20 would go: Node/node_a"))
        let gone = DeclarationIdentity(ResourceKey(.node, "node_a"), firstRevision: 3)
        let block = PruneBlock(digest: "01", objects: [gone], reason: .overBudget, message: "6 of 20 would go")
        status.blocked = block
        (status.counts.blocked, status.counts.held) = (6, 2)
        let row = try #require(await Self.model([status]).rows.first)
        #expect(
            row.badges.map { "\($0.tone) \($0.text) \($0.reason ?? "")" }
                == ["warn not Synced Held", "warn PruneBlocked OverBudget"])
        #expect(row.approval == "reeve sync approve 'prod' \(block.mark)")
        #expect(row.further == "2 held, 6 to delete, held")
        #expect(row.applied == nil)
        let html = try PageTemplates().render(await Self.model([status]))
        #expect(html.contains("reeve sync approve &#39;prod&#39; \(block.mark)"))
        #expect(html.contains("Node/node_a") && html.contains("never"))
    }

    @Test func `what can't be approved offers nothing, and a stalled one says when it is tried again`() async throws {
        let why = "fleet/n1.yaml:3:1: error: unknown field"
        var status = Self.set(
            "prod", .made(.synced, .no, "Invalid", why), .made(.stalled, .yes, "Invalid", why))
        status.blocked = PruneBlock(digest: "01", objects: [], reason: .incomplete, message: "unreadable")
        (status.attempts, status.nextRetry) = (3, Self.now.advanced(seconds: 5))
        let row = try #require(await Self.model([status]).rows.first)
        #expect(row.approval == nil)
        #expect(row.badges.map(\.text) == ["not Synced", "Stalled"])
        #expect(row.badges.map(\.message) == [why, nil])
        #expect(row.next == "failed 3 times, next attempt 2026-01-01 00:00:05")
    }

    @Test func `problems come first, what is shown is bounded, and the summary counts`() async throws {
        let well = (100..<160).map { Self.set("well-\($0)", .made(.synced, .yes, "Applied", "")) }
        let ill = [
            Self.set("x-held", .made(.synced, .no, "Held", "")),
            Self.set("y-stalled", .made(.synced, .no, "Invalid", ""), .made(.stalled, .yes, "Invalid", "")),
        ]
        let store = ScannedStore()
        store.set { $0.sets = well + ill }
        let state = LiveFleet.State(fleet: try await FleetLook.take(store))
        let model = SetsModel(state)
        #expect(model.rows.prefix(3).map(\.name) == ["y-stalled", "x-held", "well-100"])
        #expect(model.rows.count == 50 && model.cut == "50 of 62 sets, problems first.")
        #expect(OverviewModel(state).summary.hasSuffix("Sets with problems: 2."))
    }

    @Test func `nodes that are not ready are no fault of their set`() async throws {
        var tally = SetTally()
        (tally.objects, tally.ready, tally.going, tally.unready) = (3, 1, 1, [ResourceKey(.node, "node_b")])
        let model = try await Self.model([Self.set("prod", .made(.synced, .yes, "Applied", ""))], ["prod": tally])
        let row = try #require(model.rows.first)
        #expect(row.badges.map { "\($0.tone) \($0.text)" } == ["calm not Ready"])
        #expect(row.resources == "1 of 2 ready" && row.further == "1 going")
    }
}

extension Condition {
    static func made(_ type: ConditionType, _ status: Status, _ reason: String, _ message: String) -> Condition {
        Condition(
            type, status, reason: reason, message: message, lastTransition: Timestamp(milliseconds: 0),
            observedGeneration: 1)
    }
}
