import Fleet

/// Whose resources a request changes, and what may not be changed because of that.
struct Takeovers {
    let request: DeclarationRequest
    let view: DeclaringView

    init(_ request: DeclarationRequest, _ view: DeclaringView) {
        self.request = request
        self.view = view
    }

    /// Why the resource is not this request's to declare; nil when it is.
    func conflict(_ each: DeclarationCase) -> (rule: DeclarationRule, path: String, message: String)? {
        guard let current = each.current else { return undeclaredDocument(each.declaration.key) }
        let key = current.key
        guard current.deletion == nil else {
            return (
                .beingDeleted, "",
                request.set == nil
                    ? "it is being deleted: declare it again when it is gone"
                    : "it is being deleted: it is declared anew when it is gone"
            )
        }
        guard let owner = owner(of: each), !request.takesOver else { return nil }
        switch owner {
        case .set(let name):
            return (.ownedBySet, "", "it belongs to the set `\(name)`\(place(current)), which alone declares it")
        case .scaler(let manager):
            return (.declaredOtherwise, "", "it was made and declared by \(manager), which alone deletes it")
        case .commandLine(let manager):
            let set = (request.set ?? "").quotedWord
            return (
                .declaredOtherwise, "",
                "it is declared otherwise by \(manager)\(place(current)): `reeve adopt \(key) --set \(set)` gives it to "
                    + "this set, or `reeve sync DIR --set \(set) --force`"
            )
        }
    }

    /// What is taken from others, each named; and of what the command line declared before, the first of each manager.
    func warnings(of sorting: Sorting) -> [Diagnostic] {
        var taken: [String: [Declaration]] = [:]
        var warnings: [Diagnostic] = []
        for each in sorting.cases where sorting.failed[each.declaration.key] == nil && each.isWritten {
            guard let current = each.current else { continue }
            if let owner = owner(of: each) {
                warnings.append(warning(each.declaration, "is taken from \(owner)\(place(current))"))
            } else if request.set == nil, each.change != .none, current.manager != request.manager {
                taken[current.manager, default: []].append(each.declaration)
            }
        }
        for (manager, declarations) in taken.sorted(by: { $0.key < $1.key }) {
            guard let first = declarations.first else { continue }
            let others = declarations.count - 1
            warnings.append(
                warning(first, "\(others == 0 ? "was" : "and \(others) more were") declared by \(manager) before"))
        }
        return warnings
    }

    private func warning(_ declaration: Declaration, _ message: String) -> Diagnostic {
        Diagnostic(
            .warning, at: declaration.source, "\(declaration.key) \(message)", rule: DeclarationRule.takenOver.rawValue)
    }

    private func undeclaredDocument(
        _ key: ResourceKey
    ) -> (rule: DeclarationRule, path: String, message: String)? {
        guard !request.adopts, view.documents.contains(key), let collection = key.kind.collection else { return nil }
        return (
            .undeclaredDocument, "metadata.id",
            "`\(collection)` holds a document of this id that no manifest declares, and Reeve never changes such a "
                + "document: choose another id"
        )
    }

    /// Somebody else, of whom the request has to take the resource.
    private enum Owner: CustomStringConvertible {
        case set(String)
        case scaler(String)
        case commandLine(String)

        var description: String {
            switch self {
            case .set(let name): "the set `\(name)`"
            case .scaler(let manager), .commandLine(let manager): manager
            }
        }
    }

    private func owner(of each: DeclarationCase) -> Owner? {
        guard let current = each.current, current.set != request.set else { return nil }
        if let set = current.set { return .set(set) }
        if current.isProvided { return .scaler(current.manager) }
        // What the command line declared just so joins the set without a word.
        return each.change == .none ? nil : .commandLine(current.manager)
    }

    /// Where its owner declares it.
    private func place(_ current: Desired) -> String {
        current.declaration.source.map { " (\($0.file):\($0.line))" } ?? ""
    }
}
