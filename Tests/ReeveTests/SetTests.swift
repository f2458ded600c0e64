import ArgumentParser
import Fleet
import FleetStore
import Planning
import Testing

@testable import reeve

struct SetTests {
    @Test(arguments: [
        ("fleet", nil as String?), ("prod=fleet", "prod"), ("/srv/a=b", nil), ("prod=/srv/a=b", "prod"),
    ])
    func `a watched directory is its set's name, unless it is given one`(_ text: String, _ name: String?) throws {
        let watched = try WatchedDirectory(text)
        #expect(watched.path.hasPrefix("/"))
        #expect(watched.name == name ?? watched.path)
    }

    @Test(arguments: ["", "prod=", "=fleet", "a\u{7}b=fleet"])
    func `what names no directory or no set is refused`(_ text: String) {
        #expect(throws: ValidationError.self) { try WatchedDirectory(text) }
    }

    @Test func `a set's name is all that follows the first slash`() throws {
        #expect(try SetName.names(["set/a/b", "Sets//c"]) == ["a/b", "/c"])
        #expect(try SetName.names(["sets"]) == [])
        #expect(try SetName.names(["set", "a", "set/b"]) == ["a", "b"])
        #expect(try SetName.names(["node/a"]) == nil)
        #expect(throws: ValidationError.self) { try SetName.names(["set/a", "node/b"]) }
        #expect(try ObjectSelection(["sets"]) == .sets(nil))
        #expect(try ObjectSelection(["set/a"]) == .sets(["a"]))
    }

    @Test func `a budget without a limit has no share either, unless one is stated`() throws {
        func budget(_ words: String...) throws -> PruneBudget { try PruneOptions.parse(words).budget }
        #expect(try budget() == PruneBudget(objects: 10, percent: 20))
        #expect(try budget("--prune-limit", "unlimited") == .unlimited)
        #expect(
            try budget("--prune-limit", "unlimited", "--prune-percent", "50") == PruneBudget(objects: nil, percent: 50))
        #expect(try budget("--prune-limit", "0") == PruneBudget(objects: 0, percent: 20))
        #expect(throws: (any Error).self) { try budget("--prune-percent", "101") }
        #expect(throws: (any Error).self) { try budget("--prune-limit", "many") }
    }

    private func view(_ synced: Condition.Status?, ready: Int64 = 0) -> SetView {
        var status = SetStatus("prod", directory: "/srv/fleet", syncedBy: "test")
        if let synced {
            status.conditions = [
                Condition(
                    .synced, synced, reason: synced == .yes ? "Applied" : "Invalid",
                    lastTransition: Timestamp(milliseconds: 0), observedGeneration: 1)
            ]
        }
        var tally = SetTally()
        (tally.objects, tally.going, tally.ready) = (5, 1, ready)
        return SetView(status: status, tally: tally)
    }

    @Test func `a set is ready when it is synced and all that stays is ready`() {
        #expect(view(nil).ready.status == .unknown)
        #expect(view(.no, ready: 4).ready.reason == "Invalid")
        #expect(view(.yes, ready: 3).ready.reason == "ResourcesNotReady")
        #expect(view(.yes, ready: 4).ready.status == .yes)
        let conditions = view(.yes, ready: 4).conditions(now: Timestamp(milliseconds: 0))
        #expect(conditions.map(\.type) == [.synced, .ready])
    }

    @Test func `only what changed, came or went makes a row`() {
        func named(_ name: String, _ ready: Int64) -> SetView {
            var view = SetView(status: SetStatus(name, directory: "/srv/\(name)", syncedBy: "test"), tally: SetTally())
            view.tally.ready = ready
            return view
        }
        let first = SetChanges(from: [:], to: [named("a", 1), named("b", 1)])
        #expect(first.changed.map(\.status.name) == ["a", "b"])
        var tried = named("b", 1)
        (tried.status.version, tried.status.attempts, tried.status.nextRetry) = (7, 3, Sample.now)
        let second = SetChanges(from: first.known, to: [named("a", 2), tried])
        #expect(second.changed == [named("a", 2)], "one more attempt that came to the same is no change")
        let third = SetChanges(from: second.known, to: [tried, named("c", 0)])
        #expect(third.changed.map(\.status.name) == ["c"])
        #expect(third.gone == [named("a", 2)])
    }

    @Test func `sets are sorted by what stands in them, those without it last`() throws {
        let views = [(Int64(3), "x"), (1, "y"), (2, nil)].map { files, commit in
            var view = view(.yes)
            view.status.attempted = SetSnapshot(
                digest: "d", commit: commit, files: files, documents: 1, at: Timestamp(milliseconds: 0))
            return view
        }
        func order(_ path: String) throws -> [Int64?] {
            let path = try #require(SortPath(argument: path))
            return SetLook.sorted(views, by: path, now: Sample.now).map { $0.status.attempted?.files }
        }
        #expect(try order("status.attempted.files") == [1, 2, 3])
        #expect(try order("attempted.commit") == [3, 1, 2])
        #expect(try order("metadata.name") == [3, 1, 2], "as they were")
        #expect(try #require(SortPath(argument: "status.pin.by")).isKnownOfSets)
        #expect(try !#require(SortPath(argument: "spec.max_nodes")).isKnownOfSets)
    }

    @Test(arguments: [["-l", "a=b"], ["-L", "a"], ["--undeclared"]])
    func `what sets do not have is refused`(_ words: [String]) async throws {
        let command = try GetCommand.parse(["sets"] + words)
        await #expect(throws: ValidationError.self) { try await command.run() }
    }
}
