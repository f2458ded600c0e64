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
    let progress: DaemonProgress
    let logger: Logger

    /// Waits until the lease can be taken, and takes it.
    ///
    /// Another's lease is expired when it was not renewed for `leaseDuration` by this machine's monotonic clock: clocks
    /// are never compared.
    ///
    /// - Parameter restarted: this process has not led yet, so a lease in its name is its predecessor's; and what
    ///   refuses it now (`.refused`, `.notPrepared`) is thrown, because it never worked.
    /// - Parameter former: the lease of this process' last leadership, which is over: while it stands as it was, nobody
    ///   led in between, and nobody needs to be waited for.
    func acquire(restarted: Bool, former: Lease? = nil) async throws -> Lease {
        var watched: (lease: Lease, since: Duration)?
        var told: String?
        while true {
            try Task.checkCancellation()
            do {
                let standing = try await leases.lease()
                progress.sawLease()
                let isFree =
                    standing.map { standing in
                        let isOurs = restarted || standing.epoch == former?.epoch
                        return standing.holder.isEmpty || (standing.holder == instance && isOurs)
                    } ?? true
                if watched?.lease != standing { watched = standing.map { ($0, clock.uptime()) } }
                let expired = watched.map { clock.uptime() - $0.since >= tuning.leaseDuration } ?? false
                if isFree || expired, let taken = try await leases.take(standing, as: instance) { return taken }
                if let standing, told != standing.holder {
                    logger.info("waiting for the lease", metadata: ["holder": "\(standing.holder)"])
                    told = standing.holder
                }
            } catch {
                switch error {
                case .refused where restarted, .notPrepared where restarted: throw error
                default: break
                }
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
            switch await renewal(of: lease, until: sent + tuning.renewalDeadline) {
            case .success(let renewed?):
                (lease, sent) = (renewed, attempt)
                progress.sawLease()
            case .success(nil): return "another daemon took the lease"
            case .failure(let error):
                logger.warning("the lease was not renewed", metadata: ["why": "\(error)"])
            case nil: break
            }
            if clock.uptime() - sent >= tuning.renewalDeadline {
                return "no renewal for \(tuning.renewalDeadline)"
            }
        }
    }

    /// Nil when no answer came by the deadline: a call that blocks can't be cancelled, so it is left behind.
    private func renewal(of lease: Lease, until deadline: Duration) async -> Result<Lease?, any Error>? {
        let (answers, continuation) = AsyncStream.makeStream(of: Result<Lease?, any Error>?.self)
        Task {
            do { continuation.yield(.success(try await renew(lease))) } catch { continuation.yield(.failure(error)) }
        }
        let timer = Task {
            try await clock.sleep(for: max(deadline - clock.uptime(), .zero))
            continuation.yield(nil)
        }
        defer { timer.cancel() }
        for await answer in answers { return answer }
        return nil
    }

    /// Nil when another took the lease.
    private func renew(_ lease: Lease) async throws -> Lease? {
        if let renewed = try await leases.renew(lease) { return renewed }
        // A renewal whose answer was lost may have been written after all: nobody else's has this holder and epoch.
        guard let standing = try await leases.lease(), standing.holder == lease.holder, standing.epoch == lease.epoch
        else { return nil }
        return try await leases.renew(standing)
    }
}
