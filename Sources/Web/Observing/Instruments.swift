import Metrics
import Synchronization

/// One series: what a label set of a family holds. Each guards itself, so that writers of different series never meet.
protocol Instrument: AnyObject, Sendable {
    /// Its lines, without HELP and TYPE.
    func expose(_ series: SeriesName, into text: inout String)
}

/// Only ever grows, but for `reset`. Whole steps are exact beyond 2^53.
final class CountingInstrument: Instrument, CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<Int64>(0)
    private let fraction = AtomicDouble()

    /// A negative amount is no count, and passed over.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(amount, ordering: .relaxed)
    }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fraction.add(amount)
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fraction.set(0)
    }

    func expose(_ series: SeriesName, into text: inout String) {
        let (whole, fraction) = (whole.load(ordering: .relaxed), fraction.value)
        text.sample(series.plain, fraction == 0 ? String(whole) : (Double(whole) + fraction).exposed)
    }
}

/// What is the case now.
final class GaugeInstrument: Instrument, RecorderHandler, MeterHandler {
    private let value = AtomicDouble()

    func record(_ value: Int64) { self.value.set(Double(value)) }
    func record(_ value: Double) { self.value.set(value) }
    func set(_ value: Int64) { self.value.set(Double(value)) }
    func set(_ value: Double) { self.value.set(value) }
    func increment(by amount: Double) { value.add(amount) }
    func decrement(by amount: Double) { value.add(-amount) }

    func expose(_ series: SeriesName, into text: inout String) { text.sample(series.plain, value.value.exposed) }
}

/// How often values fell under each bound. Timers count in seconds.
final class HistogramInstrument: Instrument, RecorderHandler, TimerHandler {
    private struct State {
        /// One for each bound and one for what is above all of them; not summed up.
        var counts: [Int64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: [Int64](repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    /// What is no number is no measurement.
    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func expose(_ series: SeriesName, into text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var below: Int64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            below += count
            text.sample(series.bucket(bound), String(below))
        }
        text.sample(series.sum, sum.exposed)
        text.sample(series.count, String(below))
    }
}

/// Takes what nobody will see: writes to a name that is another kind of metric already.
final class HiddenInstrument: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    func increment(by: Int64) {}
    func increment(by: Double) {}
    func decrement(by: Double) {}
    func reset() {}
    func record(_: Int64) {}
    func record(_: Double) {}
    func recordNanoseconds(_: Int64) {}
    func set(_: Int64) {}
    func set(_: Double) {}
}

/// A number that many threads add to.
private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, found) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = found
        }
    }
}
