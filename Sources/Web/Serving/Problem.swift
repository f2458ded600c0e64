internal import Fleet
import HTTPTypes
internal import Hummingbird

/// A refusal as RFC 9457 has it (`application/problem+json`).
struct Problem: Hashable, Sendable {
    var status: HTTPResponse.Status
    /// The end of `type`: stable, for programs.
    var name: String
    var title: String
    var detail: String
    var errors: [ReportFault] = []
    /// The server's clock, an extension of RFC 9457's members.
    var time: Timestamp?
    var retryAfter: Int64?

    static let mediaType = "application/problem+json"

    var body: JSONValue {
        .members([
            "type": .string("urn:reeve:problem:\(name)"), "title": .string(title),
            "status": .integer(Int64(status.code)),
            "detail": .string(detail),
            "errors": errors.isEmpty
                ? nil
                : .array(
                    errors.map { .members(["pointer": .string($0.pointer), "detail": .string($0.detail)]) }),
            "time": time.map { .string($0.description) },
        ])
    }

    var response: Response {
        var response = Response(json: body, status: status, mediaType: Problem.mediaType)
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}

extension Response {
    init(json: JSONValue, status: HTTPResponse.Status = .ok, mediaType: String = "application/json") {
        self.init(
            status: status, headers: [.contentType: mediaType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }
}
