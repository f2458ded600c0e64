import Fleet
import Testing

@testable import Planning

struct UsageWindowTests {
    private static let start = PaperPool.noon

    /// What the window is told, kept whole, and its peak worked out anew from all of it.
    private struct Naive {
        enum Event {
            case added(String, UsageSample)
            case removed(String)
        }

        let step: Int64
        let steps: Int64
        let staleAfter: Int64
        var events: [(step: Int64, event: Event)] = []

        func point(_ number: Int64, _ metric: UsageMetric) -> (percent: Double, load: Double)? {
            var latest: [String: UsageSample] = [:]
            var own: [String: [Double]] = [:]
            for (step, event) in events where step <= number {
                switch event {
                case .removed(let id): (latest[id], own[id]) = (nil, nil)
                case .added(let id, let sample):
                    if let last = latest[id], sample.at <= last.at { continue }
                    latest[id] = sample
                    if step == number, let value = sample[metric] { own[id, default: []].append(value) }
                }
            }
            let oldest = Timestamp(milliseconds: (number + 1) * step - staleAfter)
            let values = latest.compactMap { id, sample -> Double? in
                if let all = own[id] { return UsageSample.rounded(all.reduce(0, +) / Double(all.count)) }
                return sample.at >= oldest ? sample[metric] : nil
            }
            guard !values.isEmpty, values.count * 2 >= latest.count else { return nil }
            let load = (values.reduce(0, +) + 100 * Double(latest.count - values.count)) / 100
            return (load * 100 / Double(latest.count), load)
        }

        func peak(_ metric: UsageMetric, now: Timestamp, since first: Timestamp) -> WindowPeak {
            let current = now.milliseconds / step
            var peak = WindowPeak(percent: 0, load: 0, covered: 0, steps: steps)
            for number in max(current - steps, first.milliseconds / step)..<current {
                guard let point = point(number, metric) else { continue }
                peak.covered += 1
                peak.percent = max(peak.percent, point.percent)
                peak.load = max(peak.load, point.load)
            }
            return peak
        }
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `it equals what is worked out anew from all samples`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let minutes = Int64([1, 3, 10, 12, 30].randomElement(using: &generator) ?? 1)
        let metrics: [UsageMetric] = [.cpu, .memory]
        var window = UsageWindow(minutes: minutes, metrics: metrics, sampleInterval: 60)
        let step = min(60_000, minutes * 5_000)
        var naive = Naive(step: step, steps: minutes * 60_000 / step, staleAfter: 120_000)
        var now = Self.start
        for _ in 0..<200 {
            // Mostly seconds, now and then a hole of minutes.
            let isHole = Int.random(in: 0..<25, using: &generator) == 0
            now = now.advanced(seconds: Int64.random(in: isHole ? 60...600 : 0...20, using: &generator))
            window.advance(to: now)
            let id = "node_\(Int.random(in: 0..<5, using: &generator))"
            if Int.random(in: 0..<30, using: &generator) == 0 {
                window.remove(id)
                naive.events.append((now.milliseconds / step, .removed(id)))
            } else {
                let late = Int64.random(in: 0...90, using: &generator)
                let hasMemory = Bool.random(using: &generator)
                let sample = UsageSample(
                    at: now.advanced(seconds: -late), cpu: Double.random(in: 1...100, using: &generator),
                    memory: hasMemory ? Double.random(in: 1...100, using: &generator) : nil)
                window.add(sample, of: id, now: now)
                naive.events.append((now.milliseconds / step, .added(id, sample)))
            }
            for metric in metrics {
                #expect(window.peak(metric) == naive.peak(metric, now: now, since: Self.start))
            }
        }
    }

    @Test func `a double, an older one and one from the future are dropped`() {
        var window = UsageWindow(minutes: 5, metrics: [.cpu], sampleInterval: 60)
        let now = Self.start
        let taken = [(0, 50), (0, 90), (-1, 90), (61, 90)].map { seconds, cpu in
            window.add(UsageSample(at: now.advanced(seconds: seconds), cpu: cpu), of: "a", now: now)
        }
        #expect(taken == [true, false, false, false])
        #expect(window.latest(of: "a")?[.cpu] == 50)
        window.advance(to: now.advanced(seconds: 60))
        #expect(window.peak(.cpu).percent == 50)
    }

    @Test func `it is full when all of it is known, and no longer after a hole`() {
        var window = UsageWindow(minutes: 5, metrics: [.cpu], sampleInterval: 15)
        var now = Self.start
        func minute(_ window: inout UsageWindow, cpu: Double?) {
            if let cpu { window.add(UsageSample(at: now, cpu: cpu), of: "a", now: now) }
            now = now.advanced(seconds: 60)
            window.advance(to: now)
        }
        for _ in 0..<4 { minute(&window, cpu: 20) }
        #expect(!window.peak(.cpu).isFull)
        minute(&window, cpu: 40)
        #expect(window.peak(.cpu).isFull)
        // The last sample stands for 90 s more, and then nothing does.
        for _ in 0..<4 { minute(&window, cpu: nil) }
        #expect(!window.peak(.cpu).isFull)
        for _ in 0..<5 { minute(&window, cpu: 20) }
        #expect(window.peak(.cpu).isFull && window.peak(.cpu).percent == 20)
    }

    @Test func `zeros of broken collectors pull no peak down`() {
        var window = UsageWindow(minutes: 1, metrics: [.cpu], sampleInterval: 15)
        for (id, cpu) in [("a", 0), ("b", 60), ("c", 40)] as [(String, Double)] {
            window.add(UsageSample(at: Self.start, cpu: cpu), of: id, now: Self.start)
        }
        window.advance(to: Self.start.advanced(seconds: 5))
        #expect(window.peak(.cpu).load == 2, "silent nodes may be fully used")
        #expect(window.peak(.cpu).percent == 200 / 3.0)
    }

    @Test func `what is no percentage is no figure`() {
        var usage = NodeLoad(nodeID: "node_a", at: Self.start, cpu: 12.5, memory: 75, gpu: .nan)
        let sample = UsageSample(usage)
        #expect(sample[.cpu] == 12.5 && sample[.memory] == 75 && sample[.gpu] == nil)
        usage.cpu = -1
        #expect(UsageSample(usage)[.cpu] == nil)
    }
}
