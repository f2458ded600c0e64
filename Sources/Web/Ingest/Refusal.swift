internal import BSON
internal import Fleet
import HTTPTypes

/// Why a request is not taken.
enum Refusal: Error, Hashable, Sendable {
    case unauthorized
    case foreign
    case unsupported(String)
    case tooLarge
    /// The connection ended in the middle of the body.
    case broken
    case malformed(JSONFault)
    case invalid(String, [ReportFault])
    case skewed([ReportFault])
    case noNode
    case full
    case limited(seconds: Int64)
    case unavailable

    /// How it counts; nil where the gate has counted it, or the sender has just gone away.
    var result: ReportResults.Result? {
        switch self {
        case .unauthorized: .unauthorized
        case .foreign: .foreign
        case .unsupported: .unsupported
        case .tooLarge: .tooLarge
        case .broken: nil
        case .malformed: .malformed
        case .invalid: .invalid
        case .skewed: .skewed
        case .noNode: .unknownNode
        case .full: .full
        case .limited: .limited
        case .unavailable: .unavailable
        }
    }

    /// Whether it says nothing about its sender.
    var isOfServer: Bool { self == .full || self == .unavailable }

    /// - Parameter now: the server's clock, by which reports are judged; a sender whose own is wrong learns it from the
    ///   refusal, because the time of day in HTTP's `date` is this machine's.
    func problem(now: Timestamp) -> Problem {
        switch self {
        case .unauthorized:
            Problem(
                status: .unauthorized, name: "unauthorized", title: "Unauthorized",
                detail: "there is no token, or it is unknown or revoked")
        case .foreign:
            Problem(
                status: .forbidden, name: "foreign", title: "Forbidden", detail: "the token is not of this node")
        case .unsupported(let detail):
            Problem(
                status: .unsupportedMediaType, name: "unsupported", title: "Unsupported media type", detail: detail)
        case .tooLarge: GateRefusal.tooLarge.problem
        case .broken:
            Problem(status: .badRequest, name: "malformed", title: "Incomplete", detail: "the body ends too early")
        case .malformed(let fault):
            Problem(
                status: .badRequest, name: "malformed", title: "Not JSON",
                detail: "byte \(fault.offset): \(fault.reason)")
        case .invalid(let detail, let faults):
            Problem(
                status: .unprocessableContent, name: "invalid", title: "Invalid report", detail: detail,
                errors: faults, time: now)
        case .skewed(let faults):
            Problem(
                status: .unprocessableContent, name: "clock", title: "Wrong time",
                detail: "the clocks are too far apart: it is \(now) here", errors: faults, time: now)
        case .noNode:
            Problem(
                status: .notFound, name: "no-node", title: "No such node",
                detail: "the node is not there (any longer, or yet)")
        case .full:
            Problem(
                status: .tooManyRequests, name: "full", title: "Too many reports at once",
                detail: "send it again later", retryAfter: 2)
        case .limited(let seconds):
            Problem(
                status: .tooManyRequests, name: "limited", title: "Too many reports",
                detail: "a node may send \(Int(ReportAllowance.perMinute)) a minute", retryAfter: seconds)
        case .unavailable:
            Problem(
                status: .serviceUnavailable, name: "unavailable", title: "Unavailable",
                detail: "reports can't be stored now: send it again later", retryAfter: 5)
        }
    }
}
