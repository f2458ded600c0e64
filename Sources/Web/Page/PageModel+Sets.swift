internal import Fleet

extension SetsModel {
    init(_ state: LiveFleet.State) {
        rows = state.fleet.map { fleet in fleet.sets.map { Row($0, at: fleet.at) } } ?? []
        isShown = !rows.isEmpty
        let all = state.fleet?.setCount ?? 0
        cut = all > rows.count ? "\(rows.count) of \(all) sets, problems first." : nil
    }
}

extension SetsModel.Row {
    fileprivate init(_ view: SetView, at now: Timestamp) {
        let (status, tally) = (view.status, view.tally)
        name = status.name
        directory = status.directory
        badges = Badge.all(view, at: now)
        approval = status.blocked.flatMap { $0.reason.canBeApproved ? $0.approval(ofSet: status.name) : nil }
        resources = "\(tally.ready) of \(tally.objects - tally.going) ready"
        let facts: [(count: Int64, what: String)] = [
            (tally.going, "going"), (Int64(tally.overridden.count), "set by hand"), (status.counts.failed, "failed"),
            (status.counts.held, "held"), (status.counts.blocked, "to delete, held"), (status.counts.kept, "kept"),
        ]
        let told = facts.filter { $0.count > 0 }.map { "\($0.count) \($0.what)" }
        further = told.isEmpty ? nil : told.joined(separator: ", ")
        attempted = status.attempted.map { SetsModel.Content($0, at: now) }
        applied = status.applied.map { SetsModel.Content($0, at: now) }
        next = status.attempts.map { attempts in
            let due = status.nextRetry.map { "next attempt \($0.shownTime)" }
            return ["failed \(attempts == 1 ? "once" : "\(attempts) times")", due].compactMap(\.self)
                .joined(separator: ", ")
        }
    }
}

extension SetsModel.Content {
    fileprivate init(_ snapshot: SetSnapshot, at now: Timestamp) {
        commit = snapshot.shortCommit.map { $0 + (snapshot.branch.map { " of \($0)" } ?? "") }
        digest = snapshot.shortDigest
        age = now.shownAge(of: snapshot.at)
        instant = snapshot.at.description
    }
}

extension Badge {
    /// What is wrong with a set, each message once; or that all is well.
    fileprivate static func all(_ view: SetView, at now: Timestamp) -> [Badge] {
        guard let synced = view.status[.synced] else { return [Badge("warn", "Not yet synced")] }
        var told: Set<String> = []
        var badges: [Badge] = []
        let standing = view.status.standing == .well ? FleetSnapshot.Standing.resting : view.status.standing
        for condition in view.conditions(now: now) {
            // Nothing is ready that is not synced, and for the same reason.
            if condition.type == .ready, synced.status != .yes { continue }
            guard let badge = Badge(condition, of: standing) else { continue }
            let isNew = told.insert(condition.message).inserted
            badges.append(isNew ? badge : Badge(badge.tone, badge.text, reason: badge.reason))
        }
        return badges.isEmpty ? [Badge("good", "Ready")] : badges
    }
}
