internal import Fleet
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore

/// The wire of the ingest: `POST /v1/nodes/{node_id}/report`.
package struct IngestRoutes: Sendable {
    private static let block = 16 << 10

    private let ingest: Ingest
    private let refusals: RefusalLog

    package init(_ ingest: Ingest, logger: Logger) {
        self.ingest = ingest
        refusals = RefusalLog(logger)
    }

    package func add(to router: Router<WebServer.Context>) {
        let path: RouterPath = "v1/nodes/{node_id}/report"
        router.post(path) { request, context in
            let began = ContinuousClock.now
            let response = await answer(request, context)
            if response.status == .ok { ingest.metrics.recordAcknowledgement(took: began.duration(to: .now)) }
            return response
        }
        let query = HTTPRequest.Method("QUERY").map { [$0] } ?? []
        for method in [.get, .head, .put, .delete, .patch, .options, .trace] + query {
            router.on(path, method: method) { _, _ in
                var response = Problem(
                    status: .methodNotAllowed, name: "method", title: "Method not allowed", detail: "use POST"
                ).response
                response.headers[.allow] = "POST"
                return response
            }
        }
    }

    private func answer(_ request: Request, _ context: WebServer.Context) async -> Response {
        let nodeID = context.parameters.get("node_id") ?? ""
        let owner: String
        do throws(Refusal) { owner = try await self.owner(of: request) } catch {
            return refuse(error, of: nil, context)
        }
        do throws(Refusal) {
            guard owner == nodeID else { throw .foreign }
            context.keepConnection()
            return Response(json: answer(try await report(request, of: nodeID, context)))
        } catch {
            return refuse(error, of: owner, context)
        }
    }

    /// - Parameter node: whose token it is, if it is any's.
    private func refuse(_ refusal: Refusal, of node: String?, _ context: WebServer.Context) -> Response {
        if let result = refusal.result {
            ingest.metrics.results.count(result)
            if refusal.isOfServer {
                refusals.refused(result.rawValue)
            } else {
                refusals.refused(result.rawValue, source: context.remoteAddress, node: node)
            }
        }
        return refusal.problem(now: ingest.parts.now()).response
    }

    private func report(
        _ request: Request, of nodeID: String, _ context: WebServer.Context
    ) async throws(Refusal) -> Ingest.Acknowledgement {
        try await ingest.admit(nodeID)
        try IngestRoutes.checkMedia(request)
        let drained = try IngestRoutes.drained(request)
        try IngestRoutes.checkLength(request)
        var held = 0
        let outcome: Ingest.Outcome
        do throws(Refusal) {
            let bytes = try await body(of: request, from: nodeID, held: &held)
            let reports = try await reports(in: bytes, of: nodeID, context)
            let life = request.uri.queryParameters["ingest"].map(String.init)
            outcome = .success(
                try await ingest.submit(
                    Ingest.Submission(nodeID: nodeID, reports: reports, drained: drained, life: life)))
        } catch {
            outcome = .failure(error)
        }
        await ingest.release(bytes: held, of: nodeID)
        return try outcome.get()
    }

    private func answer(_ acknowledgement: Ingest.Acknowledgement) -> JSONValue {
        func text(_ timestamp: Timestamp?) -> JSONValue { timestamp.map { .string($0.description) } ?? .null }
        return .members([
            "accepted": .integer(Int64(acknowledgement.accepted)),
            "durable_until": text(acknowledgement.durableUntil),
            "time": text(ingest.parts.now()),
            "ingest": .string(ingest.life),
            "status": acknowledgement.standing.state.map { .string($0.rawValue) } ?? .null,
            "draining_since": text(acknowledgement.standing.drainingSince),
            "interval_seconds": .integer(acknowledgement.intervalSeconds),
        ])
    }
}

// MARK: What is asked of a request, in this order.

extension IngestRoutes {
    /// The node whose token it is.
    private func owner(of request: Request) async throws(Refusal) -> String {
        guard let header = request.headers[.authorization], header.utf8.count <= 600 else { throw .unauthorized }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .unauthorized }
        switch await ingest.tokens.node(of: parts[1]) {
        case .node(let node): return node
        case .unknown: throw .unauthorized
        case .unavailable: throw .unavailable
        }
    }

    private static func checkMedia(_ request: Request) throws(Refusal) {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        guard type?.filter({ $0 != " " }) == "application/json" else {
            throw .unsupported("expected content-type application/json")
        }
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "identity"?, "gzip"?: return
        default: throw .unsupported("expected content-encoding gzip, or none")
        }
    }

    private static func drained(_ request: Request) throws(Refusal) -> Timestamp? {
        guard let text = request.uri.queryParameters["drained"] else { return nil }
        guard let timestamp = Timestamp(rfc3339: String(text)) else {
            throw .invalid("`drained` is no time such as 2030-12-01T00:00:00Z (RFC 3339)", [])
        }
        return timestamp
    }

    private static func checkLength(_ request: Request) throws(Refusal) {
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }) else { return }
        guard length <= WebServer.maximumBody else { throw .tooLarge }
    }

    /// Room is held for what has come, so that headers alone, or a body that trickles, take none from others; and by
    /// blocks, so that a body of many small parts is not asked for each.
    private func body(
        of request: Request, from nodeID: String, held: inout Int
    ) async throws(Refusal) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= WebServer.maximumBody else { throw Refusal.tooLarge }
                bytes += part.readableBytesView
                guard bytes.count > held else { continue }
                let room = min(bytes.count + IngestRoutes.block, WebServer.maximumBody) - held
                try await ingest.hold(bytes: room, of: nodeID)
                held += room
            }
        } catch {
            // The connection is gone, and nobody reads the answer.
            throw error as? Refusal ?? .broken
        }
        return bytes
    }

    private func reports(
        in bytes: [UInt8], of nodeID: String, _ context: WebServer.Context
    ) async throws(Refusal) -> [ResourceSample] {
        let body: JSONValue
        do { body = try JSONReader.read(bytes) } catch {
            throw await context.isRefusedAtGate() ? .broken : .malformed(error)
        }
        let samples: [ResourceSample]
        switch ReportReading.read(body, of: nodeID) {
        case .success(let reports): samples = reports
        case .failure(let faults): throw .invalid("the report breaks rules", faults.faults)
        }
        let isArray = if case .array = body { true } else { false }
        let faults = ReportSkew.faults(of: samples, isArray: isArray, now: ingest.parts.now())
        guard faults.isEmpty else { throw .skewed(faults) }
        return samples
    }
}
