import Fleet

/// The program that a pool names to have nodes made.
package struct ProviderProgram: Hashable, Sendable {
    /// Itself and its arguments.
    package var command: [String]
    package var timeoutSeconds: Int64

    /// Nil for a pool that names none.
    package init?(of pool: Desired) {
        guard let words = pool.spec[PoolLeaf.providerCommand]?.list?.compactMap(\.string), !words.isEmpty else {
            return nil
        }
        command = words
        let leaf = FieldTable.nodePool.leaves[PoolLeaf.providerTimeout].field
        timeoutSeconds = (pool.spec[PoolLeaf.providerTimeout] ?? leaf.resolvedDefault)?.int ?? 60
    }
}
