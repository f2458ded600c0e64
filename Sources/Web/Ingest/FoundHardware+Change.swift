internal import Fleet

extension FoundHardware {
    /// Whether it is another machine than `former`, or one that was rebuilt: sizes that only breathe, as those of some
    /// file systems do, are no news.
    func isNews(after former: FoundHardware) -> Bool {
        cores != former.cores || FoundHardware.hasMoved(former.memoryBytes, memoryBytes)
            || FoundHardware.hasMoved(former.storageBytes, storageBytes)
    }

    private static func hasMoved(_ former: Int64?, _ size: Int64?) -> Bool {
        guard let former, let size else { return former != size }
        // Sizes are not negative, so the difference holds.
        return abs(size - former) > former / 100
    }
}
