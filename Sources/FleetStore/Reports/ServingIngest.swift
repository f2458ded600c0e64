import BSON
internal import Fleet

/// An ingest's own document in `leases`.
struct ServingIngest: Sendable {
    /// The lease of the leader stands beside it, as `leader`.
    static let prefix = "ingest/"
    /// After so many seconds of silence an ingest was taken out of service, and does not come back.
    private static let retired: Int64 = 24 * 3600

    /// In a service of so many seconds each node's age counts again, by the longest interval: three of them until it
    /// begins to, and three more until the node is lost.
    private static let settling: Int64 = 2 * 3 * 300

    var id: String
    var since: Timestamp
    var aliveAt: Timestamp
    var lapse: Int64
    /// Until when ages counted before `since`; nil in documents of former versions.
    var countedBefore: Timestamp?

    /// Until when every age counted, by what this ingest says: until it is taken for dead, or is joined by another
    /// (`now`). One that served for a short time only gave everybody time, so what was before it stands.
    private func counted(by now: Timestamp?) -> Timestamp {
        let dead = aliveAt.advanced(seconds: lapse)
        let end = now.map { min($0, dead) } ?? dead
        return end.seconds(since: since) >= ServingIngest.settling ? end : countedBefore ?? since
    }

    static func service(_ ingests: [ServingIngest], now: Timestamp) -> IngestService {
        let living = ingests.filter { now.seconds(since: $0.aliveAt) <= $0.lapse }
        if let latest = living.max(by: { $0.since < $1.since }) {
            return .serving(since: latest.since, countedUntil: latest.countedBefore ?? latest.since)
        }
        guard let last = ingests.max(by: { $0.aliveAt < $1.aliveAt }), now.seconds(since: last.aliveAt) <= retired
        else { return .none }
        return .away(countedUntil: countedUntil(ingests, now: nil) ?? now)
    }

    /// Until when every age counted when another service begins at `now`, or when none of these is heard of again.
    static func countedUntil(_ ingests: [ServingIngest], now: Timestamp?) -> Timestamp? {
        ingests.map { $0.counted(by: now) }.max()
    }

    /// Those that count for nothing any longer: silent for a day when another was alive.
    static func retired(_ ingests: [ServingIngest]) -> [String] {
        guard let last = ingests.map(\.aliveAt).max() else { return [] }
        return ingests.filter { last.seconds(since: $0.aliveAt) > retired }.map(\.id)
    }
}

extension ServingIngest {
    init(_ document: DocumentView) throws(StoreError) {
        do throws(BSONError) {
            var countedBefore: Timestamp?
            if let element = try document.first("counted_until") { countedBefore = try Timestamp(element) }
            self.init(
                id: try required(document.string("_id"), "_id"),
                since: try Timestamp(required(document.first("since"), "since")),
                aliveAt: try Timestamp(required(document.first("alive_at"), "alive_at")),
                lapse: try required(document.first("lapse_seconds"), "lapse_seconds").int64(),
                countedBefore: countedBefore)
        } catch {
            throw .malformed("leases/\(document.shownID): \(error)")
        }
    }
}
