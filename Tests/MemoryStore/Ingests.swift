internal import Fleet

/// An ingest's word that it lives.
struct MemoryIngest: Sendable {
    var since: Timestamp
    var aliveAt: Timestamp
    var lapse: Int64
    var countedBefore: Timestamp

    /// A service of half an hour lets every node be lost that does not beat.
    func counted(by now: Timestamp?) -> Timestamp {
        let end = min(aliveAt.advanced(seconds: lapse), now ?? aliveAt.advanced(seconds: lapse))
        return end.seconds(since: since) >= 1800 ? end : countedBefore
    }
}

extension Database {
    private static let day: Int64 = 24 * 3600

    mutating func serves(_ instance: String, lapse: Int64) {
        let now = now
        if var standing = ingests[instance], now.seconds(since: standing.aliveAt) <= lapse {
            (standing.aliveAt, standing.lapse) = (now, lapse)
            ingests[instance] = standing
        } else {
            let counted = ingests.values.map { $0.counted(by: now) }.max() ?? now
            ingests[instance] = MemoryIngest(since: now, aliveAt: now, lapse: lapse, countedBefore: counted)
        }
        ingests = ingests.filter { now.seconds(since: $0.value.aliveAt) <= Database.day }
    }

    /// As if so much time had passed since all of it.
    mutating func ageIngests(seconds: Int64) {
        for id in ingests.keys {
            guard let standing = ingests[id] else { continue }
            ingests[id] = MemoryIngest(
                since: standing.since.advanced(seconds: -seconds),
                aliveAt: standing.aliveAt.advanced(seconds: -seconds), lapse: standing.lapse,
                countedBefore: standing.countedBefore.advanced(seconds: -seconds))
        }
    }

    var ingestService: IngestService {
        let living = ingests.values.filter { now.seconds(since: $0.aliveAt) <= $0.lapse }
        if let latest = living.max(by: { $0.since < $1.since }) {
            return .serving(since: latest.since, countedUntil: latest.countedBefore)
        }
        guard let last = ingests.values.max(by: { $0.aliveAt < $1.aliveAt }),
            now.seconds(since: last.aliveAt) <= Database.day
        else { return .none }
        return .away(countedUntil: ingests.values.map { $0.counted(by: nil) }.max() ?? now)
    }
}
