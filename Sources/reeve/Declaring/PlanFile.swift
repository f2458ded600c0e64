import Crypto
import Fleet
import Foundation
import Manifests
import Planning

/// A saved plan as a file: JSON that holds all it takes, with a digest over it, so that what was edited or cut since it was
/// looked at is not carried out.
struct PlanFile {
    private var content: Content
    private var saved: SavedPlan

    var database: String { content.database }

    /// Of this version of the file.
    private static let version = 2

    /// Bytes; a quarter of what a file of manifests may have, where one declaration more does not matter.
    static let longestText = 16 << 20

    init(_ plan: SavedPlan, database: String, by person: String, longestText: Int = longestText) {
        saved = plan
        content = Content(plan, version: Self.version, database: database, by: person, longestText: longestText)
    }

    /// The plan, carried out by `person`: for the command line they sign what it declares.
    func plan(for person: String) -> SavedPlan {
        var plan = saved
        if plan.request.set == nil { plan.request.manager = person }
        return plan
    }

    func write(to path: String) throws {
        let encoder = Self.encoder
        encoder.outputFormatting.insert(.prettyPrinted)
        let file = Envelope(plan: content, sha256: try content.digest())
        do { try encoder.encode(file).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw CommandFailure(.usage, "\(path) can't be written")
        }
    }

    /// Throws a failure (2 for a file that can't be read, 3 for one that is not as it was saved).
    static func read(_ path: String) throws -> PlanFile {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.usage, "\(path) can't be read")
        }
        guard let file = try? JSONDecoder().decode(Envelope.self, from: bytes), file.plan.version == version else {
            throw refusal(of: bytes, path)
        }
        guard try file.plan.digest() == file.sha256, let saved = file.plan.restored() else {
            throw CommandFailure(
                .invalid, "\(path) is not as it was saved: it was edited or cut, and nothing was written")
        }
        return PlanFile(content: file.plan, saved: saved)
    }

    /// Of what is no plan that this version wrote.
    private static func refusal(of bytes: Data, _ path: String) -> CommandFailure {
        guard let stated = try? JSONDecoder().decode(Stated.self, from: bytes) else {
            return CommandFailure(.invalid, "\(path) is no saved plan, or not all of one: nothing was written")
        }
        guard stated.plan.version == version else {
            return CommandFailure(
                .invalid, "\(path) is a saved plan of version \(stated.plan.version), and this reeve reads \(version)")
        }
        return CommandFailure(
            .invalid, "\(path) is not as it was saved: it was edited or cut, and nothing was written")
    }

    private init(content: Content, saved: SavedPlan) {
        self.content = content
        self.saved = saved
    }

    fileprivate static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    private struct Envelope: Codable {
        var plan: Content
        var sha256: String
    }

    /// What every version of the file has.
    private struct Stated: Decodable {
        struct Plan: Decodable { var version: Int }
        var plan: Plan
    }
}

/// What a saved plan's file states; `Planning`'s types as plain values.
private struct Content: Codable {
    struct Place: Codable {
        var file: String
        var line: Int
        var column: Int
    }

    struct Change: Codable {
        var resource: String
        var result: String
    }

    struct Budget: Codable {
        var objects: Int?
        var percent: Int?
    }

    /// What the plan was made of.
    struct Guarded: Codable {
        var resource: String
        var revision: Int64?
        var fingerprint: String
        var hasDocument: Bool?
    }

    var version: Int
    var id: String
    /// Milliseconds since 1970, by the server's clock.
    var made: Int64
    var by: String
    var database: String
    var set: String?
    var force: Bool
    /// Nil: nothing is deleted.
    var prune: Budget?
    /// Nil: nothing is.
    var pinned: [String]?
    /// The declarations, in order, and where each came from. Several texts where one would be larger than is read.
    var manifests: [String]
    var places: [Place?]
    var changes: [Change]
    var resources: [Guarded]
    var pools: [String: [String]]
    var policies: [String: [String]]

    init(_ plan: SavedPlan, version: Int, database: String, by person: String, longestText: Int) {
        let request = plan.request
        self.version = version
        self.database = database
        (id, made, by) = (plan.id, plan.made.milliseconds, person)
        (set, force) = (request.set, request.takesOver)
        prune = request.pruning.map { Budget(objects: $0.budget.objects, percent: $0.budget.percent) }
        pinned = request.pinned.isEmpty ? nil : request.pinned.sorted().map(\.description)
        manifests = Self.texts(request.declarations, longestText)
        places = request.declarations.map { declaration in
            declaration.source.map { Place(file: $0.file, line: $0.line, column: $0.column) }
        }
        changes = plan.changes.map { Change(resource: $0.key.description, result: $0.outcome.rawValue) }
        resources = plan.guards.resources.sorted { $0.key < $1.key }.map { key, resource in
            Guarded(
                resource: key.description, revision: resource.revision, fingerprint: resource.fingerprint,
                hasDocument: resource.hasDocument ? true : nil)
        }
        pools = plan.guards.pools
        policies = plan.guards.policies.mapValues { $0.map(\.description) }
    }

    private static func texts(_ declarations: [Declaration], _ longestText: Int) -> [String] {
        var texts: [String] = []
        for declaration in declarations {
            let text = ManifestWriter.text(declaration)
            if let last = texts.indices.last, texts[last].utf8.count + text.utf8.count <= longestText {
                texts[last] += "---\n" + text
            } else {
                texts.append(text)
            }
        }
        return texts
    }

    /// SHA-256 of the content, however it is laid out in the file.
    func digest() throws -> String {
        SHA256.hash(data: try PlanFile.encoder.encode(self)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// Nil when something of it makes no sense.
    func restored() -> SavedPlan? {
        let loaded = ManifestLoader.load(manifests.map { ManifestFile(path: "plan", bytes: Array($0.utf8)) })
        guard !loaded.hasErrors, loaded.declarations.count == places.count else { return nil }
        var declarations = loaded.declarations
        for (position, place) in places.enumerated() {
            declarations[position].source = place.map {
                SourceLocation(file: $0.file, line: $0.line, column: $0.column)
            }
        }
        var request = DeclarationRequest(declarations, manager: set.map(Desired.syncManager(of:)) ?? by)
        request.set = set
        request.takesOver = force
        let pinned = pinned ?? []
        request.pinned = Set(pinned.compactMap { ResourceKey($0) })
        guard request.pinned.count == pinned.count else { return nil }
        request.pruning = prune.map {
            Pruning(budget: PruneBudget(objects: $0.objects, percent: $0.percent), digest: "")
        }
        var guards = PlanGuards()
        for each in resources {
            guard let key = ResourceKey(each.resource) else { return nil }
            guards.resources[key] = PlanGuards.Resource(
                revision: each.revision, fingerprint: each.fingerprint, hasDocument: each.hasDocument ?? false)
        }
        guards.pools = pools
        for (policy, names) in policies { guards.policies[policy] = names.compactMap { ResourceKey($0) } }
        let results = changes.compactMap { change -> DeclarationResult? in
            guard let key = ResourceKey(change.resource), let outcome = DeclarationOutcome(rawValue: change.result)
            else { return nil }
            return DeclarationResult(key, outcome)
        }
        return SavedPlan(
            id: id, made: Timestamp(milliseconds: made), request: request, guards: guards, changes: results)
    }
}
