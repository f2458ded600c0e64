/// What the scaler remembers of a pool: instants that decisions move, so that they outlast a restart and a take-over.
package struct ScalingTimers: Hashable, Sendable {
    /// When the size last changed, by whomever.
    package var lastChange: Timestamp?
    /// The nodes in use, those in maintenance included, as the last decision left them; another number was made by
    /// somebody else.
    package var size: Int64?
    /// The newest operator's wish (`reeve scale`) that was adopted.
    package var adopted: Timestamp?
    /// Additions that failed since the last three hours without any, and when the newest of them was given up.
    package var failures: Int64 = 0
    package var lastFailure: Timestamp?

    package init() {}
}
