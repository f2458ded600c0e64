import Fleet
import Planning

/// What is kept in memory of one scaled pool, so that a look decides about it without reading anything.
struct ScaledPool: Sendable {
    private(set) var reading: PoolReading
    private(set) var load: PoolLoad
    private(set) var scaler: PoolScaler
    /// The nodes whose samples count.
    private(set) var measured: [String: Timestamp]
    /// Its window began empty: what is stored of it is to be gone through.
    private(set) var lacksHistory = true
    /// A batch found nothing to write though the look wanted something: asked again then, not at each look.
    var heldUntil: Timestamp?

    init?(_ reading: PoolReading) {
        guard let scaler = reading.scaler else { return nil }
        self.reading = reading
        self.scaler = scaler
        load = PoolLoad(scaler.policy)
        measured = scaler.measured(reading.members)
        load.measure(measured)
    }

    /// False if nobody wants the pool scaled any more.
    mutating func take(_ next: PoolReading) -> Bool {
        guard let scaler = next.scaler else { return false }
        if !load.serves(scaler.policy) { (load, lacksHistory) = (PoolLoad(scaler.policy), true) }
        (reading, self.scaler) = (next, scaler)
        measured = scaler.measured(next.members)
        load.measure(measured)
        heldUntil = nil
        return true
    }

    /// Takes over what was made of the stored samples, unless another window is wanted by now.
    mutating func install(_ rebuilt: PoolLoad) {
        guard lacksHistory, rebuilt.serves(scaler.policy) else { return }
        (load, lacksHistory) = (rebuilt, false)
        load.measure(measured)
    }

    /// Its samples are to be gone through again: some were not read when they were new.
    mutating func forgetHistory() { (load, lacksHistory) = (PoolLoad(scaler.policy), true) }

    mutating func add(_ sample: NodeLoad, now: Timestamp) -> Bool { load.add(sample, now: now) }

    mutating func situation(_ now: Timestamp) -> ScalingSituation {
        load.advance(to: now)
        return ScalingSituation(
            members: reading.members, window: load.window, sampleInterval: load.sampleInterval,
            standing: reading.standing)
    }

    /// Whether a decision now would leave something else in the pool's status.
    mutating func wantsDecision(_ now: Timestamp) -> Bool {
        guard !reading.rests(at: now), heldUntil.map({ $0 <= now }) ?? true else { return false }
        // A pass that could not come so far, or a pause, took the conditions away.
        let said = reading.status?[.ableToScale]?.reason
        if said == nil || said == ScalingReason.paused.rawValue { return true }
        return scaler.step(situation(now), now: now).next != reading.status?.scaling
    }
}
