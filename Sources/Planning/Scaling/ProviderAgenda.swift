import Fleet

/// What is to be done for a pool's provided nodes, as of what its status and the declarations say. Pure.
///
/// Level-triggered: after a crash at any point the same look finds what is left to do, and doing it again is harmless.
package struct ProviderAgenda: Sendable {
    package enum Action: Hashable, Sendable {
        /// Have it made, and declare it.
        case create
        /// Mark its declaration for deletion; what follows is that of any node.
        case retract
        /// Nobody declares it any more: take the machine away.
        case delete
    }

    package struct Item: Hashable, Sendable {
        package var nodeID: String
        package var action: Action
    }

    /// In order of the nodes' ids.
    package private(set) var items: [Item] = []
    package private(set) var news = ProviderNews()
    /// Something is to be done or waited for.
    package private(set) var isOpen = false

    /// - Parameter declared: the declarations of the pool's provided nodes, by node id.
    package init(of pool: Desired, _ scaling: PoolScaling, declared: [String: Desired]) {
        for (id, node) in scaling.provided.sorted(by: { $0.key < $1.key }) {
            let declaration = declared[id]
            let isOurs = declaration?.manager == pool.providerManager && declaration?.poolID == pool.key.id
            isOpen = isOpen || node.phase != .made
            switch (node.phase, declaration) {
            case (.asked, nil): items.append(Item(nodeID: id, action: .create))
            case (.asked, _?) where isOurs: news.declared.insert(id)
            case (.made, nil): news.forsaken.insert(id)
            case (.made, _?): break
            case (.unwanted, nil): items.append(Item(nodeID: id, action: .delete))
            case (.unwanted, let declaration?) where isOurs:
                if declaration.deletion == nil { items.append(Item(nodeID: id, action: .retract)) }
            // Somebody declares it himself, and it is his.
            case (.asked, _?), (.unwanted, _?): news.gone.insert(id)
            }
        }
    }
}

extension Desired {
    /// Who declares the nodes that the pool's provider makes.
    package var providerManager: String { Desired.providerManager(of: key.id) }

    package static func providerManager(of poolID: String) -> String { providers + poolID }

    /// Whether some pool's scaler declared it.
    package var isProvided: Bool { manager.hasPrefix(Desired.providers) }

    private static let providers = "scaler/"

    /// The pool can have nodes made.
    package var hasProvider: Bool { ProviderProgram(of: self) != nil }
}
