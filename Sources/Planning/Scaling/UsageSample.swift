import Fleet

/// What a policy's thresholds are compared with.
package enum UsageMetric: String, CaseIterable, Hashable, Sendable {
    case cpu, memory, gpu
}

/// A node's load at one instant, in percent; nil is not measured.
///
/// Figures are kept to 1/1024 of a percent, because sums of such are exact in any order: the same nodes give the same
/// answer however they are listed. What is no percentage is no figure.
package struct UsageSample: Hashable, Sendable {
    package let at: Timestamp
    private var cpu: Double?
    private var memory: Double?
    private var gpu: Double?

    package init(at: Timestamp, cpu: Double? = nil, memory: Double? = nil, gpu: Double? = nil) {
        self.at = at
        self.cpu = cpu.flatMap(UsageSample.figure)
        self.memory = memory.flatMap(UsageSample.figure)
        self.gpu = gpu.flatMap(UsageSample.figure)
    }

    package init(_ usage: NodeLoad) {
        self.init(at: usage.at, cpu: usage.cpu, memory: usage.memory, gpu: usage.gpu)
    }

    package subscript(metric: UsageMetric) -> Double? {
        get {
            switch metric {
            case .cpu: cpu
            case .memory: memory
            case .gpu: gpu
            }
        }
        set {
            let figure = newValue.flatMap(UsageSample.figure)
            switch metric {
            case .cpu: cpu = figure
            case .memory: memory = figure
            case .gpu: gpu = figure
            }
        }
    }

    /// A little above 100 is how some collectors say that all of it is used.
    private static func figure(_ value: Double) -> Double? {
        value >= 0 && value <= 101 ? rounded(min(value, 100)) : nil
    }

    /// What is more than 0 stays so: exactly 0 has a meaning of its own.
    static func rounded(_ value: Double) -> Double { value > 0 ? max((value * 1024).rounded(), 1) / 1024 : 0 }
}

/// Samples of one metric, summed as they are met.
struct UsageTally {
    private(set) var count: Int64 = 0
    private(set) var sum = 0.0
    private var zeros: Int64 = 0

    mutating func add(_ value: Double) {
        count += 1
        sum += value
        if value == 0 { zeros += 1 }
    }

    /// How many of them are zeros that nobody should believe (SCALING, rule 1): at least a fifth of the nodes say
    /// exactly 0 while the others average 10 or more, or all of them do. A machine that reports is at work, so its
    /// processor and memory are never at 0; a graphics processor may well be.
    ///
    /// - Parameter nodes: how many should have said something.
    func suspects(_ metric: UsageMetric, of nodes: Int64) -> Int64 {
        guard zeros > 0 else { return 0 }
        if zeros == count { return metric == .gpu ? 0 : zeros }
        return zeros * 5 >= nodes && sum >= 10 * Double(count - zeros) ? zeros : 0
    }
}
