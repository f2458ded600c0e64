import Fleet

/// A daily window: from `start_hour` for `duration_hours`, as a clock on the wall of the node's zone shows them.
///
/// The window is open while that clock shows an hour of it; it includes its first instant and not its last, may pass
/// midnight, and with 24 hours is always open. So when clocks change it keeps to the wall: an hour that does not exist
/// is not part of any window (one that has no other hour does not open that day), and an hour that comes twice is part
/// of it both times. Counting elapsed hours instead would close it at another hour than the one that was declared.
package struct MaintenanceWindow: Sendable {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 24 * hour

    /// Milliseconds after midnight.
    private let start: Int64
    private let duration: Int64
    private let clock: ZoneClock

    /// - Parameters:
    ///   - startHour: 0 to 23.
    ///   - durationHours: 1 to 24.
    ///   - zone: an IANA name; none, or one that is not known, is UTC.
    ///
    /// The field table refuses hours outside their range; here they count as the nearest inside.
    package init(startHour: Int, durationHours: Int, zone: String?) {
        start = Int64(min(max(startHour, 0), 23)) * MaintenanceWindow.hour
        duration = Int64(min(max(durationHours, 1), 24)) * MaintenanceWindow.hour
        clock = zone.map(ZoneClock.named) ?? .utc
    }

    /// Whether the window is open at `now`.
    package func contains(_ now: Timestamp) -> Bool {
        let stretch = clock.stretch(at: now.milliseconds)
        return sinceStart(now.milliseconds, stretch) < duration
    }

    /// The first instant after `now` at which `contains` answers differently; nil when the window is always open.
    package func nextBoundary(after now: Timestamp) -> Timestamp? {
        guard duration < MaintenanceWindow.day else { return nil }
        var instant = now.milliseconds
        let open = contains(now)
        // Within a stretch the wall clock runs evenly; each one that holds no boundary leads to the next.
        while true {
            let stretch = clock.stretch(at: instant)
            let passed = sinceStart(instant, stretch)
            let boundary = instant + (open ? duration : MaintenanceWindow.day) - passed
            if boundary < stretch.until { return Timestamp(milliseconds: boundary) }
            instant = stretch.until
            let changed = contains(Timestamp(milliseconds: instant)) != open
            if changed { return Timestamp(milliseconds: instant) }
        }
    }

    /// Milliseconds on the wall since the window last began, 0 to a day.
    private func sinceStart(_ instant: Int64, _ stretch: ZoneClock.Stretch) -> Int64 {
        let rest = (instant + stretch.offset - start) % MaintenanceWindow.day
        return rest < 0 ? rest + MaintenanceWindow.day : rest
    }
}
