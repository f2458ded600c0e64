import AsyncHTTPClient
import Fleet
import FleetStore
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import TestServer
import Testing

@testable import Web

struct StatusPageTests {
    private static func page(
        _ store: ScannedStore, _ change: (inout LiveFleet.Settings) -> Void = { _ in }
    ) throws -> StatusPage {
        var settings = LiveFleet.Settings()
        settings.interval = .milliseconds(20)
        settings.patience = .seconds(60)
        change(&settings)
        return try StatusPage(
            LiveFleet(store, settings: settings), version: "1.2.3",
            access: ReadAccess(listeningOn: "127.0.0.1", isLoopback: true))
    }

    @Test func `the page stands alone behind a strict policy`() async throws {
        try await Serving.run([Self.page(ScannedStore([.made(.nodePool, "pool_a")])).add(to:)]) { server in
            let answer = try await server.get("/")
            #expect(answer.status == 200)
            let policy = try #require(answer.headers.first(name: "content-security-policy"))
            #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
            #expect(!policy.contains("unsafe") && !policy.contains("*") && !policy.contains("http"))
            #expect(answer.headers.first(name: "x-content-type-options") == "nosniff")
            #expect(answer.headers.first(name: "referrer-policy") == "no-referrer")
            #expect(answer.headers.first(name: "cache-control") == "no-store")
            #expect(!answer.text.contains("http:") && !answer.text.contains("https:"))
            #expect(answer.text.firstMatch(of: /\son[a-z]+=|\sstyle=|javascript:/) == nil)
            #expect(try await server.get("/icon.svg").headers.first(name: "content-type") == "image/svg+xml")
        }
    }

    @Test func `no text from the database becomes markup`() async throws {
        let evil =
            "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\"\u{301} onfocus=\u{202E}&amp;{{fault}}\u{0}"
        let key = ResourceKey(.node, "node_" + evil)
        let event = Event(
            key: key, firstRevision: 1, number: 1, severity: .warning, reason: evil, message: evil,
            at: Timestamp(milliseconds: 0))
        let condition = [(Condition.ConditionType.stalled, Condition.Status.yes, evil, evil)]
        let store = ScannedStore(
            [
                .made(.nodePool, "pool_" + evil, name: evil, condition),
                .made(.node, key.id, name: evil, condition) { $0.poolID = evil },
                ScanRow(key: ResourceKey(.node, "node_z"), desired: nil, observed: nil, status: nil, unreadable: evil),
            ], events: [event])
        var decision = ScalingDecision.made(1, 2, .usageHigh)
        decision.coming = [key.id]
        var set = SetStatus(evil, directory: evil, syncedBy: evil)
        set.attempted = SetSnapshot(
            digest: evil, commit: evil, branch: evil, files: 1, documents: 1, at: Timestamp(milliseconds: 0))
        set.applied = set.attempted
        set.conditions = [.made(.synced, .no, evil, evil), .made(.pruneBlocked, .yes, evil, evil + "2")]
        set.blocked = PruneBlock(digest: evil, objects: [], reason: .overBudget, message: evil)
        store.set { [set] in
            $0.sets = [set]
            $0.decisions = [
                ScalingRecord(
                    poolID: "pool_" + evil, firstRevision: 1, number: 1, at: Timestamp(milliseconds: 0),
                    decision: decision)
            ]
        }
        try await Serving.run([Self.page(store).add(to:)]) { server in
            let query = evil.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            for path in ["/", "/?pool=" + query] {
                let text = try await server.get(path).text
                // What the templates say is all there is: one script, no image, no handler.
                #expect(text.components(separatedBy: "<script").count == 2)
                #expect(!text.contains("<img"))
                #expect(!text.contains("\u{202E}") && !text.contains("\u{0}"))
                // In quotes it is a value, and all quotes are the templates'.
                let bare = text.replacing(/"[^"]*"/, with: "")
                #expect(bare.firstMatch(of: /<[^>]*\sonfocus=/) == nil)
                #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            }
        }
    }

    @Test func `a pool's wanted size and the last decisions are shown, newest first`() async throws {
        let store = ScannedStore([
            .made(.nodePool, "pool_a") {
                var scaling = PoolScaling()
                scaling.last = .made(4, 6, .usageHigh)
                $0.scaling = scaling
            },
            .made(.nodePool, "pool_b"),
        ])
        let noon = Timestamp(milliseconds: 1_767_225_600_000)
        store.set {
            $0.decisions = (Int64(1)...25).map { number in
                var decision = ScalingDecision.made(number, number + 1, .usageHigh)
                decision.coming = (0..<5).map { "node_\($0)" }
                return ScalingRecord(
                    poolID: "pool_a", firstRevision: 1, number: number, at: noon.advanced(seconds: number),
                    decision: decision)
            }
        }
        try await Serving.run([Self.page(store).add(to:)]) { server in
            let text = try await server.get("/").text
            #expect(text.contains("6 wanted: usage is at or above the upper threshold"))
            #expect(text.components(separatedBy: " wanted: ").count == 2)
            #expect(text.contains("25 → 26") && text.contains("6 → 7") && !text.contains(">5 → 6<"))
            let (newest, oldest) = (text.ranges(of: "25 → 26"), text.ranges(of: ">6 → 7<"))
            #expect(newest.count == 1 && oldest.count == 1 && newest[0].lowerBound < oldest[0].lowerBound)
            #expect(text.contains("activated: node_0, node_1, node_2 and 2 more"))
            #expect(text.contains("<span class=\"reason\">UsageHigh</span>"))
        }
    }

    @Test func `how a pool is scaled is no fault of it, unless it can't be`() {
        func badges(_ conditions: [(Condition.ConditionType, Condition.Status, String)]) -> [String] {
            let fine: [(Condition.ConditionType, Condition.Status, String, String)] = [
                (.synced, .yes, "", ""), (.ready, .yes, "", ""),
            ]
            let row = ScanRow.made(.nodePool, "pool_a", fine + conditions.map { ($0.0, $0.1, $0.2, "") })
            var fleet = FleetSnapshot(at: Timestamp(milliseconds: 0))
            fleet.pools = [FleetSnapshot.Item(row)]
            let model = PoolsModel(LiveFleet.State(fleet: fleet))
            return model.rows[0].badges.map { "\($0.tone) \($0.text)" }
        }
        #expect(
            badges([
                (.ableToScale, .yes, "ReadyForNewScale"), (.scalingActive, .yes, "ValidMetrics"),
                (.scalingLimited, .no, "DesiredWithinRange"), (.forecast, .no, "Persistence"),
            ]) == ["good Ready"])
        #expect(
            badges([(.ableToScale, .no, "CooldownActive"), (.scalingLimited, .yes, "TooFewNodes")])
                == ["calm not AbleToScale", "calm ScalingLimited"])
        #expect(
            badges([(.ableToScale, .no, "BackoffActive"), (.scalingActive, .no, "MetricsUnavailable")])
                == ["warn not AbleToScale", "warn not ScalingActive"])
    }

    @Test func `a filter narrows the nodes`() async throws {
        let rows = ["a", "b"].flatMap { pool in
            [ScanRow.made(.nodePool, "pool_\(pool)"), .made(.node, "node_in-\(pool)") { $0.poolID = "pool_\(pool)" }]
        }
        try await Serving.run([Self.page(ScannedStore(rows)).add(to:)]) { server in
            let all = try await server.get("/?pool=").text
            #expect(all.contains("node_in-a") && all.contains("node_in-b"))
            let one = try await server.get("/?pool=pool_b").text
            #expect(!one.contains("node_in-a") && one.contains("node_in-b"))
            #expect(one.contains("<option value=\"pool_b\" selected>"))
            #expect(try await server.get("/?pool=nonsense").text.contains("There is no pool of that name."))
        }
    }

    @Test func `a store that is away is said, and what was known still stands`() async throws {
        let store = ScannedStore([.made(.nodePool, "pool_a")])
        try await Serving.run([Self.page(store).add(to:)]) { server in
            #expect(!(try await server.get("/").text.contains("role=\"alert\"")))
            store.set { $0.fault = .unavailable("away") }
            var text = ""
            while !text.contains("role=\"alert\"") { text = try await server.get("/").text }
            #expect(text.contains("MongoDB does not answer") && text.contains("pool_a"))
        }
    }

    @Test func `what changes is sent, and nothing else`() async throws {
        let store = ScannedStore([.made(.nodePool, "pool_a"), .made(.node, "node_a")])
        try await Serving.run([Self.page(store).add(to:)]) { server in
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/live"), timeout: .seconds(60))
            #expect(response.headers.first(name: "content-type") == "text/event-stream")
            var events = ServerSentEvents(response.body)
            var first: Set<String> = []
            while first.count < 6 { first.insert(try await events.next().name) }
            #expect(first == ["overview", "sets", "pools", "nodes", "decisions", "events"])
            store.set { $0.rows[1] = .made(.node, "node_renamed") }
            let second = try await events.next()
            #expect(second.name == "nodes")
            #expect(second.data.contains("node_renamed") && !second.data.contains("node_a<"))
        }
    }

    @Test func `only so many may watch, and who leaves makes room`() async throws {
        let page = try Self.page(ScannedStore()) { $0.maxViewers = 1 }
        try await Serving.run([page.add(to:)]) { server in
            let request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/live")
            let client = HTTPClient()
            let first = try await client.execute(request, timeout: .seconds(60))
            var events = ServerSentEvents(first.body)
            _ = try await events.next()
            let second = try await server.get("/live")
            #expect(second.status == 503 && second.headers.first(name: "retry-after") == "30")
            try await client.shutdown()
            // Not without a pause: who asks all the time makes each look, and so the next, later.
            try await eventually("there is room again", within: .seconds(120)) {
                try await HTTPClient.shared.execute(request, timeout: .seconds(60)).status.code == 200
            }
        }
    }

    @Test func `nobody looks while nobody watches`() async throws {
        let store = ScannedStore()
        let fleet = LiveFleet(store, settings: LiveFleet.Settings(interval: .milliseconds(5)))
        #expect(await !fleet.isLooking)
        let watching = try #require(await fleet.watch())
        let viewer = Task { for await _ in watching {} }
        try await eventually("looks", within: .seconds(60)) { store.state.withLock(\.scans) > 4 }
        #expect(await fleet.isLooking)
        viewer.cancel()
        try await eventually("no look", within: .seconds(60)) { await !fleet.isLooking }
    }
}

/// Reads a stream of events as a browser does.
struct ServerSentEvents {
    struct Event {
        var name = ""
        var data = ""
    }

    private var body: HTTPClientResponse.Body.AsyncIterator
    private var text = ""

    init(_ body: HTTPClientResponse.Body) { self.body = body.makeAsyncIterator() }

    struct Ended: Error {}

    mutating func next() async throws -> Event {
        while true {
            if let end = text.range(of: "\n\n") {
                let lines = text[..<end.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
                text = String(text[end.upperBound...])
                var event = Event()
                for line in lines {
                    if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                    if line.hasPrefix("data: ") { event.data += line.dropFirst(6) + "\n" }
                }
                if !event.name.isEmpty { return event }
                continue
            }
            guard let more = try await body.next() else { throw Ended() }
            text += String(buffer: more)
        }
    }
}

extension ScalingDecision {
    static func made(_ current: Int64, _ desired: Int64, _ reason: ScalingReason) -> ScalingDecision {
        ScalingDecision(
            current: current, want: desired, desired: desired, reason: reason, steps: [], timers: ScalingTimers(),
            conditions: ScalingConditions())
    }
}
