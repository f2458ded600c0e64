internal import Fleet

/// A node's reports since its last stored sample, as one: gauges are means, counters and facts about the machine the
/// latest (`MetricLeaf.latest`).
struct SampleBucket: Sendable {
    private struct Mean: Sendable {
        /// One sum for a number, one for each element of a list.
        var sums: [Double]
        var count: Int
    }

    private var latest: ResourceSample?
    private var means: [Int: Mean] = [:]

    var isEmpty: Bool { latest == nil }
    /// The time of its last report.
    var until: Timestamp? { latest?.timestamp }

    /// Reports are added in order of time.
    mutating func add(_ report: ResourceSample) {
        var next = report
        for (index, value) in report.values.enumerated() {
            guard let value else {
                next[index] = latest?[index]
                continue
            }
            if !MetricLeaf.latest.contains(index) { add(value, to: index) }
        }
        latest = next
    }

    private mutating func add(_ value: FieldValue, to index: Int) {
        guard let numbers = SampleBucket.numbers(value) else { return }
        if var mean = means[index], mean.sums.count == numbers.count {
            for place in numbers.indices { mean.sums[place] += numbers[place] }
            mean.count += 1
            means[index] = mean
        } else {
            // The first, or a list of another length, to which the former ones say nothing.
            means[index] = Mean(sums: numbers, count: 1)
        }
    }

    private static func numbers(_ value: FieldValue) -> [Double]? {
        guard let list = value.list else { return value.double.map { [$0] } }
        let numbers = list.compactMap(\.double)
        return numbers.count == list.count ? numbers : nil
    }

    /// The sample, dated to the last report, and an empty bucket after it; nil if nothing was measured.
    mutating func empty() -> ResourceSample? {
        guard var sample = latest else { return nil }
        for (index, mean) in means where mean.count > 1 {
            let means = mean.sums.map { $0 / Double(mean.count) }
            switch sample[index] {
            case .int(let last)?: sample[index] = .int(Int64(exactly: means[0].rounded()) ?? last)
            case .double?: sample[index] = .double(means[0])
            case .list?: sample[index] = .list(means.map(FieldValue.double))
            default: break
            }
        }
        self = SampleBucket()
        return sample.values.contains { $0 != nil } ? sample : nil
    }
}
