/// One thing that is wrong in a report.
struct ReportFault: Hashable, Sendable {
    /// A JSON pointer (RFC 6901) into the body.
    var pointer: String
    var detail: String
}
