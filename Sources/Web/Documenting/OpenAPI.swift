package import Hummingbird

/// The OpenAPI 3.1 document of what stands at the network for programs, at `GET /openapi.json`.
package enum OpenAPI {
    /// UTF-8 JSON; the same in each process of a version.
    package static func document(version: String) -> [UInt8] { value(version: version).bytes }

    package static func add(version: String) -> @Sendable (Router<WebServer.Context>) -> Void {
        let document = ByteBuffer(bytes: document(version: version))
        return { router in
            router.get("openapi.json") { _, _ in
                Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: document))
            }
        }
    }

    private static func value(version: String) -> JSONValue {
        .members([
            "openapi": .string("3.1.0"),
            "info": .members([
                "title": .string("Reeve"), "version": .string(version),
                "description": .string("What the machines of a fleet say to the daemon that keeps it."),
            ]),
            "paths": .members(["/v1/nodes/{node_id}/report": .members(["post": report])]),
            "components": .members([
                "securitySchemes": .members([
                    "token": .members([
                        "type": .string("http"), "scheme": .string("bearer"),
                        "description": .string("The node's own, from `reeve token create NODE`."),
                    ])
                ]),
                "schemas": .members([
                    "Report": reportSchema, "Acknowledgement": acknowledgement, "Problem": problem,
                ]),
            ]),
        ])
    }

    private static var report: JSONValue {
        .members([
            "operationId": .string("report"),
            "summary": .string("A machine reports what it measured, and that it lives."),
            "security": .array([.members(["token": .array([])])]),
            "parameters": .array([
                .members([
                    "name": .string("node_id"), "in": .string("path"), "required": .bool(true),
                    "schema": .members(["type": .string("string"), "pattern": .string("^node_[a-zA-Z0-9_-]+$")]),
                ]),
                .members([
                    "name": .string("drained"), "in": .string("query"),
                    "description": .string("Acknowledges the drain that began then."), "schema": instant,
                ]),
                .members([
                    "name": .string("ingest"), "in": .string("query"),
                    "description": .string(
                        "The `ingest` of the former answer. If another answers now, it takes none of the reports: send "
                            + "again what is not durable."),
                    "schema": .members(["type": .string("string")]),
                ]),
            ]),
            "requestBody": .members([
                "required": .bool(true),
                "description": .string("One report, or several; may be packed (`content-encoding: gzip`)."),
                "content": content(
                    .members([
                        "oneOf": .array([
                            reference("Report"),
                            .members([
                                "type": .string("array"), "minItems": .integer(1),
                                "maxItems": .integer(Int64(ReportReading.maximumReports)),
                                "items": reference("Report"),
                            ]),
                        ])
                    ]), "application/json"),
            ]),
            "responses": .object(responses),
        ])
    }

    private static var responses: [JSONValue.Member] {
        let taken = JSONValue.members([
            "description": .string("Taken, and durable as far as it says."),
            "content": content(reference("Acknowledgement"), "application/json"),
        ])
        let refusals: [(String, String)] = [
            ("400", "The body is not JSON, or not packed as it says."),
            ("401", "There is no token, or it is unknown or revoked."), ("403", "The token is another node's."),
            ("404", "There is no such node."), ("408", "The request did not come whole in time."),
            ("413", "The body is too large, as it came or inflated."), ("415", "Not JSON, or packed in another way."),
            ("422", "The report breaks a rule, or its time is too far from the server's."),
            ("429", "Too many reports, of this node or in all."), ("503", "Reports can't be stored now."),
        ]
        return [JSONValue.Member("200", taken)]
            + refusals.map { status, text in
                let waits = status == "429" || status == "503"
                return JSONValue.Member(
                    status,
                    .members([
                        "description": .string(text), "headers": waits ? retryAfter : nil,
                        "content": content(reference("Problem"), Problem.mediaType),
                    ]))
            }
    }

    private static var retryAfter: JSONValue {
        .members([
            "retry-after": .members([
                "description": .string("Seconds."), "schema": .members(["type": .string("integer")]),
            ])
        ])
    }

    // MARK: Schemas.

    private static var reportSchema: JSONValue {
        let head: [JSONValue.Member] = [
            JSONValue.Member("timestamp", instant),
            JSONValue.Member(
                "node_id",
                .members(["type": .string("string"), "description": .string("The path's, if it is stated.")])),
        ]
        return .members([
            "type": .string("object"), "required": .array([.string("timestamp")]),
            "additionalProperties": .bool(false), "properties": .object(head + MetricSchema.members),
        ])
    }

    private static var acknowledgement: JSONValue {
        let nullableInstant = JSONValue.members(["anyOf": .array([instant, .members(["type": .string("null")])])])
        let states = JSONValue.members([
            "enum": .array(
                ["active", "inactive", "maintenance", "error"].map(JSONValue.string) + [.null])
        ])
        return .members([
            "type": .string("object"),
            "required": .array(
                ["accepted", "durable_until", "time", "ingest", "status", "draining_since", "interval_seconds"].map(
                    JSONValue.string)),
            "properties": .members([
                "accepted": integer("Reports that were not taken before."), "durable_until": nullableInstant,
                "time": instant, "ingest": .members(["type": .string("string")]), "status": states,
                "draining_since": nullableInstant, "interval_seconds": integer("The node's, as it was learned."),
            ]),
        ])
    }

    private static var problem: JSONValue {
        let text = JSONValue.members(["type": .string("string")])
        return .members([
            "type": .string("object"),
            "required": .array(["type", "title", "status", "detail"].map(JSONValue.string)),
            "properties": .members([
                "type": text, "title": text, "status": integer("The response's."), "detail": text,
                "errors": .members([
                    "type": .string("array"),
                    "items": .members([
                        "type": .string("object"), "properties": .members(["pointer": text, "detail": text]),
                    ]),
                ]),
                "time": .members([
                    "type": .string("string"), "format": .string("date-time"),
                    "description": .string("With 422: the server's clock, by which reports are judged."),
                ]),
            ]),
        ])
    }

    private static var instant: JSONValue { .members(["type": .string("string"), "format": .string("date-time")]) }

    private static func integer(_ text: String) -> JSONValue {
        .members(["type": .string("integer"), "description": .string(text)])
    }

    private static func reference(_ name: String) -> JSONValue {
        .members(["$ref": .string("#/components/schemas/\(name)")])
    }

    private static func content(_ schema: JSONValue, _ mediaType: String) -> JSONValue {
        .object([JSONValue.Member(mediaType, .members(["schema": schema]))])
    }
}
