import Declaring
internal import Fleet
import FleetStore
internal import Manifests
import Planning

/// Declares what a directory holds, in the name of its set, and tells how that went in the set's status.
///
/// Level-triggered and idempotent: an attempt that finds everything as it should be writes nothing. What left the
/// directory is deleted only after a second look a moment later that finds the same. Several at once are harmless, and so
/// is an end at any moment: the next attempt finds what is left to do.
package struct SetSyncer: Sendable {
    package struct Settings: Sendable {
        /// Of the set.
        package var name: String
        package var directory: String
        /// Who syncs, such as `daemon/rack-7`.
        package var syncedBy: String
        /// With anything wrong nothing is written.
        package var isAtomic = false
        /// What others own or declared otherwise is taken over.
        package var takesOver = false
        package var budget = PruneBudget()
        /// How long others who declare are waited for.
        package var patience = Patience()
        /// Between the look that finds something missing and the one that confirms it.
        package var confirmation = Duration.seconds(1)

        package init(_ name: String, directory: String, syncedBy: String) {
            self.name = name
            self.directory = directory
            self.syncedBy = syncedBy
        }
    }

    package typealias Look = Result<DirectorySnapshot, DirectoryError>

    package let settings: Settings
    private let store: any Store
    private let declarer: Declarer
    private let mayWrite: @Sendable () -> Bool
    private let look: @Sendable () async -> Look

    /// How often an attempt looks again because the directory changes under it; the next attempt goes on.
    private static let mostLooks = 5

    /// - Parameters:
    ///   - mayWrite: asked before each write.
    ///   - look: reads the directory as it stands now.
    ///   - notice: is told, for people, when a write waits for long.
    package init(
        _ settings: Settings, store: any Store, notice: @escaping @Sendable (String) -> Void = { _ in },
        mayWrite: @escaping @Sendable () -> Bool = { true }, look: @escaping @Sendable () async -> Look
    ) {
        self.settings = settings
        self.store = store
        self.mayWrite = mayWrite
        self.look = look
        declarer = Declarer(store, patience: settings.patience, notice: notice)
    }

    /// Brings the snapshot into `desired`, or with `dryRun` only says what it would.
    ///
    /// - Parameters:
    ///   - found: what was read just now; nil: it is read.
    ///   - confirmed: the digest of a snapshot that two looks found.
    ///   - own: what the same process told of the set before: if the directory is as it was then, and somebody has synced
    ///     something else into the set since, nothing is done (`SetAttempt.isContested`), or the two would undo each
    ///     other's work for ever.
    package func attempt(
        _ found: Look? = nil, confirmed: String? = nil, own: SetAttempt.Told? = nil, dryRun: Bool = false
    ) async throws(DeclaringError) -> SetAttempt {
        var found = found
        if found == nil { found = await look() }
        var attempt = SetAttempt(
            SetPass(directory: settings.directory, syncedBy: settings.syncedBy), try await former())
        attempt.confirmed = confirmed
        for _ in 0..<Self.mostLooks {
            guard case .success(let snapshot) = found else {
                if case .failure(let error) = found { attempt.note(error) }
                return try await told(attempt, dryRun)
            }
            attempt.note(snapshot)
            attempt.isContested = own?.isOverwritten(in: attempt.former, by: snapshot) ?? false
            if attempt.isContested { return attempt }
            try await declare(snapshot, into: &attempt, dryRun: dryRun)
            guard !dryRun, attempt.awaitsConfirmation(of: snapshot) else { return try await told(attempt, dryRun) }
            do { try await Task.sleep(for: settings.confirmation) } catch { return attempt }
            found = await look()
            if case .success(let seen) = found, seen.digest == snapshot.digest { attempt.confirmed = seen.digest }
        }
        attempt.isUnsettled = true
        return try await told(attempt, dryRun)
    }

    private func declare(
        _ snapshot: DirectorySnapshot, into attempt: inout SetAttempt, dryRun: Bool
    ) async throws(DeclaringError) {
        let isConfirmed = dryRun || attempt.confirmed == snapshot.digest
        let request = request(snapshot, isConfirmed: isConfirmed)
        // All or nothing is decided when it is known what goes.
        let decides = dryRun || (settings.isAtomic && !isConfirmed)
        do throws(DeclaringError) {
            let steps = steps(attempt)
            attempt.note(try await declarer.declare(request, dryRun: decides, steps: steps), dryRun: decides)
            if decides, !dryRun, attempt.pass.plan?.pruning.blocked == nil {
                attempt.note(try await declarer.declare(request, steps: steps), dryRun: false)
            }
        } catch .tooMany(let count, let limit, _) {
            attempt.pass.refusal =
                "\(count) resources are too many for one transaction, which takes \(limit): sync without --atomic"
        }
    }

    private func request(_ snapshot: DirectorySnapshot, isConfirmed: Bool) -> DeclarationRequest {
        let loaded = snapshot.loaded
        var request = DeclarationRequest(
            loaded.declarations, invalidKeys: loaded.invalidKeys, hasErrors: !snapshot.isWhole,
            hasUnidentified: loaded.unidentified > 0 || snapshot.problems.contains { $0.severity == .error },
            continues: !settings.isAtomic, manager: Desired.syncManager(of: settings.name))
        request.set = settings.name
        request.commit = snapshot.commit
        request.takesOver = settings.takesOver
        var obstacle: String?
        if !snapshot.isWhole {
            obstacle = "nothing is deleted while anything of the directory can't be read or is not valid"
        } else if !isConfirmed {
            obstacle = "what is missing was not looked for a second time yet"
        }
        request.pruning = Pruning(
            budget: settings.budget, digest: snapshot.digest, obstacle: obstacle, isEmpty: loaded.documents == 0)
        return request
    }

    /// The pin is read after what stands: an undo writes it first, so that whoever sees what was taken back sees the pin.
    private func steps(_ attempt: SetAttempt) -> DeclaringSteps {
        DeclaringSteps { (request) throws(DeclaringError) in
            var request = request
            let pin = try await former().pin
            request.pinned = pin?.digest == request.pruning?.digest ? pin?.keys ?? [] : []
            return request
        } willWrite: { (plan) throws(DeclaringError) in
            guard mayWrite() else { throw .withdrawn }
            guard let snapshot = attempt.pass.snapshot else { return }
            try await update { former, now in
                SetProgress.begun(former, snapshot, at: plan.revision, by: settings.syncedBy, now: now)
            }
        }
    }

    // MARK: - The status

    private func former() async throws(DeclaringError) -> SetStatus {
        do throws(StoreError) {
            return try await store.set(settings.name)
                ?? SetStatus(settings.name, directory: settings.directory, syncedBy: settings.syncedBy)
        } catch { throw .store(error) }
    }

    /// Writes the status if it differs; of a directory that never was there nothing is kept.
    private func told(_ attempt: SetAttempt, _ dryRun: Bool) async throws(DeclaringError) -> SetAttempt {
        var attempt = attempt
        guard !dryRun else { return attempt }
        attempt.status = try await update { [pass = attempt.pass] former, now in
            pass.snapshot == nil && former.version == 0 ? former : SetProgress.next(former, pass, now: now)
        }
        return attempt
    }

    /// What stands afterwards. Others may write beside it: then once more, of what they wrote.
    @discardableResult
    private func update(
        _ next: (SetStatus, Timestamp) -> SetStatus
    ) async throws(DeclaringError) -> SetStatus {
        while true {
            let former = try await former()
            do throws(StoreError) {
                let now = try await store.serverTime()
                let next = next(former, now).bounded
                if next == former { return former }
                let events = SetEvents.between(former, next, at: now)
                if let written = try await store.write(next, telling: events) { return written }
            } catch { throw .store(error) }
        }
    }
}
