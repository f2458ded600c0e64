import Declaring
package import Fleet
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
    private let look: @Sendable () async -> Look

    /// How often an attempt begins anew because the directory changed under it; the next attempt goes on.
    private static let mostChanges = 5

    /// - Parameters:
    ///   - look: reads the directory as it stands now.
    ///   - notice: is told, for people, when a write waits for long.
    package init(
        _ settings: Settings, store: any Store, notice: @escaping @Sendable (String) -> Void = { _ in },
        look: @escaping @Sendable () async -> Look
    ) {
        self.settings = settings
        self.store = store
        self.look = look
        declarer = Declarer(store, notice: notice)
    }

    /// Brings the snapshot into `desired`, or with `dryRun` only says what it would.
    ///
    /// - Parameters:
    ///   - found: what was read; nil: it is read now.
    ///   - confirmed: the digest of a snapshot that two looks found.
    package func attempt(
        _ found: Look? = nil, confirmed: String? = nil, dryRun: Bool = false
    ) async throws(DeclaringError) -> SetAttempt {
        var found = found
        if found == nil { found = await look() }
        var attempt = SetAttempt(
            SetPass(directory: settings.directory, syncedBy: settings.syncedBy), try await former())
        attempt.confirmed = confirmed
        var changes = 0
        while let taken = found {
            let snapshot: DirectorySnapshot
            switch taken {
            case .success(let success): snapshot = success
            case .failure(let error):
                attempt.note(error)
                return try await told(attempt, dryRun)
            }
            attempt.note(snapshot)
            let isConfirmed = dryRun || attempt.confirmed == snapshot.digest
            try await declare(snapshot, &attempt, isConfirmed: isConfirmed, dryRun: dryRun)
            guard !isConfirmed, snapshot.isWhole, attempt.pass.plan?.pruning.blocked != nil else { break }
            do { try await Task.sleep(for: settings.confirmation) } catch { break }
            let again = await look()
            if case .success(let seen) = again, seen.digest == snapshot.digest {
                attempt.confirmed = seen.digest
            } else {
                changes += 1
            }
            found = changes < Self.mostChanges ? again : nil
            // An undo may have pinned it meanwhile.
            attempt.former = try await former()
            attempt.status = attempt.former
        }
        return try await told(attempt, dryRun)
    }

    private func declare(
        _ snapshot: DirectorySnapshot, _ attempt: inout SetAttempt, isConfirmed: Bool, dryRun: Bool
    ) async throws(DeclaringError) {
        let request = request(snapshot, attempt.former, isConfirmed: isConfirmed)
        do throws(DeclaringError) {
            // All or nothing is decided when it is known what goes.
            let decides = dryRun || (settings.isAtomic && !isConfirmed)
            attempt.note(try await declarer.declare(request, dryRun: decides), dryRun: decides)
            if decides, !dryRun, attempt.pass.plan?.pruning.blocked == nil {
                attempt.note(try await declarer.declare(request), dryRun: false)
            }
        } catch .tooMany(let count, let limit) {
            attempt.pass.refusal =
                "\(count) resources are too many for one transaction, which takes \(limit): sync without --atomic"
        }
    }

    private func request(
        _ snapshot: DirectorySnapshot, _ former: SetStatus, isConfirmed: Bool
    ) -> DeclarationRequest {
        let loaded = snapshot.loaded
        var request = DeclarationRequest(
            loaded.declarations, invalidKeys: loaded.invalidKeys, hasErrors: !snapshot.isWhole,
            hasUnidentified: loaded.unidentified > 0 || snapshot.problems.contains { $0.severity == .error },
            continues: !settings.isAtomic, manager: Desired.syncManager(of: settings.name))
        request.set = settings.name
        request.commit = snapshot.commit
        request.takesOver = settings.takesOver
        if let pin = former.pin, pin.digest == snapshot.digest { request.pinned = pin.keys }
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
        var former = attempt.status
        while true {
            if attempt.pass.snapshot == nil, former.version == 0 { return attempt }
            do throws(StoreError) {
                let next = SetProgress.next(former, attempt.pass, now: try await store.serverTime()).bounded
                attempt.former = former
                attempt.status = former
                if next == former { return attempt }
                if let written = try await store.write(next) {
                    attempt.status = written
                    return attempt
                }
            } catch { throw .store(error) }
            former = try await self.former()
        }
    }
}

/// What an attempt came to.
package struct SetAttempt: Sendable {
    package internal(set) var pass: SetPass
    /// The last snapshot that was looked at; nil: the directory can't be read.
    package internal(set) var snapshot: DirectorySnapshot?
    package internal(set) var fault: DirectoryError?
    /// The set before and after.
    package internal(set) var former: SetStatus
    package internal(set) var status: SetStatus
    /// The digest of a snapshot that two looks found, so that it needs no third one.
    package internal(set) var confirmed: String?

    init(_ pass: SetPass, _ former: SetStatus) {
        self.pass = pass
        (self.former, status) = (former, former)
    }

    /// The revision of `desired` that all this was decided on, or that it wrote.
    package var revision: Int64? { pass.plan.map { $0.writtenRevision ?? $0.revision } }

    /// What became of each resource, those of invalid manifests first.
    package var results: [DeclarationResult] {
        let invalid = snapshot?.loaded.invalidKeys.sorted() ?? []
        return invalid.map { DeclarationResult($0, .failed) } + (pass.plan?.results ?? [])
    }

    /// Everything that is wrong.
    package var diagnostics: [Diagnostic] { pass.problems + (pass.plan?.diagnostics ?? []) }

    mutating func note(_ error: DirectoryError) {
        fault = error
        snapshot = nil
        pass.snapshot = nil
        pass.problems = [Diagnostic(.error, at: nil, error.description, rule: "directory-unreadable")]
        (pass.declared, pass.invalid) = (0, 0)
        pass.plan = nil
    }

    mutating func note(_ found: DirectorySnapshot) {
        fault = nil
        snapshot = found
        pass.snapshot = SetSnapshot(
            digest: found.digest, commit: found.commit, branch: found.branch, files: Int64(found.files),
            documents: Int64(found.loaded.documents), at: Timestamp(milliseconds: 0))
        pass.problems = found.diagnostics
        pass.declared = found.loaded.declarations.count
        pass.invalid = found.loaded.invalidKeys.count + found.loaded.unidentified
        pass.plan = nil
        pass.refusal = nil
    }

    mutating func note(_ plan: DeclarationPlan, dryRun: Bool) {
        var plan = plan
        if !dryRun, let revision = plan.writtenRevision {
            let writes = SetWrites(plan, after: revision)
            pass.writes = pass.writes?.followed(by: writes) ?? writes
        }
        plan.recall(written)
        if !dryRun {
            for result in plan.results where [.created, .configured, .deleted].contains(result.outcome) {
                written[result.key] = result
            }
        }
        pass.plan = plan
    }

    /// By key, what was written in this attempt, which later plans of it find as it should be.
    private var written: [ResourceKey: DeclarationResult] = [:]
}
