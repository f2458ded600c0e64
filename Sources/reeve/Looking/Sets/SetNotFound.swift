import Fleet
import FleetStore

extension SetView {
    /// Throws a line for each that was asked for and does not exist, with the nearest name that does.
    static func requireAll(_ names: [String], among views: [SetView], in store: any Store) async throws {
        let found = Set(views.map(\.status.name))
        let missing = names.filter { !found.contains($0) }
        guard !missing.isEmpty else { return }
        let known = try await store.sets().map(\.name)
        let lines = missing.map { name in
            let nearest = Spelling.nearest(to: name, among: known).map { "; did you mean set/\($0.printable)?" }
            return "there is no set \(name.printable)" + (nearest ?? "")
        }
        throw CommandFailure(.differences, lines.joined(separator: "\nerror: "))
    }
}

extension Store {
    /// Throws when neither a status nor a resource of such a set stands, with the nearest name that there is.
    func requireSet(_ name: String) async throws {
        let isSynced = try await set(name) != nil
        if !isSynced, try await declared(inSet: name).isEmpty {
            try await SetView.requireAll([name], among: [], in: self)
        }
    }
}
