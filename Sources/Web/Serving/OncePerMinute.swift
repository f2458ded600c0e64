/// What was told lately, so that it is not told again: of each thing once a minute.
struct OncePerMinute<Thing: Hashable & Sendable>: Sendable {
    static var period: Duration { .seconds(60) }

    private var told: [Thing: ContinuousClock.Instant] = [:]

    var count: Int { told.count }

    /// Whether it is time; then it counts as told.
    mutating func mayTell(_ thing: Thing, now: ContinuousClock.Instant) -> Bool {
        guard !isFresh(thing, now: now) else { return false }
        told[thing] = now
        return true
    }

    func isFresh(_ thing: Thing, now: ContinuousClock.Instant) -> Bool {
        told[thing].map { $0.duration(to: now) < Self.period } ?? false
    }

    mutating func forgetOld(now: ContinuousClock.Instant) {
        told = told.filter { $0.value.duration(to: now) < Self.period }
    }
}
