import Declaring
import Fleet
import FleetStore
import Planning
import Synchronization

/// What is pinned in the set that a command declares for: left as it stands, as each pass of the set's directory leaves it,
/// and told.
final class PinnedResources: Sendable {
    static let rule = "pinned"

    private let store: any Store
    private let pin = Mutex<SetPin?>(nil)

    init(_ store: any Store) { self.store = store }

    /// Whoever takes over what others own takes over what was pinned as well.
    var steps: DeclaringSteps {
        DeclaringSteps { [self] (request) throws(DeclaringError) in
            guard let set = request.set, !request.takesOver else { return request }
            let found: SetPin?
            do throws(StoreError) { found = try await store.set(set)?.pin } catch { throw .store(error) }
            pin.withLock { $0 = found }
            var request = request
            request.pinned = found?.keys ?? []
            return request
        } willWrite: { _ in
        }
    }

    /// Says in the plan what of it is not done for that.
    func tell(in plan: inout DeclarationPlan, of request: DeclarationRequest) {
        guard let set = request.set, let pin = pin.withLock({ $0 }) else { return }
        let declared = Set(request.declarations.map(\.key))
        // With a pruning also what the input lacks.
        let keys = (request.pruning == nil ? pin.keys.intersection(declared) : pin.keys).sorted()
        guard !keys.isEmpty else { return }
        let named = keys.prefix(3).map(\.description).joined(separator: ", ")
        let list = keys.count > 3 ? "\(named) and \(keys.count - 3) more" : named
        let (they, them) = keys.count == 1 ? ("it is", "it") : ("they are", "them")
        plan.diagnostics.append(
            Diagnostic(
                .warning,
                "\(list): pinned in the set `\(set)` by \(pin.by), so \(they) left alone until the set's directory changes "
                    + "(`reeve history set/\(set)`); --force declares \(them) all the same", rule: Self.rule))
    }
}
