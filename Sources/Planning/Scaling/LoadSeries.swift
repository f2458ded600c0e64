import Fleet

/// A recorded load, minute by minute, in fully used nodes: what a replay is run over.
///
/// Its 99.9th percentile is 12 nodes, and nothing is above 24 (SCALING, "Replay"); between two rows the load is held.
package struct LoadSeries: Sendable {
    package struct Row: Hashable, Sendable {
        package var at: Timestamp
        package var value: Double

        package init(at: Timestamp, value: Double) {
            self.at = at
            self.value = value
        }
    }

    package enum Half: String, CaseIterable, Sendable {
        case first, second
    }

    /// More minutes are refused: about four years.
    package static let mostMinutes = 2_000_000
    /// A half is cut to its first days, so that long and short series weigh alike.
    package static let daysOfHalf: Int64 = 14
    private static let usual = 12.0
    private static let highest = 24.0

    package let start: Timestamp
    /// One for each minute from `start` on.
    package let loads: [Double]

    /// - Parameters:
    ///   - rows: in ascending order of time; the percentile is that of all of them, also for a half.
    ///   - half: of the rows.
    package init(_ rows: [Row], half: Half? = nil) throws(LoadSeriesError) {
        let middle = rows.count / 2
        var part = rows[...]
        switch half {
        case .first: part = rows[..<middle]
        case .second: part = rows[middle...]
        case nil: break
        }
        guard let first = part.first?.at else { throw .empty }
        if half != nil {
            part = part.prefix { $0.at.seconds(since: first) < LoadSeries.daysOfHalf * 86_400 }
        }
        guard let last = part.last?.at, last.milliseconds - first.milliseconds < Int64(LoadSeries.mostMinutes) * 60_000
        else { throw .tooLong }
        let peak = LoadSeries.percentile(rows.map(\.value))
        guard peak > 0 else { throw .noLoad }
        start = first
        loads = LoadSeries.minutes(part).map { min(LoadSeries.highest, $0 / peak * LoadSeries.usual) }
    }

    /// The 99.9th, between two rows in proportion.
    private static func percentile(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let place = Double(sorted.count - 1) * 0.999
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }

    private static func minutes(_ rows: ArraySlice<Row>) -> [Double] {
        guard let first = rows.first, let last = rows.last else { return [] }
        let count = Int(last.at.seconds(since: first.at) / 60) + 1
        var values: [Double] = []
        values.reserveCapacity(count)
        var next = rows.startIndex
        var value = first.value
        for minute in 0..<count {
            let now = first.at.advanced(seconds: Int64(minute) * 60)
            while next < rows.endIndex, rows[next].at <= now {
                value = rows[next].value
                next += 1
            }
            values.append(value)
        }
        return values
    }
}

/// Why rows are no series.
package enum LoadSeriesError: Error, Hashable, Sendable {
    /// There is no row, or none in that half.
    case empty
    /// More than `LoadSeries.mostMinutes`.
    case tooLong
    /// Nearly every value is 0.
    case noLoad
}
