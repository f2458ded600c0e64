import Fleet
import Foundation

/// How wide `top` draws its table.
struct TopLayout: Hashable {
    /// Characters of a bar; 0 for the figure alone.
    var barWidth: Int
    var hasTrend = true

    /// For pipes: no bars.
    static let plain = TopLayout(barWidth: 0)
    /// From wide to narrow.
    static let all = [TopLayout(barWidth: 16), TopLayout(barWidth: 8), plain, TopLayout(barWidth: 0, hasTrend: false)]

    /// The first rows in the widest layout that fits; where none does, the narrowest, whose lines are to be cut.
    static func table(_ reading: TopReading, limit: Int, width: Int) -> Table {
        var narrowest = Table([])
        for layout in all {
            let table = layout.table(reading, limit: limit)
            narrowest = table
            let widths = table.widths(headers: true)
            if widths.reduce(0, +) + 3 * (widths.count - 1) <= width { break }
        }
        return narrowest
    }

    func table(_ reading: TopReading, limit: Int) -> Table {
        let trend = hasTrend ? ["TREND"] : []
        switch reading.rows {
        case .nodes(let nodes):
            var table = Table(["NAME", "POOL", "STATUS", "CPU", "LOAD", "MEM", "DISK", "IN/OUT", "AGE"] + trend)
            for node in nodes.prefix(limit) { table.add(cells(node, reading.now)) }
            return table
        case .pools(let pools):
            var table = Table(["NAME", "ACTIVE/TOTAL", "CPU", "MEM"] + trend)
            for pool in pools.prefix(limit) {
                table.add(
                    [
                        Table.Cell(pool.name), Table.Cell("\(pool.active)/\(pool.total)"), bar(pool.cpu),
                        bar(pool.memory),
                    ]
                        + trendCell(pool.trend))
            }
            return table
        }
    }

    private func cells(_ node: NodeUsage, _ now: Timestamp) -> [Table.Cell] {
        let traffic = node.traffic.map { "\(Self.size($0.bytesIn))/\(Self.size($0.bytesOut))" }
        return [
            Table.Cell(node.name), Table.Cell(node.poolID ?? ""),
            Table.Cell(node.status, node.status == NodeState.error.rawValue ? .red : nil), bar(node.cpu),
            Table.Cell(node.load.map { String(format: "%.2f", $0) } ?? ""), bar(node.memory),
            Table.Cell(node.disk.map(Self.percent) ?? "", node.disk.map(Self.style)), Table.Cell(traffic ?? ""),
            Table.Cell(node.sampledAt.map { Age.text(from: $0, to: now) } ?? ""),
        ] + trendCell(node.trend)
    }

    private func trendCell(_ trend: [Double?]) -> [Table.Cell] {
        hasTrend ? [Table.Cell(Blocks.sparkline(trend))] : []
    }

    private func bar(_ percent: Double?) -> Table.Cell {
        guard let percent else { return "" }
        let figure = Self.percent(percent)
        guard barWidth > 0 else { return Table.Cell(figure, Self.style(percent)) }
        let blanks = String(repeating: " ", count: max(0, 5 - figure.count))
        return Table.Cell(Blocks.bar(percent, width: barWidth) + blanks + figure, Self.style(percent))
    }

    private static func percent(_ value: Double) -> String { "\(Int(value.rounded()))%" }

    private static func style(_ percent: Double) -> Terminal.Style {
        percent >= 90 ? .red : percent >= 70 ? .yellow : .green
    }

    /// Bytes in three digits or so: `812`, `1.2k`, `34M`.
    static func size(_ bytes: Double) -> String {
        var value = bytes
        for unit in ["", "k", "M", "G"] {
            if value < 999.5 {
                return String(format: unit.isEmpty || value >= 9.95 ? "%.0f" : "%.1f", value) + unit
            }
            value /= 1000
        }
        return String(format: "%.1fT", value)
    }
}
