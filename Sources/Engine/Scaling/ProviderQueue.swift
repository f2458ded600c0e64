import Fleet
import FleetStore
import Planning

/// Which calls to providers are running, which wait for their next try, and which pools are to be looked at. A value: it
/// decides, the worker acts.
struct ProviderQueue {
    struct Job: Hashable, Sendable {
        enum Work: Hashable, Sendable {
            case node(ProviderAgenda.Item)
            case list
        }

        var poolID: String
        var program: ProviderProgram?
        var labels: [Label]
        var work: Work

        /// One job of a name runs at a time.
        var name: String {
            switch work {
            case .node(let item): item.nodeID
            case .list: "list of \(poolID)"
            }
        }
    }

    /// Of a job of that name; what else is to be done under the name need not wait for it.
    private struct Failure {
        var work: Job.Work
        var count: Int
        var next: Timestamp
        var reason: String
    }

    static let mostOfPool = 4
    static let most = 8
    /// All pools are looked for, and providers asked for their nodes, this often.
    static let surveySeconds: Int64 = 600
    private static let firstBackoff: Int64 = 5

    /// Pools with something open, as far as is known.
    private(set) var watched: Set<String> = []
    /// Pools whose providers are to be asked for their nodes.
    private(set) var unlisted: Set<String> = []
    private(set) var nextSurvey = Timestamp(milliseconds: 0)
    /// Names of running jobs, with their pools.
    private var running: [String: String] = [:]
    private var failures: [String: Failure] = [:]
    /// By pool: what its provider listed last that is none of its nodes.
    private var strangers: [String: Set<String>] = [:]

    /// - Parameters:
    ///   - open: pools with provided nodes.
    ///   - providing: pools with a provider.
    mutating func surveyed(open: Set<String>, providing: Set<String>, now: Timestamp) {
        watched.formUnion(open)
        unlisted = providing
        nextSurvey = now.advanced(seconds: Self.surveySeconds)
    }

    mutating func watch(_ pools: some Sequence<String>) { watched.formUnion(pools) }

    mutating func unwatch(_ poolID: String) { watched.remove(poolID) }

    /// What a look begins with.
    struct Look {
        /// Pools that are to be looked at.
        var watched: Set<String>
        var unlisted: Set<String>
        /// Names of jobs that run: what the look reads, one of them may be about to change.
        var running: Set<String>
    }

    var look: Look { Look(watched: watched, unlisted: unlisted, running: Set(running.keys)) }

    /// Takes those of the jobs that may run now.
    ///
    /// - Parameter look: what the look that found them began with: a job that has ended since is not to be done again.
    mutating func start(_ jobs: [Job], of look: Look, now: Timestamp) -> [Job] {
        var started: [Job] = []
        for job in jobs where running[job.name] == nil && !look.running.contains(job.name) {
            guard failures[job.name].map({ $0.work != job.work || $0.next <= now }) ?? true, running.count < Self.most,
                running.values.count(where: { $0 == job.poolID }) < Self.mostOfPool
            else { continue }
            running[job.name] = job.poolID
            started.append(job)
        }
        return started
    }

    /// - Returns: whether there are others than the pool's provider listed before.
    mutating func noted(strangers ids: Set<String>, of poolID: String) -> Bool {
        let before = strangers.updateValue(ids, forKey: poolID) ?? []
        return !ids.isSubset(of: before)
    }

    mutating func succeeded(_ job: Job) {
        running[job.name] = nil
        failures[job.name] = nil
        if job.work == .list { unlisted.remove(job.poolID) }
    }

    /// - Returns: whether it is news: the first failure, or another one than the last.
    mutating func failed(_ job: Job, _ reason: String, now: Timestamp) -> Bool {
        running[job.name] = nil
        let before = failures[job.name].flatMap { $0.work == job.work ? $0 : nil }
        let count = (before?.count ?? 0) + 1
        // 5 s doubling, up to the time after which an addition is given up.
        let seconds = min(Self.firstBackoff << min(count - 1, 10), ScalingNode.secondsToStart)
        failures[job.name] = Failure(
            work: job.work, count: count, next: now.advanced(seconds: seconds), reason: reason)
        return before?.reason != reason
    }
}
