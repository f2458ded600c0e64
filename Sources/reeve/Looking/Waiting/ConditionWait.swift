import Fleet
import FleetStore

/// Looks at objects until all are as they should be, one of them never will be, or the time is over.
struct ConditionWait {
    enum Ending: Hashable {
        case met, failed, timedOut, missing

        var status: ExitStatus {
            switch self {
            case .met: .done
            case .missing: .differences
            case .failed: .incomplete
            case .timedOut: .timedOut
            }
        }
    }

    let keys: [ResourceKey]
    let judgement: WaitJudgement
    let store: any Store
    /// As of the last look that judged the object.
    private(set) var verdicts: [ResourceKey: WaitVerdict] = [:]
    /// Objects of which the daemon has never said anything.
    private(set) var unheard: Set<ResourceKey> = []
    private var seen: Set<ResourceKey> = []

    /// Between two looks, growing: what comes soon is seen soon, what takes long is not asked for all the time.
    private static let shortest = Duration.milliseconds(20)
    private static let longest = Duration.milliseconds(200)

    /// `declared`: all of them have been seen, so that one which is not there was deleted.
    init(keys: [ResourceKey], judgement: WaitJudgement, store: any Store, declared: Bool = false) {
        self.keys = keys
        self.judgement = judgement
        self.store = store
        if declared { seen = Set(keys) }
    }

    /// `progress` is told after each look how many of how many are there.
    mutating func run(
        for timeout: Duration, _ progress: (Int, Int) -> Void = { _, _ in }
    ) async throws -> Ending {
        let end = ContinuousClock.now + timeout
        var open = keys
        var pause = Self.shortest
        while true {
            let started = ContinuousClock.now
            let looksAtAll = open.count == keys.count
            try await look(at: open)
            if verdicts.values.contains(where: \.isFailure) { return .failed }
            if verdicts.values.contains(.missing) { return .missing }
            open = open.filter { verdicts[$0] != .met }
            progress(keys.count - open.count, keys.count)
            if open.isEmpty {
                if looksAtAll { return .met }
                // Those that were met first may not hold any more: the last word is a look at all of them.
                open = keys
                continue
            }
            let now = ContinuousClock.now
            guard now < end else { return .timedOut }
            try await Task.sleep(for: min(max(pause, now - started), end - now))
            pause = min(pause * 5 / 4, Self.longest)
        }
    }

    private mutating func look(at open: [ResourceKey]) async throws {
        let view = try await store.read(open)
        let now = judgement.endsAtPause ? try await store.serverTime() : nil
        for key in open {
            let row = ScanRow(key, in: view)
            let pause = now.flatMap { view.pause(of: key, at: $0) }
            verdicts[key] = judgement.verdict(row, wasThere: seen.contains(key), pause: pause)
            if row.desired != nil { seen.insert(key) }
            if row.desired != nil, row.currentStatus == nil {
                unheard.insert(key)
            } else {
                unheard.remove(key)
            }
        }
    }
}

extension FleetView {
    /// The pause in force, as the planner finds it: the object's own, or that of the pool a node is declared into.
    /// A deletion ends it; policies, of which nothing is written but their status, are not paused.
    func pause(of key: ResourceKey, at now: Timestamp) -> Suspension? {
        guard key.kind != .scalingPolicy, let own = desired[key], own.deletion == nil else { return nil }
        let pool = own.poolID.flatMap { desired[ResourceKey(.nodePool, $0)] }
        return own.pause(at: now) ?? pool?.pause(at: now)
    }
}

extension WaitVerdict {
    var isFailure: Bool {
        switch self {
        case .failed, .held: true
        case .met, .pending, .missing: false
        }
    }
}

/// What became of the waiting.
struct WaitReport {
    var keys: [ResourceKey]
    var verdicts: [ResourceKey: WaitVerdict]
    var goals: [WaitGoal]
    var unheard: Set<ResourceKey> = []

    private static let shown = 5

    var missing: [ResourceKey] { keys.filter { verdicts[$0] == .missing } }

    func print(_ ending: ConditionWait.Ending, _ timeout: TimeSpan, to terminal: Terminal) {
        if terminal.isStructured { return terminal.value(value) }
        let met = keys.filter { verdicts[$0] == .met }
        if ending == .met {
            let word = goals.map(\.phrase).joined(separator: ", ")
            let lines = met.map { terminal.format == .name ? $0.listed : "\($0.listed) \(word)" }
            if !lines.isEmpty { Terminal.standardOutput(lines.joined(separator: "\n") + "\n") }
        }
        if let message = message(ending, timeout) { terminal.note("error: " + message) }
    }

    /// What stands against it, by the objects' names; nil when nothing does, or what is missing is told otherwise.
    func message(_ ending: ConditionWait.Ending, _ timeout: TimeSpan) -> String? {
        switch ending {
        case .met, .missing: return nil
        case .failed:
            let failed = list { if case .failed(let why) = $0 { why } else { nil } }
            let held = list { if case .held(let why) = $0 { why } else { nil } }
            return [("failed", failed), ("held", held)].filter { !$0.1.isEmpty }
                .map { "\($0.0): \($0.1)" }.joined(separator: "; ")
        case .timedOut:
            let open = list { if case .pending(let why) = $0 { why } else { nil } }
            let met = keys.count { verdicts[$0] == .met }
            let advice = keys.allSatisfy(unheard.contains) ? "; does `reeve run` run?" : ""
            return "timed out after \(timeout), \(met) of \(keys.count) there: \(open)\(advice)"
        }
    }

    private func list(_ reason: (WaitVerdict) -> String?) -> String {
        let lines = keys.compactMap { key in verdicts[key].flatMap(reason).map { "\(key) (\($0))" } }
        let rest = lines.count > Self.shown ? " and \(lines.count - Self.shown) more" : ""
        return lines.prefix(Self.shown).joined(separator: ", ") + rest
    }

    /// `{"results":[{"kind","id","result":"met|pending|failed|held|missing","message"}]}`
    var value: FieldValue {
        let results = keys.map { key -> FieldValue in
            let (result, message): (String, String) =
                switch verdicts[key] {
                case .met: ("met", "")
                case .pending(let why): ("pending", why)
                case .failed(let why): ("failed", why)
                case .held(let why): ("held", why)
                case .missing, nil: ("missing", "")
                }
            return .members([
                ("kind", .string(key.kind.rawValue)), ("id", .string(key.id)), ("result", .string(result)),
                ("message", .string(message)),
            ])
        }
        return .members([("results", .list(results))])
    }
}

extension WaitGoal {
    var phrase: String {
        switch self {
        case .condition(let type, .yes): "is \(type.rawValue)"
        case .condition(let type, let status): "has \(type.rawValue)=\(status.rawValue)"
        case .created: "exists"
        case .deleted: "is gone"
        case .drained: "is drained"
        case .scaled(let nodes): "has \(nodes) active"
        }
    }
}
