import Declaring
package import Fleet
internal import Manifests
import Planning

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
    /// Nothing was done, because somebody else syncs something else into the set.
    package internal(set) var isContested = false
    /// The directory did not come to rest: it is to be tried again soon, whatever it holds then.
    package internal(set) var isUnsettled = false

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

    /// What was told of the set last, by one process.
    package struct Told: Sendable {
        var digest: String?
        var version: Int64

        func isOverwritten(in status: SetStatus, by snapshot: DirectorySnapshot) -> Bool {
            snapshot.digest == digest && status.version > version && status.attempted?.digest != digest
        }
    }

    /// For the next attempt of the same process; nil when nothing was told.
    package var told: Told? {
        isContested ? nil : Told(digest: status.attempted?.digest, version: status.version)
    }

    /// Only that nobody looked a second time keeps something from being deleted.
    func awaitsConfirmation(of snapshot: DirectorySnapshot) -> Bool {
        confirmed != snapshot.digest && snapshot.isWhole && pass.plan?.pruning.blocked != nil
    }

    mutating func note(_ error: DirectoryError) {
        fault = error
        snapshot = nil
        pass.snapshot = nil
        pass.problems = [Diagnostic(.error, at: nil, error.description, rule: "directory-unreadable")]
        (pass.declared, pass.invalid) = (0, 0)
        pass.plan = nil
    }

    mutating func note(_ found: DirectorySnapshot) {
        if confirmed != found.digest { confirmed = nil }
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
