import Fleet

/// The running window of one pool's load: what its nodes in use said last, and the pool's peaks.
///
/// Samples are added as they are read; the cost is that of the new ones, and once in a step (a minute; less for windows
/// of less than 12) one walk over the nodes. A step's value is the mean, over the nodes, of what each measured in it;
/// who measured nothing counts with its newest sample while that is fresh, and as fully used after that. A step in which
/// fewer than half of the nodes have a figure is not known. Late ones count in the step in which they came. What is not
/// newer than the node's newest sample is dropped, so overlapping reads do no harm; so is what comes from the future.
///
/// After a restart it is rebuilt from the stored samples of its span (with forecasts, of a day): `WindowHistory`.
package struct UsageWindow: Sendable {
    /// A sample may be so much ahead of the server's clock, in seconds.
    package static let clockTolerance: Int64 = 60
    /// However short the window is, it has so many steps.
    static let stepsAtLeast: Int64 = 12

    private struct Node {
        var latest: UsageSample
        /// Of the open step, by metric.
        var sums = SIMD4<Double>.zero
        var counts = SIMD4<Int64>.zero

        init(_ first: UsageSample) { latest = first }

        mutating func add(_ sample: UsageSample, _ metrics: [UsageMetric]) {
            latest = sample
            for (index, metric) in metrics.enumerated() {
                guard let value = sample[metric] else { continue }
                sums[index] += value
                counts[index] += 1
            }
        }
    }

    /// Of one closed step, for one metric, silent nodes at 100; not a number where fewer than half of the nodes had a
    /// fresh sample.
    private struct Point {
        var percent = Double.nan
        var load = Double.nan
    }

    private let metrics: [UsageMetric]
    /// In milliseconds.
    private let step: Int64
    private let steps: Int
    private var staleAfter: Int64
    private var nodes: [String: Node] = [:]
    /// The closed steps' points by metric, as a ring: the step numbered n stands at n modulo `steps`.
    private var points: [[Point]]
    private var openStep: Int64?
    /// By metric; empty without forecasts.
    private var forecasts: [LoadForecast]

    /// - Parameters:
    ///   - minutes: the policy's `window_minutes`.
    ///   - sampleInterval: seconds between two stored samples of a node.
    ///   - forecasts: whether loads to come are forecast as well.
    package init(minutes: Int64, metrics: [UsageMetric], sampleInterval: Int64, forecasts: Bool = false) {
        self.metrics = metrics
        let span = max(minutes, 1) * 60_000
        step = min(60_000, span / UsageWindow.stepsAtLeast)
        steps = Int(span / step)
        self.sampleInterval = sampleInterval
        staleAfter = UsageWindow.secondsUntilStale(sampleInterval: sampleInterval) * 1000
        points = metrics.map { [steps] _ in [Point](repeating: Point(), count: steps) }
        self.forecasts = forecasts ? metrics.map { _ in LoadForecast() } : []
    }

    /// Seconds between two stored samples of a node: from the next step on.
    package var sampleInterval: Int64 {
        didSet { staleAfter = UsageWindow.secondsUntilStale(sampleInterval: sampleInterval) * 1000 }
    }

    /// A sample older than this says nothing of now (SCALING, rule 1).
    package static func secondsUntilStale(sampleInterval: Int64) -> Int64 { max(90, 2 * sampleInterval) }

    /// The node's newest sample.
    package func latest(of id: String) -> UsageSample? { nodes[id]?.latest }

    /// Adds a sample of a node that is in use, measured since it is.
    ///
    /// - Returns: false if it was dropped.
    @discardableResult
    package mutating func add(_ sample: UsageSample, of id: String, now: Timestamp) -> Bool {
        advance(to: now)
        guard sample.at <= now.advanced(seconds: UsageWindow.clockTolerance) else { return false }
        if let place = nodes.index(forKey: id) {
            guard sample.at > nodes.values[place].latest.at else { return false }
            nodes.values[place].add(sample, metrics)
        } else {
            var node = Node(sample)
            node.add(sample, metrics)
            nodes[id] = node
        }
        return true
    }

    /// Forgets a node that is no longer in use.
    package mutating func remove(_ id: String) { nodes[id] = nil }

    /// Closes the steps that are over at `now`.
    package mutating func advance(to now: Timestamp) {
        let current = UsageWindow.number(of: now.milliseconds, step)
        guard let open = openStep else {
            openStep = current
            return
        }
        guard current > open else { return }
        let oldest = current - Int64(max(steps, forecasts.isEmpty ? 0 : LoadForecast.minutesKept))
        // Of a long silence only the last steps are in the window, and what was measured before it is in none of them.
        if open < oldest {
            clear()
            forecasts = forecasts.map { _ in LoadForecast() }
        }
        for number in max(open, oldest)..<current { close(number) }
        openStep = current
    }

    /// Which of the spans of that length since 1970 an instant lies in; those before have negative numbers.
    private static func number(of milliseconds: Int64, _ length: Int64) -> Int64 {
        let number = milliseconds / length
        return milliseconds % length < 0 ? number - 1 : number
    }

    private mutating func close(_ number: Int64) {
        let oldest = Timestamp(milliseconds: (number + 1) * step - staleAfter)
        let endsMinute =
            UsageWindow.number(of: number * step, 60_000) != UsageWindow.number(of: (number + 1) * step, 60_000)
        let place = Int(number - UsageWindow.number(of: number, Int64(steps)) * Int64(steps))
        for (index, metric) in metrics.enumerated() {
            var tally = UsageTally()
            for node in nodes.values {
                if node.counts[index] > 0 {
                    tally.add(UsageSample.rounded(node.sums[index] / Double(node.counts[index])))
                } else if node.latest.at >= oldest, let value = node.latest[metric] {
                    tally.add(value)
                }
            }
            let count = tally.count - tally.suspects(metric, of: Int64(nodes.count))
            var point = Point()
            if count > 0, count * 2 >= Int64(nodes.count) {
                // As for the scale-in's own look (SCALING, rule 3): who says nothing may be fully used.
                point.load = (tally.sum + 100 * Double(Int64(nodes.count) - count)) / 100
                point.percent = point.load * 100 / Double(nodes.count)
            }
            points[index][place] = point
            if endsMinute, !forecasts.isEmpty {
                // A forecast only ever adds, so it takes them to work as hard as the others do.
                let load = tally.sum / Double(max(count, 1)) / 100 * Double(nodes.count)
                forecasts[index].add(count > 0 ? load : nil)
            }
        }
        clear()
    }

    /// A new step begins.
    private mutating func clear() {
        var place = nodes.startIndex
        while place != nodes.endIndex {
            nodes.values[place].sums = .zero
            nodes.values[place].counts = .zero
            nodes.formIndex(after: &place)
        }
    }

    /// What the load will be when nodes that are asked for now are ready; nil without forecasts, and while too little is
    /// known.
    package func outlook(_ metric: UsageMetric) -> LoadForecast.Outlook? {
        guard let index = metrics.firstIndex(of: metric), index < forecasts.count else { return nil }
        return forecasts[index].outlook
    }

    /// The peak of the closed steps; call `advance` before.
    package func peak(_ metric: UsageMetric) -> WindowPeak {
        var peak = WindowPeak(percent: 0, load: 0, covered: 0, steps: Int64(steps))
        guard let index = metrics.firstIndex(of: metric) else { return peak }
        for point in points[index] where !point.percent.isNaN {
            peak.covered += 1
            peak.percent = max(peak.percent, point.percent)
            peak.load = max(peak.load, point.load)
        }
        return peak
    }
}

/// The highest that a pool's load was within a window.
package struct WindowPeak: Hashable, Sendable {
    /// The highest mean of the nodes, in percent.
    package var percent: Double
    /// The highest sum of the nodes, in fully used nodes.
    package var load: Double
    /// Steps that something is known of, and how many the window has.
    package var covered: Int64
    package var steps: Int64

    package init(percent: Double, load: Double, covered: Int64, steps: Int64) {
        self.percent = percent
        self.load = load
        self.covered = covered
        self.steps = steps
    }

    /// Something is known of all of it.
    package var isFull: Bool { covered == steps }
}
