extension ScalingDecision {
    /// `4 → 6`, or the size alone where it stays.
    package var change: String { current == desired ? "\(current)" : "\(current) → \(desired)" }

    /// Who comes and who goes, for people, each with the first few names; empty when nobody does.
    package func moves(naming most: Int = 5) -> String {
        func listed(_ what: String, _ ids: [String]) -> String? {
            ids.isEmpty ? nil : "\(what): \(ids.firstFew(most))"
        }
        let parts = [
            listed("activated", coming), making > 0 ? "asked of the provider: \(making)" : nil,
            listed("drained", going), listed("given up", takenBack),
        ]
        return parts.compactMap(\.self).joined(separator: "; ")
    }
}

extension [String] {
    /// The first ones, separated by commas, and how many more there are.
    package func firstFew(_ most: Int = 5) -> String {
        prefix(most).joined(separator: ", ") + (count > most ? " and \(count - most) more" : "")
    }
}
