import Fleet
import Planning

/// A replay drawn: the load as an area, nodes as lines over it.
struct ReplayPlot {
    private static let size = (width: 1200.0, height: 420.0)
    private static let margin = (left: 44.0, right: 12.0, top: 44.0, bottom: 34.0)
    /// More columns than that nobody can see.
    private static let columns = 1100

    private let replay: Replay
    private let record: LoadRecord?
    private let title: String
    private let top: Double
    private let span: Int

    /// - Parameter record: what the replay is of, if that was recorded: then what was in use is drawn, too.
    init(_ replay: Replay, record: LoadRecord? = nil, title: String) {
        self.replay = replay
        self.record = record
        self.title = title
        var highest = replay.minutes.reduce(1.0) { max($0, $1.load ?? 0, Double($1.ready + $1.starting)) }
        if let most = record?.inUse.max() { highest = max(highest, Double(most)) }
        top = (highest / 5).rounded(.up) * 5
        span = max(replay.minutes.count - 1, 1)
    }

    /// A document of its own, without scripts and without anything that is fetched.
    var svg: String {
        let (width, height) = (Int(ReplayPlot.size.width), Int(ReplayPlot.size.height))
        let optimum = replay.optimum
        let ratio = optimum > 0 ? (replay.summary.score / optimum).decimals(2) : "–"
        let actions = replay.summary.actions
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" role="img" \
            font-family="sans-serif" font-size="12">
            <title>\(title.escapedForXML)</title>
            <rect width="\(width)" height="\(height)" fill="#ffffff"/>
            <text x="44" y="20" font-size="15" fill="#222222">\(title.escapedForXML)</text>
            <text x="44" y="36" fill="#555555">load in fully used nodes (grey), nodes ready (blue), with those starting \
            (orange)\(record == nil ? "" : ", nodes really in use (green)"); \(actions) actions, score \(ratio) × the optimum\
            </text>
            \(grid)
            <path d="\(area)" fill="#c9ced6"/>
            \(actual)\
            <path d="\(line(replay.minutes.map { $0.ready + $0.starting }))" fill="none" stroke="#d9822b" \
            stroke-width="1"/>
            <path d="\(line(replay.minutes.map(\.ready)))" fill="none" stroke="#1f5fa8" stroke-width="1.5"/>
            </svg>

            """
    }

    // MARK: Places

    private func x(_ minute: Int) -> Double {
        let (size, margin) = (ReplayPlot.size, ReplayPlot.margin)
        return margin.left + (size.width - margin.left - margin.right) * Double(minute) / Double(span)
    }

    private func y(_ nodes: Double) -> Double {
        let (size, margin) = (ReplayPlot.size, ReplayPlot.margin)
        return size.height - margin.bottom - (size.height - margin.top - margin.bottom) * nodes / top
    }

    private func place(_ minute: Int, _ nodes: Double) -> String { "\(tenths(x(minute))) \(tenths(y(nodes)))" }

    private func tenths(_ value: Double) -> String { value.decimals(1) }

    // MARK: Parts

    private var grid: String {
        var parts: [String] = []
        for step in 0...5 {
            let nodes = top * Double(step) / 5
            let height = tenths(y(nodes))
            parts.append(
                "<path d=\"M\(tenths(x(0))) \(height)H\(tenths(x(span)))\" stroke=\"#e3e6ea\"/>"
                    + "<text x=\"38\" y=\"\(height)\" text-anchor=\"end\" fill=\"#555555\">\(Int(nodes))</text>")
        }
        for step in 0...4 {
            let minute = span * step / 4
            let anchor = step == 0 ? "start" : step == 4 ? "end" : "middle"
            let time = String(replay.time(minute).description.prefix(16)).replacing("T", with: " ")
            parts.append(
                "<text x=\"\(tenths(x(minute)))\" y=\"\(tenths(y(0) + 18))\" text-anchor=\"\(anchor)\" "
                    + "fill=\"#555555\">\(time)</text>")
        }
        return parts.joined(separator: "\n")
    }

    /// The highest load of each column.
    private var area: String {
        var path = "M\(place(0, 0))"
        let stride = max(1, replay.minutes.count / ReplayPlot.columns)
        for begin in Swift.stride(from: 0, to: replay.minutes.count, by: stride) {
            let end = min(begin + stride, replay.minutes.count)
            let highest = replay.minutes[begin..<end].reduce(0.0) { max($0, $1.load ?? 0) }
            path += "L\(place(begin, highest))"
        }
        return path + "L\(place(span, 0))Z"
    }

    private var actual: String {
        guard let record else { return "" }
        return "<path d=\"\(line(record.inUse))\" fill=\"none\" stroke=\"#2e7d4f\" stroke-width=\"1\"/>\n"
    }

    /// A step at each change.
    private func line(_ nodes: [Int64]) -> String {
        guard var last = nodes.first else { return "" }
        var path = "M\(place(0, Double(last)))"
        for (minute, count) in nodes.enumerated() where count != last {
            last = count
            path += "H\(tenths(x(minute)))V\(tenths(y(Double(last))))"
        }
        return path + "H\(tenths(x(span)))"
    }
}

extension String {
    fileprivate var escapedForXML: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // What XML has no place for, escaped or not.
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
