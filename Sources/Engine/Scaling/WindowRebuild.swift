import Fleet
import FleetStore
import Planning

/// Makes windows from what is stored: the minutes' means, and the newest samples as they are.
struct WindowRebuild: Sendable {
    /// Means are read in slices of so many minutes, so that memory does not grow with a window's length.
    private static let sliceMinutes: Int64 = 10
    /// Of more nodes than these all are read: a filter by id would cost more than it saves.
    private static let mostNamed = 1000

    let store: any Store
    /// It gets on.
    let progress: @Sendable () -> Void

    /// - Parameter overlap: seconds of samples that are read one by one.
    /// - Returns: by pool id.
    func run(
        _ gaps: [ScalingRegister.Gap], overlap: Int64, now: Timestamp
    ) async throws(StoreError) -> [String: PoolLoad] {
        let minutes = gaps.map(\.load.minutesKept).max() ?? 1
        let short = gaps.filter(\.load.hasShortSteps).map(\.load.minutesKept).max() ?? 0
        let first = WindowRebuild.minute(of: now.advanced(seconds: -(minutes + 1) * 60))
        let single = WindowRebuild.minute(of: now.advanced(seconds: -max(overlap, (short + 1) * 60)))
        var histories = Histories(gaps, try await store.nodeHistory(since: first))
        let names = gaps.reduce(0) { $0 + $1.nodes.count } > WindowRebuild.mostNamed ? nil : gaps.flatMap(\.nodes)
        var since = first
        while since < single {
            let until = min(since.advanced(seconds: WindowRebuild.sliceMinutes * 60), single)
            histories.add(try await store.meanSamples(of: names, since: since, until: until, stepSeconds: 60))
            since = until
            progress()
        }
        histories.add(try await store.samples(of: names, since: max(first, single), until: now))
        return histories.end(now: now)
    }

    private static func minute(of instant: Timestamp) -> Timestamp {
        Timestamp(milliseconds: instant.milliseconds - instant.milliseconds % 60_000)
    }
}

/// The windows of several pools in the making.
private struct Histories {
    private var histories: [WindowHistory] = []
    private var places: [String: Int] = [:]
    private let gaps: [ScalingRegister.Gap]

    init(_ gaps: [ScalingRegister.Gap], _ transitions: [HistoryEntry]) {
        self.gaps = gaps
        for (place, gap) in gaps.enumerated() {
            for node in gap.nodes { places[node] = place }
        }
        var byPlace: [Int: [HistoryEntry]] = [:]
        for entry in transitions {
            if let place = places[entry.nodeID] { byPlace[place, default: []].append(entry) }
        }
        histories = gaps.enumerated().map { place, gap in
            WindowHistory(gap.load, measured: gap.measured, transitions: byPlace[place] ?? [])
        }
    }

    mutating func add(_ samples: [NodeLoad]) {
        for sample in samples {
            if let place = places[sample.nodeID] { histories[place].add(sample) }
        }
    }

    consuming func end(now: Timestamp) -> [String: PoolLoad] {
        var loads: [String: PoolLoad] = [:]
        for (gap, history) in zip(gaps, histories) { loads[gap.poolID] = history.end(measured: gap.measured, now: now) }
        return loads
    }
}
