import FleetStore
import Logging
import MemoryStore
import Synchronization
import Testing

@testable import Engine

/// Who leads, by clocks that the test moves.
@Suite(.timeLimit(.minutes(5))) struct LeaseTests {
    private let clock = SteppedClock()
    private let store = InMemoryStore()

    private func keeper(_ instance: String, _ leases: (any LeaseStore)? = nil) -> LeaseKeeper {
        LeaseKeeper(
            leases: leases ?? store, clock: clock, tuning: Tuning(), instance: instance,
            progress: DaemonProgress(clock), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `a standby takes over when the lease was not renewed for fifteen seconds, not before`() async throws {
        let first = try await keeper("a").acquire(restarted: true)
        let standby = Task { [self] in try await keeper("b").acquire(restarted: true) }
        try await clock.advance(seconds: 14, sleepers: 1)
        #expect(store.currentLease == first)
        _ = try store.renew(first)
        // It is seen by the next look, and the fifteen seconds begin again then.
        try await clock.advance(seconds: 16, sleepers: 1)
        #expect(store.currentLease?.holder == "a")
        clock.advance(by: .seconds(2))
        let taken = try await standby.value
        #expect(taken == Lease(holder: "b", epoch: 2, renewals: 0))
    }

    @Test func `a lease that was given up is taken at the next look`() async throws {
        let first = try await keeper("a").acquire(restarted: true)
        let standby = Task { [self] in try await keeper("b").acquire(restarted: true) }
        try await clock.waitForSleepers(1)
        try store.release(first)
        clock.advance(by: .seconds(2))
        #expect(try await standby.value.epoch == 2)
    }

    @Test func `a restart of the same instance takes over from itself at once`() async throws {
        _ = try await keeper("a").acquire(restarted: true)
        let second = try await keeper("a").acquire(restarted: true)
        #expect(second.epoch == 2)
        #expect(clock.uptime() == .zero)
    }

    @Test func `who stood down takes its own lease again at once, unless another had it in between`() async throws {
        let first = try await keeper("a").acquire(restarted: true)
        // It could not be renewed for a while: MongoDB was away.
        clock.advance(by: .seconds(12))
        let second = try await keeper("a").acquire(restarted: false, former: first)
        #expect(second == Lease(holder: "a", epoch: 2, renewals: 0))
        let other = try await keeper("a").acquire(restarted: true)
        let waiting = Task { [self] in try await keeper("a").acquire(restarted: false, former: second) }
        try await clock.advance(seconds: 10, sleepers: 1)
        #expect(store.currentLease == other)
        waiting.cancel()
    }

    @Test func `two processes of one name change once and do not flap`() async throws {
        let old = try await keeper("a").acquire(restarted: true)
        let new = try await keeper("a").acquire(restarted: true)
        let holding = Task { [self] in try await keeper("a").hold(new) }
        let beaten = Task { [self] in try await keeper("a").hold(old) }
        try await clock.waitForSleepers(2)
        clock.advance(by: .seconds(2))
        #expect(try await beaten.value == "another daemon took the lease")
        // What has led before waits as anybody else does.
        let waiting = Task { [self] in try await keeper("a").acquire(restarted: false) }
        try await clock.advance(seconds: 60, sleepers: 2)
        #expect(store.currentLease?.epoch == new.epoch)
        waiting.cancel()
        holding.cancel()
    }

    @Test func `a renewal whose answer was lost is no take-over`() async throws {
        let leases = UnsureLeases(store)
        let lease = try await keeper("a", leases).acquire(restarted: true)
        let holding = Task { [self] in try await keeper("a", leases).hold(lease) }
        leases.behaviour = .writesAndFails
        try await clock.advance(seconds: 2, sleepers: 1)
        #expect(store.currentLease?.renewals == 1)
        leases.behaviour = .works
        try await clock.advance(seconds: 30, sleepers: 1)
        #expect(store.currentLease?.epoch == lease.epoch)
        #expect(store.currentLease?.renewals ?? 0 > 10)
        holding.cancel()
    }

    @Test(arguments: [UnsureLeases.Behaviour.writesAndFails, .fails])
    func `without a good renewal the leader stands down at its deadline`(behaviour: UnsureLeases.Behaviour) async throws
    {
        let leases = UnsureLeases(store)
        let lease = try await keeper("a", leases).acquire(restarted: true)
        let holding = Task { [self] in try await keeper("a", leases).hold(lease) }
        leases.behaviour = behaviour
        try await clock.advance(seconds: 9, sleepers: 1)
        clock.advance(by: .seconds(1))
        #expect(try await holding.value == "no renewal for \(Tuning().renewalDeadline)")
        #expect(clock.uptime() == .seconds(10))
    }

    @Test func `a renewal that never answers does not hold up the deadline`() async throws {
        let leases = UnsureLeases(store)
        let lease = try await keeper("a", leases).acquire(restarted: true)
        let holding = Task { [self] in try await keeper("a", leases).hold(lease) }
        leases.behaviour = .hangs
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(2))
        try await clock.waitForSleepers(1, upTo: .seconds(8))
        clock.advance(by: .seconds(8))
        #expect(try await holding.value == "no renewal for \(Tuning().renewalDeadline)")
        leases.behaviour = .works
    }

    @Test(arguments: [StoreError.refused("no rights"), .notPrepared("no fences")])
    func `what never worked is told at once`(error: StoreError) async throws {
        let leases = UnsureLeases(store)
        leases.behaviour = .refuses(error)
        await #expect(throws: error) { try await keeper("a", leases).acquire(restarted: true) }
    }

    @Test(arguments: [StoreError.refused("no rights"), .notPrepared("no fences")])
    func `a daemon whose first leadership is refused ends, and gives the lease back`(error: StoreError) async throws {
        let watched = WatchedStore(store)
        watched.fail(error)
        let daemon = Daemon(
            Daemon.Parts(instance: "a", store: watched, laneCount: 4, clock: clock),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await #expect(throws: error) { try await daemon.run() }
        #expect(store.currentLease?.epoch == 1)
        #expect(store.currentLease?.holder == "")
    }
}

/// A lease whose renewals come to nothing, or to more than is known.
final class UnsureLeases: LeaseStore {
    enum Behaviour: Sendable, Hashable {
        case works, fails, writesAndFails, hangs
        case refuses(StoreError)
    }

    private let base: InMemoryStore
    private let current = Mutex(Behaviour.works)

    init(_ base: InMemoryStore) { self.base = base }

    var behaviour: Behaviour {
        get { current.withLock(\.self) }
        set { current.withLock { $0 = newValue } }
    }

    func renew(_ held: Lease) async throws(StoreError) -> Lease? {
        switch behaviour {
        case .works: return try base.renew(held)
        case .refuses(let error): throw error
        case .fails: throw .unavailable("made up")
        case .writesAndFails:
            _ = try base.renew(held)
            throw .unavailable("made up")
        case .hangs:
            while behaviour == .hangs { try? await ContinuousClock().sleep(for: .milliseconds(1)) }
            throw .unavailable("made up")
        }
    }

    func lease() throws(StoreError) -> Lease? {
        if case .refuses(let error) = behaviour { throw error }
        return try base.lease()
    }

    func take(_ seen: Lease?, as holder: String) throws(StoreError) -> Lease? { try base.take(seen, as: holder) }
    func release(_ held: Lease) throws(StoreError) { try base.release(held) }
    func raiseFences(to held: Lease) throws(StoreError) { try base.raiseFences(to: held) }
}
