import Declaring
internal import Fleet
import FleetStore
import Logging
import Planning

/// Keeps one directory declared.
struct SetFollower {
    /// What was read of the directory grows old while others who declare are waited for; then it is read again.
    private static let patience = Patience(attempts: 20, atMost: .seconds(2))

    private let settings: SetSyncer.Settings
    private let store: any Store
    private let pace: SetWatch.Pace
    private let leads: @Sendable () -> Bool
    private let logger: Logger
    private let watch: DirectoryWatch
    private let reader: DirectoryReader
    private let syncer: SetSyncer
    private let bell = Bell()
    private var schedule = SyncSchedule()
    /// The directory as it was read last.
    private var look: SetSyncer.Look?
    private var isLeading = false
    private var isContested = false

    init(
        _ settings: SetSyncer.Settings, _ store: any Store, _ mode: DirectoryWatch.Mode, _ pace: SetWatch.Pace,
        leads: @escaping @Sendable () -> Bool, logger: Logger
    ) {
        self.settings = settings
        self.store = store
        self.pace = pace
        self.leads = leads
        self.logger = logger
        let watch = DirectoryWatch(settings.directory, mode: mode, poll: pace.poll, logger: logger)
        let reader = DirectoryReader(settings.directory, watch: watch)
        self.watch = watch
        self.reader = reader
        var hasty = settings
        hasty.patience = Self.patience
        syncer = SetSyncer(
            hasty, store: store, notice: { logger.notice("\($0)") }, mayWrite: leads,
            look: { await SetSyncer.look(reader) })
    }

    /// Until it is cancelled.
    mutating func run() async {
        let hints = watch.hints
        let listening = Task { [bell] in for await _ in hints { bell.hint() } }
        defer {
            listening.cancel()
            watch.end()
        }
        var rings = bell.rings.makeAsyncIterator()
        while !Task.isCancelled {
            await work()
            let timer = Task { [bell, wait = schedule.wait(pace, isLeading: isLeading, at: .now)] in
                try await Task.sleep(for: wait)
                bell.ring()
            }
            await rings.next()
            timer.cancel()
        }
    }

    private mutating func work() async {
        guard leads() else {
            isLeading = false
            return
        }
        if !isLeading {
            // Whoever led meanwhile knew what this one does not.
            (isLeading, look, schedule) = (true, nil, SyncSchedule())
            logger.info("watching the directory", metadata: ["directory": "\(settings.directory)"])
        }
        let isHinted = bell.takeHint()
        var began = ContinuousClock.now
        let isFresh = isHinted || look == nil
        if isFresh { look = await SetSyncer.look(reader) }
        guard !Task.isCancelled, var seen = look else { return }
        do throws(DeclaringError) {
            if !schedule.wantsAttempt(LookIdentity(seen), at: .now) {
                guard isHinted || schedule.looksAtRevision(at: .now) else { return }
                schedule.note(revision: try await revision(), at: .now)
                recovered()
                guard schedule.wantsAttempt(LookIdentity(seen), at: .now) else { return }
            }
            if !isFresh {
                // Not the directory woke it: that may have changed unheard.
                began = .now
                seen = await SetSyncer.look(reader)
                guard !Task.isCancelled else { return }
            }
            let attempt = try await syncer.attempt(seen, confirmed: schedule.confirmed, own: schedule.told)
            guard !Task.isCancelled else { return }
            let last = attempt.look ?? seen
            look = last
            schedule.note(attempt, of: LookIdentity(last), began: began, at: .now)
            recovered()
            tell(attempt)
        } catch {
            guard !Task.isCancelled, error != .withdrawn else { return }
            if schedule.noteFailure(at: .now) {
                logger.warning("can't be synced now; it is tried again", metadata: ["why": "\(error)"])
            }
        }
    }

    private mutating func tell(_ attempt: SetAttempt) {
        defer { isContested = attempt.isContested }
        guard attempt.isContested else { return SyncLog(logger).tell(attempt) }
        guard !isContested else { return }
        let status = attempt.former
        logger.warning(
            "the set is synced from elsewhere as well: this directory waits for its next change",
            metadata: ["directory": "\(status.directory)", "by": "\(status.syncedBy)"])
    }

    private mutating func recovered() {
        if schedule.noteRecovery() { logger.info("can be synced again") }
    }

    private func revision() async throws(DeclaringError) -> Int64 {
        do throws(StoreError) {
            return try await store.declaringView(of: [], pools: []).revision
        } catch { throw .store(error) }
    }
}

extension SetSyncer {
    /// One look at a directory.
    package static func look(_ reader: DirectoryReader) async -> Look {
        do throws(DirectoryError) { return .success(try await reader.read()) } catch { return .failure(error) }
    }
}

extension SetAttempt {
    /// What was looked at last.
    var look: SetSyncer.Look? { snapshot.map { .success($0) } ?? fault.map { .failure($0) } }
}
