import Fleet
import FleetStore
import Manifests

/// Objects that were named and do not exist: a line for each, with the nearest name that does.
enum NotFound {
    static func failure(_ missing: [ResourceKey], in store: any Store) async throws -> CommandFailure {
        var lines: [String] = []
        for kind in Kind.allCases {
            let keys = missing.filter { $0.kind == kind }
            guard !keys.isEmpty else { continue }
            let take: @Sendable (inout [String], ScanRow) -> Void = { ids, row in
                if row.exists { ids.append(row.key.id) }
            }
            let parts = try await store.scan(kind, into: { [] }, row: take)
            lines += keys.map { line($0, among: parts.flatMap(\.self)) }
        }
        return CommandFailure(.differences, lines.joined(separator: "\nerror: "))
    }

    static func line(_ key: ResourceKey, among ids: [String]) -> String {
        // All of a kind begin alike; what was meant shows behind the prefix.
        let prefix = key.kind.idPrefix
        let names = ids.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
        let wanted = String(key.id.dropFirst(prefix.count))
        let suggestion = Spelling.nearest(to: wanted, among: names).map {
            "; did you mean \(key.kind.rawValue)/\(prefix)\($0)?"
        }
        return "there is no \(key)" + (suggestion ?? "")
    }
}
