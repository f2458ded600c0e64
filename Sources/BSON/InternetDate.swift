/// Dates as RFC 3339 text, as relaxed extended JSON writes them; milliseconds since 1970 in UTC.
enum InternetDate {
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// `2012-12-24T12:15:30.501Z`; nil for years before 1970 and after 9999, which have no relaxed form.
    static func encode(_ milliseconds: Int64) -> String? {
        guard (0...253_402_300_799_999).contains(milliseconds) else { return nil }
        let date = civil(fromDays: milliseconds / millisecondsPerDay)
        let rest = milliseconds % millisecondsPerDay
        let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60)
        let fraction = rest % 1000 == 0 ? "" : "." + padded(rest % 1000, 3)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))\(fraction)Z"
    }

    /// Strict: every field in its range (no 30 February), one to three digits of a fraction, `Z` or an offset.
    static func decode(_ text: String) -> Int64? {
        var scan = Array(text.utf8)[...]
        guard let year = number(&scan, 4), literal(&scan, "-"), let month = number(&scan, 2), literal(&scan, "-"),
            let day = number(&scan, 2), literal(&scan, "T"), let hour = number(&scan, 2), literal(&scan, ":"),
            let minute = number(&scan, 2), literal(&scan, ":"), let second = number(&scan, 2),
            hour < 24, minute < 60, second < 60, let fraction = fraction(&scan), let offset = offset(&scan),
            scan.isEmpty
        else { return nil }
        let days = days(year: year, month: month, day: day)
        guard (1...12).contains(month), civil(fromDays: days) == (year, month, day) else { return nil }
        return days * millisecondsPerDay + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func number(_ scan: inout ArraySlice<UInt8>, _ width: Int) -> Int64? {
        let digits = scan.prefix(width)
        guard digits.count == width, digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            return nil
        }
        scan.removeFirst(width)
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private static func literal(_ scan: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
        guard scan.first == UInt8(ascii: character) else { return false }
        scan.removeFirst()
        return true
    }

    /// Milliseconds of `.5`, `.50` or `.501`; 0 if there is no fraction; nil if it is wrong.
    private static func fraction(_ scan: inout ArraySlice<UInt8>) -> Int64? {
        guard literal(&scan, ".") else { return 0 }
        for (width, scale) in [(3, Int64(1)), (2, 10), (1, 100)] {
            if let value = number(&scan, width) { return value * scale }
        }
        return nil
    }

    /// Minutes east of UTC.
    private static func offset(_ scan: inout ArraySlice<UInt8>) -> Int64? {
        if literal(&scan, "Z") { return 0 }
        let east = literal(&scan, "+")
        guard east || literal(&scan, "-"), let hours = number(&scan, 2) else { return nil }
        _ = literal(&scan, ":")
        guard let minutes = number(&scan, 2), hours < 24, minutes < 60 else { return nil }
        return (east ? 1 : -1) * (hours * 60 + minutes)
    }

    // Both by Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"; years start in March there.

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }
}
