import Fleet
import Planning
import Testing

/// A window, and where it opens and closes from a given instant on.
struct WindowCase: CustomTestStringConvertible {
    let name: String
    let zone: String?
    let start: Int
    let hours: Int
    /// From here the boundaries are listed.
    let from: String
    /// Whether it is open at `from`.
    let open: Bool
    let boundaries: [String]

    var testDescription: String { name }

    static let all = [
        WindowCase(
            name: "UTC where no zone is stated", zone: nil, start: 2, hours: 3, from: "2026-01-10T00:00:00Z",
            open: false,
            boundaries: ["2026-01-10T02:00:00Z", "2026-01-10T05:00:00Z", "2026-01-11T02:00:00Z"]),
        WindowCase(
            name: "UTC where the zone is not known", zone: "Middle/Earth", start: 0, hours: 1,
            from: "2026-01-10T00:00:00Z", open: true, boundaries: ["2026-01-10T01:00:00Z", "2026-01-11T00:00:00Z"]),
        WindowCase(
            name: "past midnight", zone: "UTC", start: 22, hours: 5, from: "2026-01-10T01:00:00Z", open: true,
            boundaries: ["2026-01-10T03:00:00Z", "2026-01-10T22:00:00Z", "2026-01-11T03:00:00Z"]),
        WindowCase(
            name: "until midnight exactly", zone: "UTC", start: 23, hours: 1, from: "2026-01-10T23:00:00Z", open: true,
            boundaries: ["2026-01-11T00:00:00Z", "2026-01-11T23:00:00Z"]),
        WindowCase(
            name: "all but one hour", zone: "UTC", start: 0, hours: 23, from: "2026-01-10T23:00:00Z", open: false,
            boundaries: ["2026-01-11T00:00:00Z", "2026-01-11T23:00:00Z"]),
        WindowCase(
            name: "before 1970, where remainders are negative", zone: "UTC", start: 2, hours: 3,
            from: "1969-12-31T03:00:00Z", open: true, boundaries: ["1969-12-31T05:00:00Z", "1970-01-01T02:00:00Z"]),
        WindowCase(
            name: "half-hour zone", zone: "Asia/Kolkata", start: 2, hours: 1, from: "2026-06-01T00:00:00Z", open: false,
            boundaries: ["2026-06-01T20:30:00Z", "2026-06-01T21:30:00Z"]),
        // Berlin, 29 March 2026: 02:00 CET becomes 03:00 CEST at 01:00Z; 25 October: 03:00 CEST becomes 02:00 CET.
        WindowCase(
            name: "Berlin, the missing hour alone: does not open", zone: "Europe/Berlin", start: 2, hours: 1,
            from: "2026-03-28T00:00:00Z", open: false,
            boundaries: [
                "2026-03-28T01:00:00Z", "2026-03-28T02:00:00Z", "2026-03-30T00:00:00Z", "2026-03-30T01:00:00Z",
            ]),
        WindowCase(
            name: "Berlin, opening in the missing hour: opens after it", zone: "Europe/Berlin", start: 2, hours: 2,
            from: "2026-03-29T00:00:00Z", open: false,
            boundaries: ["2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", "2026-03-30T00:00:00Z"]),
        WindowCase(
            name: "Berlin, closing in the missing hour: closes before it", zone: "Europe/Berlin", start: 1, hours: 1,
            from: "2026-03-29T00:00:00Z", open: true,
            boundaries: ["2026-03-29T01:00:00Z", "2026-03-29T23:00:00Z", "2026-03-30T00:00:00Z"]),
        WindowCase(
            name: "Berlin, across the missing hour", zone: "Europe/Berlin", start: 22, hours: 8,
            from: "2026-03-28T21:00:00Z", open: true, boundaries: ["2026-03-29T04:00:00Z", "2026-03-29T20:00:00Z"]),
        WindowCase(
            name: "Berlin, the doubled hour: both times, in one piece", zone: "Europe/Berlin", start: 2, hours: 1,
            from: "2026-10-24T23:00:00Z", open: false,
            boundaries: [
                "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", "2026-10-26T01:00:00Z", "2026-10-26T02:00:00Z",
            ]),
        WindowCase(
            name: "Berlin, before the doubled hour", zone: "Europe/Berlin", start: 1, hours: 1,
            from: "2026-10-24T22:00:00Z", open: false,
            boundaries: ["2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z"]),
        WindowCase(
            name: "Berlin, after the doubled hour", zone: "Europe/Berlin", start: 3, hours: 1,
            from: "2026-10-25T00:00:00Z", open: false,
            boundaries: ["2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z", "2026-10-26T02:00:00Z"]),
        // New York, 8 March 2026: 02:00 EST becomes 03:00 EDT at 07:00Z; 1 November: 02:00 EDT becomes 01:00 EST at 06:00Z.
        WindowCase(
            name: "New York, across the missing hour", zone: "America/New_York", start: 1, hours: 3,
            from: "2026-03-08T05:00:00Z", open: false,
            boundaries: ["2026-03-08T06:00:00Z", "2026-03-08T08:00:00Z", "2026-03-09T05:00:00Z"]),
        WindowCase(
            name: "New York, across the doubled hour", zone: "America/New_York", start: 0, hours: 2,
            from: "2026-11-01T03:00:00Z", open: false,
            boundaries: ["2026-11-01T04:00:00Z", "2026-11-01T07:00:00Z", "2026-11-02T05:00:00Z"]),
        // Lord Howe shifts by half an hour. 5 April 2026: 02:00 (+11) becomes 01:30 (+10:30) at 15:00Z the day before.
        WindowCase(
            name: "Lord Howe, half an hour doubled", zone: "Australia/Lord_Howe", start: 1, hours: 1,
            from: "2026-04-04T13:00:00Z", open: false,
            boundaries: ["2026-04-04T14:00:00Z", "2026-04-04T15:30:00Z", "2026-04-05T14:30:00Z"]),
        // 4 October 2026: 02:00 (+10:30) becomes 02:30 (+11) at 15:30Z the day before.
        WindowCase(
            name: "Lord Howe, half an hour missing", zone: "Australia/Lord_Howe", start: 2, hours: 1,
            from: "2026-10-03T15:00:00Z", open: false,
            boundaries: ["2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z", "2026-10-04T15:00:00Z"]),
        // Samoa crossed the date line: 30 December 2011 did not exist; midnight after the 29th (-10) was the 31st (+14).
        WindowCase(
            name: "Apia, the missing day", zone: "Pacific/Apia", start: 12, hours: 1, from: "2011-12-29T21:00:00Z",
            open: false,
            boundaries: ["2011-12-29T22:00:00Z", "2011-12-29T23:00:00Z", "2011-12-30T22:00:00Z"]),
        // Pyongyang moved its standard time from +8:30 to +9 on 4 May 2018 at 15:00Z: no daylight saving in it.
        WindowCase(
            name: "Pyongyang, a new standard time", zone: "Asia/Pyongyang", start: 12, hours: 1,
            from: "2018-05-04T00:00:00Z", open: false,
            boundaries: ["2018-05-04T03:30:00Z", "2018-05-04T04:30:00Z", "2018-05-05T03:00:00Z"]),
        // Beirut changes at midnight: on 25 October 2026 00:00 (+3) becomes 23:00 (+2) of the day before, at 21:00Z.
        WindowCase(
            name: "Beirut, doubled before midnight", zone: "Asia/Beirut", start: 23, hours: 1,
            from: "2026-10-24T19:00:00Z", open: false,
            boundaries: ["2026-10-24T20:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T21:00:00Z"]),
    ]
}

struct MaintenanceWindowTests {
    @Test(arguments: WindowCase.all)
    func `a window opens and closes by the clock on the wall`(_ window: WindowCase) throws {
        let subject = MaintenanceWindow(startHour: window.start, durationHours: window.hours, zone: window.zone)
        var instant = try #require(Timestamp(rfc3339: window.from))
        var open = window.open
        #expect(subject.contains(instant) == open)
        for text in window.boundaries {
            let expected = try #require(Timestamp(rfc3339: text))
            let boundary = subject.nextBoundary(after: instant)
            #expect(boundary == expected)
            #expect(subject.contains(Timestamp(milliseconds: expected.milliseconds - 1)) == open, "before \(text)")
            open.toggle()
            #expect(subject.contains(expected) == open, "at \(text)")
            instant = expected
        }
    }

    @Test(arguments: ["UTC", "Europe/Berlin", "Australia/Lord_Howe"])
    func `a window of 24 hours is always open and has no boundary`(zone: String) {
        for start in 0..<24 {
            let window = MaintenanceWindow(startHour: start, durationHours: 24, zone: zone)
            for hour in 0..<48 {
                let instant = Timestamp(milliseconds: 1_774_656_000_000 + Int64(hour) * 1_800_000)
                #expect(window.contains(instant))
                #expect(window.nextBoundary(after: instant) == nil)
            }
        }
    }

    @Test(arguments: [
        "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
        "America/Havana", "Africa/Casablanca", "Antarctica/Troll", "Asia/Kathmandu", "America/St_Johns", "Asia/Beirut",
    ])
    func `the next boundary is the first instant at which the answer changes`(zone: String) throws {
        var random = SeededGenerator(seed: 26)
        let step: Int64 = 15 * 60_000
        let year2011: Int64 = 1_293_840_000_000
        for _ in 0..<60 {
            let window = MaintenanceWindow(
                startHour: .random(in: 0..<24, using: &random), durationHours: .random(in: 1..<24, using: &random),
                zone: zone)
            // All transitions of these zones fall on quarters of an hour, so stepping by quarters misses nothing.
            let start = year2011 + Int64.random(in: 0..<700_000, using: &random) * step
            let boundary = try #require(window.nextBoundary(after: Timestamp(milliseconds: start)))
            let open = window.contains(Timestamp(milliseconds: start))
            var instant = start
            while instant < boundary.milliseconds {
                #expect(window.contains(Timestamp(milliseconds: instant)) == open)
                instant += step
            }
            #expect(instant == boundary.milliseconds)
            #expect(window.contains(boundary) != open)
        }
    }

    @Test func `hours outside their range count as the nearest inside`() throws {
        let midnight = try #require(Timestamp(rfc3339: "2026-01-10T00:00:00Z"))
        #expect(
            MaintenanceWindow(startHour: -3, durationHours: 0, zone: nil).nextBoundary(after: midnight)
                == midnight.advanced(seconds: 3600))
        #expect(MaintenanceWindow(startHour: 40, durationHours: 99, zone: nil).nextBoundary(after: midnight) == nil)
    }
}
