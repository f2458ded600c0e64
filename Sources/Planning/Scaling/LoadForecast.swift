import Fleet

/// What a pool's load will be when a node that is asked for now is ready: a few simple candidates, of which the one that
/// erred least so far is believed.
///
/// A forecast that was too low weighs eight times one that was too high, because nodes that are missing cost more than
/// nodes that idle; losses fade over some hours. Fed minute by minute; a minute costs the same however long the past is.
package struct LoadForecast: Sendable {
    package enum Candidate: String, CaseIterable, Hashable, Sendable {
        /// It stays as it is: nothing to be said beside the usage.
        case persistence = "Persistence"
        /// The trend of the last minutes, fading (Gardner and McKenzie 1985).
        case trend = "DampedTrend"
        /// As an hour, or a day, before: the highest of the three minutes around.
        case hourly = "Hourly"
        case daily = "Daily"
    }

    package struct Outlook: Hashable, Sendable {
        package var candidate: Candidate
        /// In fully used nodes.
        package var load: Double
        /// The mean loss so far, of this one and of persistence: why it is believed.
        package var loss: Double
        package var persistenceLoss: Double
    }

    /// From the last minute that is known until a node that is asked for now is ready.
    package static let minutesAhead = 7
    /// So much is kept, and so much of stored samples rebuilds it.
    package static let minutesKept = 1440
    private static let minutesToJudge = 30
    private static let underWeight = 8.0
    /// Of what was lost before, kept each minute: half of it after six hours.
    private static let memory = 0.998
    /// Smoothing of level and trend, and how much of a trend is left each minute.
    private static let smoothing = (level: 0.4, trend: 0.1, damping: 0.9)

    private typealias Predictions = SIMD4<Double>

    /// A ring; a minute of which nothing is known is not a number.
    private var loads = [Double](repeating: .nan, count: minutesKept)
    private var count = 0
    /// What was said at each of the last minutes.
    private var said = [Predictions](repeating: Predictions(repeating: .nan), count: minutesAhead)
    private var losses = Predictions(repeating: .nan)
    private var level = Double.nan
    private var trend = 0.0

    package init() {}

    /// The load of the next minute, in fully used nodes; nil if it is not known.
    package mutating func add(_ load: Double?) {
        let place = count % LoadForecast.minutesAhead
        if let load {
            if count >= LoadForecast.minutesAhead { judge(said[place], load) }
            smooth(load)
        }
        loads[count % LoadForecast.minutesKept] = load ?? .nan
        count += 1
        said[place] = predictions
    }

    /// What is to be expected; nil as long as too little is known.
    package var outlook: Outlook? {
        guard count >= LoadForecast.minutesToJudge else { return nil }
        let now = predictions
        var best: Outlook?
        for (index, candidate) in Candidate.allCases.enumerated() where !now[index].isNaN && !losses[index].isNaN {
            if best.map({ losses[index] < $0.loss }) ?? true {
                best = Outlook(
                    candidate: candidate, load: now[index], loss: losses[index], persistenceLoss: losses[0])
            }
        }
        return best
    }

    private mutating func judge(_ said: Predictions, _ load: Double) {
        for index in Candidate.allCases.indices where !said[index].isNaN {
            let error = load - said[index]
            let loss = error > 0 ? LoadForecast.underWeight * error : -error
            losses[index] =
                losses[index].isNaN ? loss : LoadForecast.memory * losses[index] + (1 - LoadForecast.memory) * loss
        }
    }

    private mutating func smooth(_ load: Double) {
        guard !level.isNaN else {
            level = load
            return
        }
        let (alpha, beta, damping) = LoadForecast.smoothing
        let before = level
        level = alpha * load + (1 - alpha) * (before + damping * trend)
        trend = beta * (level - before) + (1 - beta) * damping * trend
    }

    /// How many minutes of the present trend are still to come, faded as they are.
    private static let reach = (1...minutesAhead).reduce((sum: 0.0, power: 1.0)) { reach, _ in
        let power = reach.power * smoothing.damping
        return (reach.sum + power, power)
    }.sum

    /// By candidate, in their order; not a number where one has nothing to say.
    private var predictions: Predictions {
        let trended = level.isNaN ? .nan : max(0, level + LoadForecast.reach * trend)
        return Predictions(known(0), trended, season(60), season(LoadForecast.minutesKept))
    }

    /// The load so many minutes before the last one.
    private func known(_ minutesAgo: Int) -> Double {
        guard minutesAgo < min(count, LoadForecast.minutesKept) else { return .nan }
        return loads[(count - 1 - minutesAgo) % LoadForecast.minutesKept]
    }

    private func season(_ period: Int) -> Double {
        let same = period - LoadForecast.minutesAhead
        // `maximum` passes over a minute that is not known.
        return Double.maximum(known(same), Double.maximum(known(same - 1), known(same + 1)))
    }
}
