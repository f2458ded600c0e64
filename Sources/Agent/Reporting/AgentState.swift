package import Fleet

/// Everything that an agent decides: what is sent when, what is kept, when the hook runs, what is told.
///
/// Pure: events come in with the time of a steady clock, actions go out. Laws:
/// - One request at a time, so that reports arrive in order. What failed is sent again from the first report that
///   isn't durable.
/// - After a failure it waits, longer each time, or as long as the server asks. A refused token or node is asked again,
///   too, at last about once a minute: a machine may be there before its node, and an operator may mend it.
/// - An answer of another ingest than the last brought the reports nowhere: they are sent again, after a time that grows
///   with such answers in a row.
/// - Until the server's clock is known one report is sent at a time, because its instant may be wrong.
/// - A report that the server will never take is given up, so that it doesn't hold back the others.
/// - A thing is told when it changes, never once a report.
package struct AgentState: Sendable {
    package struct Settings: Sendable {
        /// Most reports that are kept.
        package var bufferLimit = 5_760
        package var hasHook = false

        package init() {}
    }

    package enum Event: Sendable {
        /// A measurement, as the members of a report.
        case measured(String)
        case answered(Answer)
        case woke
        case hookEnded(well: Bool)
        /// Ends, but may send once more.
        case stopping
    }

    package enum Action: Hashable, Sendable {
        case send(Request)
        /// Come back then with `woke`.
        case wake(at: Duration)
        case measure
        case run(HookCall)
        case tell(Notice)
        case end
    }

    package struct Request: Hashable, Sendable {
        package var body: String
        /// The drain that is acknowledged with it.
        package var drained: Timestamp?
        /// The ingest's life that took the former reports. A later one takes nothing for which this is not told: what it
        /// took first would make doubles of the reports before it.
        package var ingest: String?
    }

    package struct Notice: Hashable, Sendable {
        package var isWarning: Bool
        package var text: String
    }

    private struct Flight: Sendable {
        var batch: ReportBuffer.Batch
        var sentAt: Duration
    }

    /// What keeps reports from being taken; told once each.
    private enum Trouble: Hashable {
        case noAnswer
        case refused(Int)
    }

    /// Most reports in a request.
    static let mostReports = 500
    /// Below the MiB that a request may have.
    static let mostBytes = 1_000_000
    static let stopLimit: Duration = .seconds(3)
    /// Counted for the pause after answers of other ingests: 16 s at most, so that a node's heartbeats still count.
    static let mostChanges = 5
    /// Smaller differences of clocks are not told.
    static let clockTolerance: Int64 = 2_000
    /// So that many wrong reports are no flood.
    static let pauseAfterGivingUp: Duration = .milliseconds(100)

    private let settings: Settings
    private let chance: @Sendable () -> Double
    private var buffer: ReportBuffer
    private var clock: ReportClock
    private var hook = HookState()
    private var flight: Flight?
    private var notBefore: Duration?
    private var nextWake: Duration?
    private var failures = 0
    /// Answers in a row that each came from another ingest than the one before.
    private var changes = 0
    /// Most reports in the next request: grows with each that is taken.
    private var batchLimit = 1
    private var trouble: Trouble?
    private var hasTold: (overflow: Bool, givenUp: Bool) = (false, false)
    private var ingest: String?
    private var standing: (status: NodeState, drainingSince: Timestamp?)?
    private var stopBy: Duration?

    /// - Parameters:
    ///   - origin: what the machine's wall clock showed when the steady clock stood at zero.
    ///   - chance: a number from 0 to 1, another each time.
    package init(
        _ settings: Settings = Settings(), origin: Timestamp, chance: @escaping @Sendable () -> Double
    ) {
        self.settings = settings
        self.chance = chance
        buffer = ReportBuffer(limit: settings.bufferLimit)
        clock = ReportClock(origin: origin)
    }

    /// How many reports are kept.
    package var kept: Int { buffer.count }

    package mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .measured(let members): actions += measured(members, now)
        case .answered(let answer): actions += answered(answer, now)
        case .hookEnded(let well): actions += hookEnded(well, now)
        case .stopping: stopBy = stopBy ?? now + AgentState.stopLimit
        case .woke: break
        }
        return actions + next(now)
    }

    private mutating func measured(_ members: String, _ now: Duration) -> [Action] {
        guard buffer.append(measuredAt: now, members), !hasTold.overflow else { return [] }
        hasTold.overflow = true
        return [.warn("\(buffer.limit) reports are kept; from now on the oldest are lost")]
    }

    // MARK: What is to be done

    private mutating func next(_ now: Duration) -> [Action] {
        var actions: [Action] = []
        if let stopBy {
            if flight == nil && (buffer.dueCount == 0 || trouble != nil) || now >= stopBy { return [.end] }
        } else if settings.hasHook, let call = hook.next(at: now) {
            actions.append(.run(call))
        }
        if flight == nil, notBefore.map({ $0 <= now }) ?? true,
            let batch = buffer.batch(count: batchLimit, bytes: AgentState.mostBytes, clock: clock)
        {
            notBefore = nil
            flight = Flight(batch: batch, sentAt: now)
            actions.append(.send(Request(body: batch.body, drained: hook.drained, ingest: ingest)))
        }
        let wakes = [flight == nil && buffer.dueCount > 0 ? notBefore : nil, hook.notBefore, stopBy]
        let wake = wakes.compactMap(\.self).filter { $0 > now }.min()
        if let wake, wake != nextWake { actions.append(.wake(at: wake)) }
        nextWake = wake
        return actions
    }

    // MARK: Answers

    private mutating func answered(_ answer: Answer, _ now: Duration) -> [Action] {
        guard let flight else { return [] }
        self.flight = nil
        switch answer {
        case .taken(let receipt): return taken(receipt, flight, now)
        case .refused(let refusal): return refused(refusal, flight, now)
        case .none(let why):
            buffer.sendAgain()
            failures += 1
            notBefore = now + Backoff.delay(failures: failures, chance: chance())
            return tell(.noAnswer, "reports can't be sent, and are kept: \(why)")
        }
    }

    private mutating func taken(_ receipt: Receipt, _ flight: Flight, _ now: Duration) -> [Action] {
        let isFirst = !clock.isLearned
        var (actions, ahead) = learned(receipt.time, flight, now)
        if isFirst && ahead < 0 && receipt.accepted < flight.batch.numbers.count {
            // Of a time that this node's former reports had passed already: no doubles, as the server has to think. (If
            // it is one, because an answer was lost, one report is stored twice.)
            buffer.stampAnew()
        } else {
            buffer.taken(flight.batch, durableUntil: receipt.durableUntil)
            batchLimit = min(batchLimit * 2, AgentState.mostReports)
        }
        answered(by: receipt.ingest, now)
        if trouble != nil {
            actions.append(.tell(Notice(isWarning: false, text: "reports are taken again, \(buffer.dueCount) are due")))
        }
        trouble = nil
        failures = 0
        if buffer.dueCount == 0 { hasTold = (false, false) }
        actions += learned(receipt)
        return actions
    }

    /// Another ingest than the last knows nothing of what that one took. A balancer that spreads requests over several
    /// must not make the agent spin.
    private mutating func answered(by life: String, _ now: Duration) {
        let isOther = ingest.map { $0 != life } ?? false
        ingest = life
        changes = isOther ? changes + 1 : 0
        guard isOther else { return }
        buffer.sendAgain()
        notBefore = now + Backoff.delay(failures: min(changes, AgentState.mostChanges), chance: chance())
    }

    /// Returns by how many milliseconds the clock was ahead.
    private mutating func learned(
        _ time: Timestamp, _ flight: Flight, _ now: Duration
    ) -> (actions: [Action], ahead: Int64) {
        let ahead = clock.learn(time, sent: flight.sentAt, received: now)
        guard abs(ahead) >= AgentState.clockTolerance else { return ([], ahead) }
        let seconds = (Double(abs(ahead)) / 1000).rounded(toPlaces: 1)
        let warning = Action.warn(
            "this machine's clock is \(seconds) s \(ahead > 0 ? "ahead of" : "behind") the server's; "
                + "reports are stamped by the server's")
        return ([warning], ahead)
    }

    private mutating func learned(_ receipt: Receipt) -> [Action] {
        guard let status = receipt.status else { return [] }
        let since = receipt.drainingSince
        if settings.hasHook { hook.learned(status, drainingSince: since) }
        guard standing?.status != status || standing?.drainingSince != since else { return [] }
        let former = standing.map { " (was \($0.status.rawValue))" } ?? ""
        standing = (status, since)
        let draining = since.map { ", draining since \($0)" } ?? ""
        return [.tell(Notice(isWarning: false, text: "the node's status is \(status.rawValue)\(draining)\(former)"))]
    }

    private mutating func refused(_ refusal: Refusal, _ flight: Flight, _ now: Duration) -> [Action] {
        switch refusal.status {
        case 400, 413, 422: return unacceptable(refusal, flight, now)
        case 401, 403, 404:
            // It may be about to be declared, or mended by an operator at some time.
            failures += 1
            let (failures, chance) = (failures, chance())
            let asked = refusal.retryAfter.map { Backoff.spread($0, chance: chance) }
            notBefore = now + (asked ?? Backoff.delay(failures: failures, chance: chance))
            return tell(.refused(refusal.status), "reports are refused, and kept: \(refusal.text)")
        default:
            // An ingest that fails may have lost what it took.
            if refusal.status >= 500 { buffer.sendAgain() }
            failures += 1
            let (failures, chance) = (failures, chance())
            let asked = refusal.retryAfter.map { Backoff.delay(asked: $0, failures: failures, chance: chance) }
            notBefore = now + (asked ?? Backoff.delay(failures: failures, chance: chance))
            return tell(.refused(refusal.status), "reports are not taken, and kept: \(refusal.text)")
        }
    }

    /// The server won't take these whenever they come: with a wrong clock they are stamped anew, of several the wrong
    /// ones are looked for, and one alone is given up.
    private mutating func unacceptable(_ refusal: Refusal, _ flight: Flight, _ now: Duration) -> [Action] {
        if let time = refusal.time {
            let (actions, ahead) = learned(time, flight, now)
            if abs(ahead) >= AgentState.clockTolerance {
                buffer.stampAnew()
                return actions
            }
        }
        let count = flight.batch.numbers.count
        guard count == 1 else {
            batchLimit = max(count / 2, 1)
            return []
        }
        buffer.giveUp(flight.batch)
        notBefore = now + AgentState.pauseAfterGivingUp
        guard !hasTold.givenUp else { return [] }
        hasTold.givenUp = true
        return [.warn("a report is given up, and so are others like it: \(refusal.text)")]
    }

    private mutating func tell(_ trouble: Trouble, _ text: String) -> [Action] {
        defer { self.trouble = trouble }
        return self.trouble == trouble ? [] : [.warn(text)]
    }

    // MARK: The hook

    private mutating func hookEnded(_ well: Bool, _ now: Duration) -> [Action] {
        let call = hook.running
        let delay = hook.ended(well: well, at: now, chance: chance())
        guard let call else { return [] }
        if !well {
            let later = delay.map { "; tried again in \(max($0.components.seconds, 1)) s" } ?? ""
            return [.warn("the status hook failed on `\(call.action.rawValue)`\(later)")]
        }
        let notice = Action.tell(Notice(isWarning: false, text: "the status hook has done `\(call.action.rawValue)`"))
        // A drain is acknowledged at once, not when the next report is due.
        return [notice] + (hook.drained != nil && stopBy == nil ? [.measure] : [])
    }
}

extension AgentState.Action {
    static func warn(_ text: String) -> AgentState.Action {
        .tell(AgentState.Notice(isWarning: true, text: text))
    }
}

extension Refusal {
    fileprivate var text: String { "\(status)" + (reason.isEmpty ? "" : " \(reason)") }
}
