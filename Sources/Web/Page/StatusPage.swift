import Crypto
internal import Fleet
package import FleetStore
import Foundation
import HTTPTypes
package import Hummingbird
import ServiceLifecycle

/// `GET /`: the fleet for people, read-only; `GET /live`: what changes of it, as server-sent events.
///
/// The page needs nothing but itself: its style and its script stand in it, and its policy lets nothing else in.
package struct StatusPage: Sendable {
    private let templates: PageTemplates
    private let fleet: LiveFleet
    private let version: String
    private let access: ReadAccess
    /// So many looks in a row may go by without a word; then a comment keeps the connection known to be alive.
    private static let silentLooks = 7

    package init(_ store: any Store & UsageStore, version: String, access: ReadAccess) throws {
        try self.init(LiveFleet(store), version: version, access: access)
    }

    init(_ fleet: LiveFleet, version: String, access: ReadAccess) throws {
        templates = try PageTemplates()
        self.fleet = fleet
        self.version = version
        self.access = access
    }

    package func add(to router: Router<WebServer.Context>) {
        let routes = router.group().add(middleware: access)
        routes.get("") { request, _ in await page(request.pool) }
        routes.get("icon.svg") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "image/svg+xml", .cacheControl: "max-age=86400"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: PageStyle.icon)))
        }
        routes.get("live") { request, _ in await stream(request) }
    }

    private func page(_ pool: String?) async -> Response {
        let state = await fleet.current()
        let sections = Dictionary(uniqueKeysWithValues: sections(state, pool))
        let pools = state.fleet?.pools.map(\.key.id).sorted() ?? []
        let frame = PageFrame(
            title: pool.map { "\($0) · Reeve" } ?? "Reeve", style: PageStyle.text, script: PageScript.text,
            overview: sections["overview"] ?? "", sets: sections["sets"] ?? "",
            hasSets: !(state.fleet?.sets.isEmpty ?? true), pools: sections["pools"] ?? "",
            nodes: sections["nodes"] ?? "",
            decisions: sections["decisions"] ?? "", events: sections["events"] ?? "", version: version, filter: pool,
            choices: pools.map { PageFrame.Choice(value: $0, isChosen: $0 == pool) })
        var headers = Self.guards
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.cacheControl] = "no-store"
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: templates.render(frame))))
    }

    private func sections(_ state: LiveFleet.State, _ pool: String?) -> [(String, String)] {
        [
            ("overview", templates.render(OverviewModel(state))), ("sets", templates.render(SetsModel(state))),
            ("pools", templates.render(PoolsModel(state))),
            ("nodes", templates.render(NodesModel(state, pool: pool))),
            ("decisions", templates.render(DecisionsModel(state))), ("events", templates.render(EventsModel(state))),
        ]
    }

    private func stream(_ request: Request) async -> Response {
        guard let states = await fleet.watch() else {
            return Response(
                status: .serviceUnavailable, headers: [.retryAfter: "30", .contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "too many watch already\n")))
        }
        let pool = request.pool
        let body = ResponseBody { writer in
            // What was sent last of each section; a reader that reconnects gets all of them.
            var sent: [String: String] = [:]
            var silence = 0
            for await state in states.cancelOnGracefulShutdown() {
                var text = ""
                for (name, html) in sections(state, pool) where sent[name] != html {
                    sent[name] = html
                    text += ServerSentEvent.text(name, html)
                }
                silence = text.isEmpty ? silence + 1 : 0
                if silence == Self.silentLooks { (text, silence) = (ServerSentEvent.nothing, 0) }
                if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
            }
            try await writer.finish(nil)
        }
        var headers = Self.guards
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-store"
        return Response(status: .ok, headers: headers, body: body)
    }

    private static let guards: HTTPFields = {
        var headers = HTTPFields()
        headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src '\(digest(PageStyle.text))'; script-src '\(digest(PageScript.text))'; "
            + "connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        headers[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        if let name = HTTPField.Name("Cross-Origin-Opener-Policy") { headers[name] = "same-origin" }
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[name] = "same-origin" }
        return headers
    }()

    private static func digest(_ text: String) -> String {
        "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }
}

extension Request {
    /// The pool that the page is narrowed to; an empty one, as the form sends for "all", is none.
    fileprivate var pool: String? {
        uri.queryParameters["pool"].map(String.init).flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// An event as the browser's EventSource reads it.
enum ServerSentEvent {
    static let nothing = ":\n\n"

    /// Every line of the data is one of the event's.
    static func text(_ name: String, _ data: String) -> String {
        let lines = data.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
        return "event: \(name)\n" + lines.map { "data: \($0)\n" }.joined() + "\n"
    }
}
