internal import Fleet

/// How far a report's time may be from the server's.
enum ReportSkew {
    static let secondsAhead: Int64 = 60
    static let secondsBehind: Int64 = 24 * 3_600

    static func faults(of reports: [ResourceSample], isArray: Bool, now: Timestamp) -> [ReportFault] {
        var faults: [ReportFault] = []
        for (index, report) in reports.enumerated() where faults.count < ReportReading.maximumFaults {
            let pointer = (isArray ? "/\(index)" : "") + "/timestamp"
            if report.timestamp > now.advanced(seconds: secondsAhead) {
                faults.append(ReportFault(pointer: pointer, detail: "more than \(secondsAhead) s ahead"))
            } else if report.timestamp < now.advanced(seconds: -secondsBehind) {
                faults.append(ReportFault(pointer: pointer, detail: "more than \(secondsBehind / 3_600) h behind"))
            }
        }
        return faults
    }
}
