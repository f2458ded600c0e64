import Agent
import Fleet
import Foundation

/// An ingest that does what the wire says, as a value: it drops what it has seen, stores a sample once a minute, and
/// loses what it hasn't stored at its death, or when the node's former report went to another.
struct PretendedIngest {
    /// What its clock shows when the agent's steady clock stands at zero.
    var origin = Timestamp(milliseconds: 1_700_000_000_000)
    var life = 1
    var status: NodeState? = .active
    var drainingSince: Timestamp?
    /// Reports further off than this are refused, if they are in the future.
    var mostAhead: Int64 = 60_000
    /// Refuses reports whose usage is this.
    var poison: Int?

    /// The measurements that are stored, each by its number.
    private(set) var stored: [Int] = []
    private(set) var acknowledged: [Timestamp] = []
    private var taken: [(at: Timestamp, number: Int)] = []
    private var lastTaken: Timestamp?
    /// Reports up to here are stored.
    var lastStored: Timestamp?

    init(life: Int = 1) { self.life = life }

    func time(at uptime: Duration) -> Timestamp {
        Timestamp(milliseconds: origin.milliseconds + uptime.milliseconds)
    }

    mutating func die() {
        life += 1
        taken = []
        lastTaken = nil
    }

    mutating func answer(_ request: AgentState.Request, at uptime: Duration) -> Answer {
        let now = time(at: uptime)
        let reports = Self.reports(request.body)
        if reports.contains(where: { $0.at.milliseconds > now.milliseconds + mostAhead }) {
            let problem = "{\"status\":422,\"title\":\"clock skew\",\"time\":\"\(now)\"}"
            return .refused(Refusal(status: 422, retryAfter: nil, body: Array(problem.utf8)))
        }
        if reports.contains(where: { $0.number == poison }) { return .refused(Refusal(status: 422, reason: "poison")) }
        let isOther = request.ingest.map { $0 != "life \(life)" } ?? false
        if isOther {
            taken = []
            lastTaken = lastStored
        }
        var accepted = 0
        for report in reports where !isOther {
            guard report.at > lastTaken ?? Timestamp(milliseconds: 0),
                report.at > lastStored ?? Timestamp(milliseconds: 0)
            else { continue }
            lastTaken = report.at
            accepted += 1
            taken.append(report)
            if let first = taken.first, report.at.seconds(since: first.at) >= 60 {
                stored += taken.map(\.number)
                lastStored = report.at
                taken = []
            }
        }
        if let drained = request.drained { acknowledged.append(drained) }
        return .taken(
            Receipt(
                accepted: accepted, time: now, durableUntil: lastStored, ingest: "life \(life)", status: status,
                drainingSince: drainingSince))
    }

    /// The tests' measurements are `"cpu":{"usage_percent":NUMBER}`.
    static func reports(_ body: String) -> [(at: Timestamp, number: Int)] {
        struct Report: Decodable {
            struct Processor: Decodable { var usagePercent: Int }
            var timestamp: String
            var cpu: Processor
        }
        let text = body.hasPrefix("[") ? body : "[\(body)]"
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let reports = (try? decoder.decode([Report].self, from: Data(text.utf8))) ?? []
        return reports.map { (Timestamp(rfc3339: $0.timestamp) ?? Timestamp(milliseconds: 0), $0.cpu.usagePercent) }
    }
}

/// An agent and its ingest on one clock that only tests move.
struct Simulation {
    var agent: AgentState
    var ingest = PretendedIngest()
    /// One that answers instead of `ingest` when this says so, of the number of the request.
    var other = PretendedIngest(life: 1001)
    var goesToOther: (Int) -> Bool = { _ in false }
    /// Nil answers for the network while it is away.
    var isReachable = true
    /// Given instead of the ingest's answer.
    var answer: ((AgentState.Request) -> Answer?)?
    private(set) var now: Duration = .zero
    private(set) var sent: [(at: Duration, request: AgentState.Request)] = []
    private(set) var told: [String] = []
    private(set) var calls: [HookCall] = []
    private(set) var measured = 0
    private(set) var hasEnded = false
    private var wakes: [Duration] = []
    private var nextMeasurement: Duration = .seconds(1)
    /// What the hook comes to; nil while it runs.
    var hookEnds: Bool? = true

    init(_ settings: AgentState.Settings = .init(), clockAhead: Int64 = 0, chance: Double = 0.5) {
        agent = AgentState(
            settings, origin: Timestamp(milliseconds: ingest.origin.milliseconds + clockAhead), chance: { chance })
    }

    /// Lets time pass, with a measurement every 15 s and answers that take 10 ms.
    mutating func run(for time: Duration) {
        let end = now + time
        while true {
            let next = min(wakes.min() ?? nextMeasurement, nextMeasurement)
            guard next <= end else { break }
            now = max(next, now)
            if let wake = wakes.min(), wake <= now {
                wakes.removeAll { $0 <= now }
                handle(.woke)
            } else {
                nextMeasurement += .seconds(15)
                measure()
            }
        }
        now = max(now, end)
    }

    mutating func measure() {
        measured += 1
        handle(.measured("\"cpu\":{\"usage_percent\":\(measured)}"))
    }

    mutating func handle(_ event: AgentState.Event) {
        for action in agent.handle(event, at: now) {
            switch action {
            case .send(let request):
                sent.append((now, request))
                now += .milliseconds(10)
                handle(.answered(answered(request)))
            case .wake(let instant): wakes.append(instant)
            case .measure: measure()
            case .run(let call):
                calls.append(call)
                if let hookEnds { handle(.hookEnded(well: hookEnds)) }
            case .tell(let notice): told.append(notice.text)
            case .end: hasEnded = true
            }
        }
    }

    private mutating func answered(_ request: AgentState.Request) -> Answer {
        if let given = answer?(request) { return given }
        guard isReachable else { return .none("connection refused") }
        return goesToOther(sent.count) ? other.answer(request, at: now) : ingest.answer(request, at: now)
    }

    /// How often something was told.
    func told(_ text: String) -> Int { told.count { $0.contains(text) } }
}
