internal import Fleet

/// Small pictures inside the page. They are made of numbers alone; colours are the style sheet's.
enum Drawings {
    /// Percentages over time, 0 to 100, oldest first; a gap where nothing was measured. Says in words what it shows.
    static func sparkline(_ values: [Double?], of what: String) -> String {
        let (width, height) = (120.0, 26.0)
        let measured = values.compactMap(\.self).map { min(max($0, 0), 100) }
        guard let last = measured.last, let highest = measured.max(), values.count > 1 else { return "" }
        let step = width / Double(values.count - 1)
        var lines = ""
        for run in runs(values) {
            let points = run.map { index, value in
                "\(short(Double(index) * step)),\(short(1 + (height - 2) * (1 - min(max(value, 0), 100) / 100)))"
            }
            if points.count == 1, let point = points.first {
                let parts = point.split(separator: ",")
                lines += "<circle class=\"dot\" cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"1.5\"/>"
            } else {
                lines += "<polyline class=\"line\" points=\"\(points.joined(separator: " "))\"/>"
            }
        }
        let words = "\(what): now \(short(last.rounded())) %, highest \(short(highest.rounded())) %"
        return "<svg class=\"spark\" viewBox=\"0 0 \(short(width)) \(short(height))\" width=\"\(short(width))\" "
            + "height=\"\(short(height))\" role=\"img\" aria-label=\"\(HTMLText.escape(words))\">\(lines)</svg>"
    }

    /// How a pool's nodes divide; the numbers stand beside it, so it is decoration to who does not see it.
    static func shares(_ counts: NodeCounts) -> String {
        let width = 120.0
        let all = counts.byStatus.reduce(0) { $0 + $1.1 }
        guard all > 0 else { return "" }
        var left = 0.0
        var parts = ""
        for (state, count) in counts.byStatus where count > 0 {
            let share = width * Double(count) / Double(all)
            parts +=
                "<rect class=\"\(state.rawValue)\" x=\"\(short(left))\" y=\"0\" width=\"\(short(share))\" height=\"8\"/>"
            left += share
        }
        return
            "<svg class=\"shares\" viewBox=\"0 0 120 8\" width=\"120\" height=\"8\" aria-hidden=\"true\">\(parts)</svg>"
    }

    /// Neighbours that were measured, each with its place.
    private static func runs(_ values: [Double?]) -> [[(Int, Double)]] {
        var runs: [[(Int, Double)]] = []
        var isOpen = false
        for (index, value) in values.enumerated() {
            guard let value else {
                isOpen = false
                continue
            }
            if isOpen { runs[runs.count - 1].append((index, value)) } else { runs.append([(index, value)]) }
            isOpen = true
        }
        return runs
    }

    /// One place after the point is finer than a pixel.
    private static func short(_ value: Double) -> String {
        let tenths = (value * 10).rounded()
        return tenths.remainder(dividingBy: 10) == 0 ? String(Int(tenths / 10)) : String(tenths / 10)
    }
}
