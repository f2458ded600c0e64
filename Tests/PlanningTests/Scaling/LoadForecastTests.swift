import Fleet
import Testing

@testable import Planning

struct LoadForecastTests {
    private func forecast(_ minutes: Int, _ load: (Int) -> Double?) -> LoadForecast {
        var forecast = LoadForecast()
        for minute in 0..<minutes { forecast.add(load(minute)) }
        return forecast
    }

    @Test func `a load that wanders has nothing to be foretold`() {
        var generator = SeededGenerator(seed: 3)
        var load = 10.0
        let wandering = forecast(600) { _ in
            load = min(20, max(1, load + Double.random(in: -1...1, using: &generator)))
            return load
        }
        #expect(wandering.outlook?.candidate == .persistence)
        #expect(wandering.outlook?.load == load)
        #expect(forecast(29) { _ in 1 }.outlook == nil)
        #expect(LoadForecast().outlook == nil)
    }

    @Test func `a ramp is followed by its trend`() throws {
        let outlook = try #require(forecast(120) { 2 + Double($0) * 0.1 }.outlook)
        #expect(outlook.candidate == .trend && outlook.loss < outlook.persistenceLoss)
        #expect(outlook.load > 2 + 119 * 0.1)
    }

    @Test func `an hourly spike is foretold before it comes`() throws {
        func load(_ minute: Int) -> Double { (20..<30).contains(minute % 60) ? 10 : 2 }
        let early = try #require(forecast(6 * 60 + 14, load).outlook)
        #expect(early.candidate == .hourly && early.load == 10, "7 minutes after minute 13")
        let late = try #require(forecast(6 * 60 + 40, load).outlook)
        #expect(late.load == 2)
    }

    @Test func `a day is remembered, over holes, too`() throws {
        func load(_ minute: Int) -> Double? {
            if (2000..<2100).contains(minute) { return nil }
            return 5 + 4 * Double(minute / 60 % 24 == 9 ? 1 : 0) + (minute / 60 % 2 == 0 ? 0.5 : 0)
        }
        let outlook = try #require(forecast(2 * 1440 + 9 * 60 - 4, load).outlook)
        #expect(outlook.candidate == .daily && outlook.load == 9)
    }

    /// The forecast's own promise: it may raise, never lower.
    @Test(arguments: ScalingPropertyTests.seeds)
    func `a pool with a forecast never wants fewer than without`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var policy = ScalingPolicy(maxNodes: 60)
        policy.windowMinutes = 12
        let nodes = (0..<Int.random(in: 1...12, using: &generator)).map {
            ScalingNode("node_\($0)", .active, freshUntil: Timestamp(milliseconds: .max))
        }
        var window = UsageWindow(minutes: 12, metrics: [.cpu], sampleInterval: 60, forecasts: true)
        var now = PaperPool.noon
        let base = Double.random(in: 5...70, using: &generator)
        for minute in 0..<200 {
            now = PaperPool.noon.advanced(seconds: Int64(minute) * 60)
            let spike = minute % 60 < 10 ? 30.0 : 0
            for node in nodes { window.add(UsageSample(at: now, cpu: base + spike), of: node.id, now: now) }
        }
        var input = ScalingInput(policy: policy, nodes: nodes, window: window, now: now)
        input.room = 1_000_000
        let without = Scaler.decide(input)
        input.policy.forecast = true
        let with = Scaler.decide(input)
        #expect(with.desired >= without.desired)
        let step = with.steps.first { $0.rule == .forecast }
        #expect(step?.candidate != nil && !without.steps.contains { $0.rule == .forecast })
    }
}
