import Fleet
import FleetStore
import Logging

/// Comes by the lease and keeps it (LOOP, "Leadership").
struct LeaseKeeper: Sendable {
    let leases: any LeaseStore
    let clock: any EngineClock
    let tuning: Tuning
    /// A stable name of this daemon: after a restart it takes over from itself at once.
    let instance: String
    let logger: Logger

    /// Waits until the lease can be taken, and takes it.
    ///
    /// Another's lease is expired when it was not renewed for `leaseDuration` by this machine's monotonic clock: clocks
    /// are never compared.
    ///
    /// - Parameter restarted: this process has not led yet, so a lease in its name is its predecessor's.
    func acquire(restarted: Bool) async throws -> Lease {
        var watched: (lease: Lease, since: Duration)?
        var told: String?
        while true {
            try Task.checkCancellation()
            do {
                let standing = try await leases.lease()
                let isFree = standing.map { $0.holder.isEmpty || (restarted && $0.holder == instance) } ?? true
                if watched?.lease != standing { watched = standing.map { ($0, clock.uptime()) } }
                let expired = watched.map { clock.uptime() - $0.since >= tuning.leaseDuration } ?? false
                if isFree || expired, let taken = try await leases.take(standing, as: instance) { return taken }
                if let standing, told != standing.holder {
                    logger.info("waiting for the lease", metadata: ["holder": "\(standing.holder)"])
                    told = standing.holder
                }
            } catch {
                logger.warning("the lease can't be read now", metadata: ["why": "\(error)"])
            }
            try await clock.sleep(for: tuning.renewalInterval)
        }
    }

    /// Renews until the lease is lost; returns why. The deadline runs from when the last good renewal was sent, and any
    /// error means not renewed.
    func hold(_ taken: Lease) async throws -> String {
        var lease = taken
        var sent = clock.uptime()
        while true {
            try await clock.sleep(for: tuning.renewalInterval)
            let attempt = clock.uptime()
            do {
                guard let renewed = try await leases.renew(lease) else { return "another daemon took the lease" }
                (lease, sent) = (renewed, attempt)
            } catch {
                logger.warning("the lease was not renewed", metadata: ["why": "\(error)"])
            }
            if clock.uptime() - sent >= tuning.renewalDeadline {
                return "no renewal for \(tuning.renewalDeadline)"
            }
        }
    }
}
