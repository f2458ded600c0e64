/// Whether reports can arrive, as far as the ages of heartbeats depend on it (LOOP, "Heartbeats"). All instants are by
/// the server's clock.
///
/// none → serving ⇄ away → none, a day after the last one served.
package enum IngestService: Hashable, Sendable {
    /// No ingest ever served, or none for so long that it was taken out of service: heartbeats come from elsewhere.
    case none
    /// No ingest lives, so nobody can report. Ages counted until this instant.
    case away(countedUntil: Timestamp)
    /// Some ingest has taken reports since then without a gap; before the gap ages counted until `countedUntil`.
    case serving(since: Timestamp, countedUntil: Timestamp)
}
