package import Fleet

/// One run of the program that an operator gave to `--on-status`.
package struct HookCall: Hashable, Sendable {
    package enum Action: String, Hashable, Sendable {
        /// The node became active: work may come.
        case start
        /// The node is to be emptied.
        case drain
        /// The node is not used.
        case stop
    }

    package var status: NodeState
    /// What the program was told before; nil if nothing since the agent started.
    package var previous: NodeState?
    package var drainingSince: Timestamp?

    package init(status: NodeState, previous: NodeState?, drainingSince: Timestamp?) {
        self.status = status
        self.previous = previous
        self.drainingSince = drainingSince
    }

    package var action: Action {
        switch status {
        case .active: .start
        case .maintenance: drainingSince == nil ? .stop : .drain
        case .inactive, .error: .stop
        }
    }

    /// Whether it says the same; what was before doesn't matter.
    func isSame(as other: HookCall?) -> Bool {
        status == other?.status && drainingSince == other?.drainingSince
    }
}

/// When the status hook runs.
///
/// One run at a time; after it, the latest status if that is another. A run that fails is tried again, later and
/// later, as long as its status stands. The first status that an agent learns counts as a change: the machine may have
/// come back from anywhere.
struct HookState: Sendable {
    private(set) var running: HookCall?
    private var wanted: HookCall?
    /// The last that succeeded.
    private var done: HookCall?
    /// What the program was told last, whatever came of it.
    private var told: NodeState?
    private var failures = 0
    private(set) var notBefore: Duration?

    mutating func learned(_ status: NodeState, drainingSince: Timestamp?) {
        let call = HookCall(status: status, previous: nil, drainingSince: drainingSince)
        guard !call.isSame(as: wanted) else { return }
        wanted = call
        failures = 0
        notBefore = nil
    }

    /// What is to be run now, if anything.
    mutating func next(at now: Duration) -> HookCall? {
        guard running == nil, var call = wanted, !call.isSame(as: done), notBefore.map({ $0 <= now }) ?? true else {
            return nil
        }
        call.previous = told
        told = call.status
        running = call
        notBefore = nil
        return call
    }

    /// Returns in how long it is tried again, if it failed and its status still stands.
    mutating func ended(well: Bool, at now: Duration, chance: Double) -> Duration? {
        guard let call = running else { return nil }
        running = nil
        if well {
            done = call
            return nil
        }
        done = nil
        guard call.isSame(as: wanted) else { return nil }
        failures += 1
        let delay = Backoff.delay(failures: failures, chance: chance)
        notBefore = now + delay
        return delay
    }

    /// The drain that the program has finished, while it still is what is wanted.
    var drained: Timestamp? {
        guard let done, done.action == .drain, done.isSame(as: wanted) else { return nil }
        return done.drainingSince
    }
}
