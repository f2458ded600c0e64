import Fleet
import FleetStore
import Planning

/// What would become of one resource: the declaration's change, and what the daemon would do to its document.
struct Preview {
    enum Action: String { case create, change, delete }

    var key: ResourceKey
    var action: Action
    var reason: String
    var fields: [DeclarationDifference]
    /// The daemon does it, whatever is applied.
    var isDrift = false
}

/// What would happen, as `plan` shows it.
struct PreviewList {
    private(set) var previews: [Preview] = []
    /// Fields that somebody changed by hand and that stay so.
    private(set) var toleratedDrift = 0
    /// Resources that are declared as they should be and that the daemon has not come to yet.
    private(set) var pending = 0

    /// `plan` from a declaration dry run on `view`, which must hold the resources of `plan.results`.
    init(_ plan: DeclarationPlan, _ view: FleetView, now: Timestamp) {
        var view = view
        var written: [ResourceKey: DesiredWrite] = [:]
        for write in plan.writes {
            written[write.desired.key] = write
            view.desired[write.desired.key] = write.desired
        }
        var room = PoolRoom()
        for result in plan.results where result.outcome.isDeclared || result.outcome == .deleted {
            if let write = written[result.key] {
                previews.append(Preview(write))
            } else {
                add(Planner.plan(result.key, in: view, now: now, room: &room), result.key)
            }
        }
    }

    func count(_ action: Preview.Action) -> Int { previews.count { $0.action == action } }

    /// What it comes to, as one line. With anything wrong `apply` writes nothing, so that no plan is promised then.
    func summary(errors: Int) -> String {
        if errors > 0 {
            let declared = previews.filter { !$0.isDrift }
            let deletes = declared.contains { $0.action == .delete }
            let counts = [Preview.Action.create, .change, .delete].filter { deletes || $0 != .delete }.map { action in
                "\(declared.count { $0.action == action }) to \(action.rawValue)"
            }
            return "\(errors) \(errors == 1 ? "error" : "errors"): apply would write nothing; with --continue: "
                + counts.joined(separator: ", ")
        }
        guard !previews.isEmpty else { return "No changes." }
        let counts = [Preview.Action.create, .change, .delete].map { "\(count($0)) to \($0.rawValue)" }
        return "Plan: \(counts.joined(separator: ", "))."
    }

    /// Nil when no drift stays.
    var toleratedSentence: String? {
        guard toleratedDrift > 0 else { return nil }
        let fields = toleratedDrift == 1 ? "1 field differs" : "\(toleratedDrift) fields differ"
        return "\(fields) from what is declared and stays so (lifecycle.drift)."
    }

    /// A declaration that stays as it is: drift, and what the daemon still has to do.
    private mutating func add(_ plan: Plan, _ key: ResourceKey) {
        guard plan.isDrift else {
            // Figures that only the daemon keeps (a node's status by the clock) are no change that somebody asked for.
            var isPending = plan.verb == .create || !plan.differences.isEmpty
            if case .waiting = plan.outcome { isPending = true }
            if isPending { pending += 1 }
            return
        }
        switch plan.verb {
        case .none: toleratedDrift += plan.differences.count
        case .create, .update, .delete:
            let action: Preview.Action =
                plan.verb == .create ? .create : plan.verb == .delete ? .delete : .change
            previews.append(
                Preview(
                    key: key, action: action, reason: plan.reason,
                    fields: plan.differences.map {
                        DeclarationDifference(path: $0.path, old: $0.found, new: $0.declared)
                    },
                    isDrift: true))
        }
    }
}

extension Preview {
    init(_ write: DesiredWrite) {
        let new = write.desired
        switch write {
        case .insert:
            self.init(
                key: new.key, action: .create, reason: "not declared yet",
                fields: new.declaration.differences(from: nil))
        case .replace(_, let old) where new.deletion != nil:
            // A set's own pass, and not somebody who takes it back or deletes it.
            let pass = old.set.flatMap { new.deletion?.by == Desired.syncManager(of: $0) ? $0 : nil }
            let stays = old.declaration.lifecycle.onDelete == .orphan ? "; its document stays, undeclared" : ""
            let reason = pass.map { "the set `\($0)` does not declare it any more" } ?? "no longer declared"
            self.init(key: new.key, action: .delete, reason: reason + stays, fields: [])
        case .replace(_, let old):
            let fields = new.declaration.differences(from: old.declaration)
            var reasons: [String] = []
            if new.generation != old.generation {
                reasons.append("the manifest differs (generation \(old.generation) → \(new.generation))")
            } else if !fields.isEmpty {
                reasons.append("labels differ")
            }
            if old.set != new.set {
                if let set = old.set { reasons.append("it leaves the set `\(set)`") }
                if let set = new.set { reasons.append("it joins the set `\(set)`") }
            }
            if old.manager != new.manager, old.set == nil { reasons.append("declared by \(old.manager) before") }
            self.init(
                key: new.key, action: .change, reason: reasons.joined(separator: ", "), fields: fields)
        }
    }

    /// A line, and one for each field that differs.
    func text(_ terminal: Terminal) -> String {
        let (sign, style): (String, Terminal.Style) =
            switch action {
            case .create: ("+", .green)
            case .change: ("~", .yellow)
            case .delete: ("-", .red)
            }
        var text = terminal.styled("\(sign) \(key)", style) + "  # \(reason.printable)\n"
        let width = fields.map(\.path.count).max() ?? 0
        for field in fields {
            let path = field.path + String(repeating: " ", count: width - field.path.count)
            let values =
                switch (field.old, field.new) {
                case (nil, let new?): new.description
                case (let old?, nil): "\(old) → (unset)"
                case (let old?, let new?): "\(old) → \(new)"
                case (nil, nil): ""
                }
            text += "    \(path)  \(values.printable)\n"
        }
        return text
    }

    var value: FieldValue {
        let fields = fields.map { field -> FieldValue in
            .members([("path", .string(field.path)), ("old", field.old ?? .null), ("new", field.new ?? .null)])
        }
        return .members([
            ("kind", .string(key.kind.rawValue)), ("id", .string(key.id)), ("action", .string(action.rawValue)),
            ("reason", .string(reason)), ("fields", .list(fields)),
        ])
    }
}
