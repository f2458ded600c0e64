import Fleet

/// What an attempt means for the set as a whole: the condition `Synced`, and what follows from it.
struct SetVerdict {
    let isApplied: Bool
    let reason: String
    let message: String
    /// Nothing gets better before somebody does something.
    let isStalled: Bool
    /// Some of it will pass by itself, and is tried again.
    let retries: Bool

    static let applied = "Applied"
    static let held = "Held"
    static let pinned = "Pinned"
    private static let shown = 5

    init(_ pass: SetPass, pin: SetPin?) {
        let errors = (pass.problems + (pass.plan?.diagnostics ?? [])).filter { $0.severity == .error }
        let lasting = errors.filter { !$0.passesByItself }
        let retries = errors.contains { $0.passesByItself || $0.mayPassUnnoticed }
        if pass.snapshot == nil {
            self.init("DirectoryUnreadable", SetVerdict.summary(errors), isStalled: true)
        } else if let refusal = pass.refusal {
            self.init("Refused", refusal, isStalled: true)
        } else if !lasting.isEmpty {
            let reason = lasting.allSatisfy(\.isConflict) ? "Conflict" : "Invalid"
            self.init(reason, SetVerdict.summary(lasting), isStalled: true, retries: retries)
        } else if !errors.isEmpty {
            self.init("BeingDeleted", SetVerdict.summary(errors), retries: true)
        } else if let pin {
            let keys = pin.keys.sorted().map(\.description)
            self.init(
                SetVerdict.pinned, "as \(pin.by) took it back, until the directory changes: " + SetVerdict.listed(keys))
        } else if let blocked = pass.plan?.pruning.blocked {
            self.init(SetVerdict.held, "\(blocked.objects.count) to delete: \(blocked.reason.rawValue)")
        } else if let waiting = pass.plan?.results.filter({ $0.outcome == .held }), !waiting.isEmpty {
            self.init(SetVerdict.held, SetVerdict.listed(waiting.map(\.key.description)))
        } else {
            self.init(SetVerdict.applied, "", isApplied: true)
        }
    }

    private init(
        _ reason: String, _ message: String, isApplied: Bool = false, isStalled: Bool = false, retries: Bool = false
    ) {
        self.isApplied = isApplied
        self.reason = reason
        self.message = message
        self.isStalled = isStalled
        self.retries = retries
    }

    private static func summary(_ errors: [Diagnostic]) -> String {
        guard let first = errors.first else { return "" }
        return first.description + (errors.count > 1 ? "; and \(errors.count - 1) more" : "")
    }

    /// The first few, and how many more there are.
    static func listed(_ names: [String]) -> String {
        let rest = names.count > shown ? " and \(names.count - shown) more" : ""
        return names.prefix(shown).joined(separator: ", ") + rest
    }
}

extension Diagnostic {
    /// What it waits for is under way.
    fileprivate var passesByItself: Bool {
        switch DeclarationRule(rawValue: rule) {
        case .beingDeleted, .poolDeleting, .policyDeleting, .dependencyDeleting: true
        default: false
        }
    }

    /// Documents that nobody declares may be in the way: when they go, nothing is heard of it.
    fileprivate var mayPassUnnoticed: Bool {
        if DeletionRule(rawValue: rule) == .poolHoldsUndeclared { return true }
        return switch DeclarationRule(rawValue: rule) {
        case .undeclaredDocument, .poolFull, .nameTaken, .poolNotFound: true
        default: false
        }
    }

    /// Somebody or something else has the resource, or needs it.
    fileprivate var isConflict: Bool {
        DeclarationRule(rawValue: rule)?.isConflict ?? (DeletionRule(rawValue: rule) != nil)
    }
}
