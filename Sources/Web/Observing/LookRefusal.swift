import HTTPTypes
internal import Hummingbird
import Metrics

/// Why somebody may not look at the daemon; thrown, so that the server tells its log and counts it.
enum LookRefusal: String, CaseIterable, Error {
    /// The request is for a name that is not the daemon's.
    case host
    /// Nothing is shown off loopback, because no token was set.
    case closed
    case token

    var response: Response {
        switch self {
        case .host:
            LookRefusal.response(
                .misdirectedRequest, "this is no name of this daemon's: see --allowed-host of reeve run")
        case .closed:
            LookRefusal.response(.forbidden, "shown off loopback only with --page-token-file of reeve run")
        case .token: LookRefusal.challenge
        }
    }

    /// Also what a request without a token gets: that is how every browser asks first, and is no refusal.
    static var challenge: Response {
        var response = response(.unauthorized, "a token is needed: as a bearer token, or as the password")
        response.headers[.wwwAuthenticate] = #"Bearer realm="reeve", Basic realm="reeve", charset="UTF-8""#
        return response
    }

    private static func response(_ status: HTTPResponse.Status, _ why: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: why + "\n")))
    }
}

/// Answers, tells of and counts those who may not look.
struct LookRefusals: RouterMiddleware {
    private let log: RefusalLog
    private let counters: [LookRefusal: Counter]

    init(_ log: RefusalLog, _ factory: any MetricsFactory) {
        self.log = log
        counters = Dictionary(
            uniqueKeysWithValues: LookRefusal.allCases.map { reason in
                let counter = Counter(
                    label: "page_requests_refused_total", dimensions: [("reason", reason.rawValue)], factory: factory)
                counter.increment(by: 0)
                return (reason, counter)
            })
    }

    func handle(
        _ request: Request, context: WebServer.Context, next: (Request, WebServer.Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as LookRefusal {
            counters[refusal]?.increment()
            log.refused("page_\(refusal.rawValue)", source: context.remoteAddress)
            return refusal.response
        }
    }
}
