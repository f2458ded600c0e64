import FoundationEssentials

#if canImport(FoundationInternationalization)
    import FoundationInternationalization
#endif

/// Which names are zones of the tz database, as this machine has it; asked once a name.
struct TimeZoneNames {
    private var known: [String: Bool] = [:]

    mutating func contains(_ name: String) -> Bool {
        if let answer = known[name] { return answer }
        let answer = TimeZoneNames.isZone(name)
        known[name] = answer
        return answer
    }

    /// Foundation also takes offsets (`GMT+3`), abbreviations (`PST`) and, on some systems, folders of the database.
    private static func isZone(_ name: String) -> Bool {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "+"):
                true
            default: false
            }
        }
        guard allowed, !name.hasPrefix("posix/"), !name.hasPrefix("right/"), !name.hasPrefix("/") else { return false }
        guard name.utf8.contains(UInt8(ascii: "/")) || withoutArea.contains(name) else { return false }
        return TimeZone(identifier: name) != nil
    }

    /// The tz database's names that are not of the form AREA/PLACE.
    private static let withoutArea: Set<String> = [
        "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0",
        "GMT0", "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein", "Libya",
        "MET", "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC", "ROK",
        "Singapore", "Turkey", "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu",
    ]
}
