internal import Fleet
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore

/// The wire of the ingest: `POST /v1/nodes/{node_id}/report`.
package struct IngestRoutes: Sendable {
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
            if response.status == .ok { ingest.metrics.acknowledged(in: began.duration(to: .now)) }
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
        do throws(Refusal) {
            return try await report(request, context)
        } catch {
            ingest.metrics.count(error.result)
            refusals.refused(error.result.rawValue, source: context.remoteAddress)
            return error.problem.response
        }
    }

    private func report(_ request: Request, _ context: WebServer.Context) async throws(Refusal) -> Response {
        let nodeID = context.parameters.get("node_id") ?? ""
        try await authorize(request, for: nodeID)
        try IngestRoutes.checkMedia(request)
        let drained = try IngestRoutes.drained(request)
        let room = try IngestRoutes.room(request)
        guard await ingest.hold(bytes: room) else { throw .full }
        let outcome: Ingest.Outcome
        do {
            var reports = try await read(request, of: nodeID)
            // The agent reckons with what another life took: it is told of this one first, and sends again in order.
            if let known = request.uri.queryParameters["ingest"], known != ingest.life { reports = [] }
            outcome = await ingest.submit(
                Ingest.Submission(nodeID: nodeID, reports: reports, drained: drained))
            await ingest.release(bytes: room)
        } catch {
            await ingest.release(bytes: room)
            throw error
        }
        switch outcome {
        case .taken(let acknowledgement): return Response(json: answer(acknowledgement))
        case .noNode: throw .noNode
        case .full: throw .full
        case .limited(let seconds): throw .limited(seconds: seconds)
        case .unavailable: throw .unavailable
        }
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
    private func authorize(_ request: Request, for nodeID: String) async throws(Refusal) {
        guard let header = request.headers[.authorization], header.utf8.count <= 600 else { throw .unauthorized }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .unauthorized }
        switch await ingest.tokens.node(of: parts[1]) {
        case .node(nodeID): return
        case .node: throw .foreign
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

    /// How many bytes the body takes here, as well as its headers say.
    private static func room(_ request: Request) throws(Refusal) -> Int {
        guard let text = request.headers[.contentLength], let length = Int(text) else { return WebServer.maximumBody }
        guard length <= WebServer.maximumBody else { throw .tooLarge }
        let isPacked = request.headers[.contentEncoding]?.lowercased() == "gzip"
        return isPacked ? min(WebServer.maximumBody, length * 20) : length
    }

    private func read(_ request: Request, of nodeID: String) async throws(Refusal) -> [ResourceSample] {
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: WebServer.maximumBody)
        } catch is NIOTooManyBytesError {
            throw .tooLarge
        } catch {
            // The connection is gone, and nobody reads the answer.
            throw .broken
        }
        let body: JSONValue
        do {
            body = try JSONReader.read(Array(buffer.readableBytesView))
        } catch {
            throw .malformed(error)
        }
        let samples: [ResourceSample]
        switch ReportReading.read(body, of: nodeID) {
        case .success(let reports): samples = reports
        case .failure(let faults): throw .invalid("the report breaks rules", faults.faults)
        }
        let isArray = if case .array = body { true } else { false }
        let now = ingest.parts.now()
        let faults = ReportSkew.faults(of: samples, isArray: isArray, now: now)
        guard faults.isEmpty else { throw .skewed(now: now, faults) }
        return samples
    }
}
