import Fleet
import Foundation
import Synchronization

/// The offsets of one IANA time zone, asked of Foundation once a stretch and then kept.
///
/// A fleet asks for the same few zones and the same hours again and again, and Foundation answers behind a lock of
/// ICU's; here an answer is a comparison. What is kept never changes an answer.
final class ZoneClock: Sendable {
    /// A stretch of time with one offset, as far as it was looked at.
    struct Stretch: Sendable {
        let from: Int64
        /// The next transition, exclusive; `Int64.max` if there is none.
        let until: Int64
        /// East of UTC, in milliseconds.
        let offset: Int64

        func contains(_ instant: Int64) -> Bool { from <= instant && instant < until }
    }

    static let utc = ZoneClock(zone: nil)

    private static let known = Mutex<[String: ZoneClock]>([:])
    /// More names than there are zones: only nonsense fills it, and then it starts anew.
    private static let mostKnown = 1024
    private static let mostStretches = 4

    private let zone: TimeZone?
    private let stretches = Mutex<[Stretch]>([])

    private init(zone: TimeZone?) {
        self.zone = zone
    }

    /// The zone of that name; UTC where there is none of that name.
    static func named(_ name: String) -> ZoneClock {
        known.withLock { known in
            if let clock = known[name] { return clock }
            if known.count >= mostKnown { known.removeAll() }
            let clock = TimeZone(identifier: name).map(ZoneClock.init(zone:)) ?? utc
            known[name] = clock
            return clock
        }
    }

    /// The stretch around `instant` (milliseconds since 1970), at least from there to the next transition.
    func stretch(at instant: Int64) -> Stretch {
        guard let zone else { return Stretch(from: .min, until: .max, offset: 0) }
        return stretches.withLock { stretches in
            if let kept = stretches.first(where: { $0.contains(instant) }) { return kept }
            let found = ZoneClock.ask(zone, instant)
            if stretches.count >= ZoneClock.mostStretches { stretches.removeLast() }
            stretches.insert(found, at: 0)
            return found
        }
    }

    private static func ask(_ zone: TimeZone, _ instant: Int64) -> Stretch {
        let date = Date(timeIntervalSince1970: Double(instant) / 1000)
        let next = zone.nextDaylightSavingTimeTransition(after: date).map {
            Int64(($0.timeIntervalSince1970 * 1000).rounded())
        }
        return Stretch(
            from: instant, until: next.flatMap { $0 > instant ? $0 : nil } ?? .max,
            offset: Int64(zone.secondsFromGMT(for: date)) * 1000)
    }
}
