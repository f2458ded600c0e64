import Declaring
import Fleet
import FleetStore
import Manifests
import Planning

/// Declares documents as they were found, and gives what is declared already to another owner.
struct Adoption {
    let declarer: Declarer
    let set: String?
    let manager: String
    let continues: Bool
    let isDryRun: Bool
    private(set) var results: [DeclarationResult] = []
    private(set) var diagnostics: [Diagnostic] = []
    /// What the daemon will do to documents that were adopted.
    private(set) var additions: [Addition] = []
    /// For people, of what was moved.
    private(set) var notes: [String] = []
    private var written: [Desired] = []
    private(set) var refusal: ExitStatus?

    init(declarer: Declarer, set: String?, manager: String, continues: Bool, isDryRun: Bool) {
        self.declarer = declarer
        self.set = set
        self.manager = manager
        self.continues = continues
        self.isDryRun = isDryRun
    }

    /// Adopts what nobody declares; the rest changes hands if there is a set to get it.
    mutating func adopt(_ rows: [ScanRow]) async throws {
        let found = rows.filter { $0.desired == nil }.compactMap(\.observed).map(FoundManifest.init)
        let declared = rows.filter { $0.desired != nil }.map(\.key)
        let moves = set.map { AdoptionRequest(declared, from: .commandLine, to: .set($0), manager: manager) }
        if let moves, !declared.isEmpty, !found.isEmpty, !continues {
            // Two transactions: the second must not fail when the first has been written.
            let plan = try await declarer.adopt(moves, dryRun: true)
            guard plan.diagnostics.isEmpty else { return add(plan) }
        }
        if !found.isEmpty {
            try await declare(found)
            if refusal != nil, !continues { return }
        }
        guard !declared.isEmpty else { return }
        if let moves {
            add(try await declarer.adopt(moves, dryRun: isDryRun))
        } else {
            results += declared.map { DeclarationResult($0, .unchanged) }
        }
    }

    /// - Parameter keys: nil: all that `owner` owns.
    mutating func move(_ keys: [ResourceKey]?, from owner: DeclarationOwner, in store: any Store) async throws {
        let target = set.map(DeclarationOwner.set) ?? .commandLine
        let request =
            switch (keys, owner) {
            case (nil, .set(let name)): AdoptionRequest(allOf: name, to: target, manager: manager)
            case (let keys, _): AdoptionRequest(keys ?? [], from: owner, to: target, manager: manager)
            }
        if set == nil, !isDryRun {
            notes += try await Departures(declarer.adopt(request, dryRun: true).writes).pin(in: store)
        }
        add(try await declarer.adopt(request, dryRun: isDryRun))
    }

    private mutating func declare(_ found: [FoundManifest]) async throws {
        let invalid = found.filter { $0.declaration == nil }
        var request = DeclarationRequest(
            found.compactMap(\.declaration), invalidKeys: Set(invalid.map(\.key)), hasErrors: !invalid.isEmpty,
            continues: continues, manager: manager)
        request.adopts = true
        request.set = set
        let plan = try await declarer.declare(request, dryRun: isDryRun)
        results += invalid.map { DeclarationResult($0.key, .failed, $0.diagnostics) } + plan.results
        diagnostics += invalid.flatMap(\.diagnostics) + plan.diagnostics
        refusal = diagnostics.refusal
        written += plan.writes.map(\.desired)
    }

    private mutating func add(_ plan: AdoptionPlan) {
        results += plan.results
        diagnostics += plan.diagnostics
        guard !plan.diagnostics.isEmpty else { return }
        let areMissing = plan.diagnostics.allSatisfy { $0.rule == AdoptionRule.notFound.rawValue }
        refusal = areMissing ? .differences : .conflict
    }

    /// Finds out what the daemon will do to the documents that were adopted.
    mutating func foresee(in store: any Store) async throws {
        guard !written.isEmpty else { return }
        var view = try await store.read(written.map(\.key))
        for desired in written { view.desired[desired.key] = desired }
        let now = try await store.serverTime()
        var room = PoolRoom()
        for desired in written {
            let plan = Planner.plan(desired.key, in: view, now: now, room: &room)
            if !plan.differences.isEmpty { additions.append(Addition(key: desired.key, fields: plan.differences)) }
        }
    }

    /// Fields that an adopted document lacks, or holds in another form.
    struct Addition {
        var key: ResourceKey
        var fields: [FieldDifference]

        var sentence: String {
            let shown = fields.prefix(5).map { "\($0.path) \($0.declared?.description ?? "(unset)")" }
            let more = fields.count > 5 ? " and \(fields.count - 5) more" : ""
            return "the daemon will write in \(key): " + (shown.joined(separator: ", ") + more).printable
        }

        var value: FieldValue {
            let fields = fields.map { field -> FieldValue in
                .members([
                    ("path", .string(field.path)), ("old", field.found ?? .null), ("new", field.declared ?? .null),
                ])
            }
            return .members([
                ("kind", .string(key.kind.rawValue)), ("id", .string(key.id)), ("fields", .list(fields)),
            ])
        }
    }
}
