/// Shares of a whole, drawn with Unicode's block elements.
enum Blocks {
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    private static let levels = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// A bar of `width` characters, precise to an eighth of one; percent beyond 0 to 100 is cut.
    static func bar(_ percent: Double, width: Int) -> String {
        let filled = Int((min(max(percent, 0), 100) / 100 * Double(width * 8)).rounded())
        let text = String(repeating: "█", count: filled / 8) + eighths[filled % 8]
        return text + String(repeating: "░", count: width - text.count)
    }

    /// One character a value, on a scale of 0 to 100; a dot where nothing was measured, and nothing at all if nothing
    /// ever was.
    static func sparkline(_ values: [Double?]) -> String {
        guard values.contains(where: { $0 != nil }) else { return "" }
        return values.map { value in
            guard let value else { return "·" }
            return levels[min(Int(min(max(value, 0), 100) / 100 * Double(levels.count)), levels.count - 1)]
        }.joined()
    }
}
