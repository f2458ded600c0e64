/// What names a resource everywhere: its kind and its id, written `NodePool/pool_x`.
package struct ResourceKey: Hashable, Sendable {
    package let kind: Kind
    package let id: String

    package init(_ kind: Kind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    /// Reads `NodePool/pool_x` exactly as `description` writes it.
    package init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/"), let kind = Kind(rawValue: String(text[..<slash])) else {
            return nil
        }
        self.init(kind, String(text[text.index(after: slash)...]))
    }
}

extension ResourceKey: Comparable {
    package static func < (left: ResourceKey, right: ResourceKey) -> Bool {
        left.kind == right.kind ? left.id < right.id : left.kind < right.kind
    }
}

extension ResourceKey: CustomStringConvertible {
    package var description: String { "\(kind.rawValue)/\(id)" }
}
