import AsyncHTTPClient
import Fleet
import Foundation
import TestServer
import Testing

@testable import Web

struct OpenAPITests {
    @Test func `every metric is documented, and nothing that a report may not hold`() throws {
        let document = try JSONReader.read(OpenAPI.document(version: "1"))
        let report = document["components"]?["schemas"]?["Report"]
        #expect(report?["additionalProperties"] == .bool(false))
        for leaf in FieldTable.resourceMetrics.leaves {
            let schema = leaf.components.reduce(report) { $0?["properties"]?[$1] }
            #expect(schema != nil, "\(leaf.path)")
        }
        guard case .object(let members)? = report?["properties"] else {
            Issue.record("a report has no properties")
            return
        }
        #expect(members.map(\.name) == ["timestamp", "node_id", "cpu", "memory", "disk", "network", "gpu"])
    }

    /// Random requests, right and wrong ones by the document itself, against the ingest on a real MongoDB: no answer that
    /// is not documented, no wrong request that is taken, no failure.
    @Test func `schemathesis finds nothing wrong`() async throws {
        try await IngestServing.run { serving in
            let folder = Server.newDirectory()
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let token = try await serving.node("node_alpha")
            let settings = "[parameters]\n\"path.node_id\" = \"node_alpha\"\n"
            try settings.write(toFile: "\(folder)/settings.toml", atomically: true, encoding: .utf8)
            do {
                let output = try await MachineCommand.output(
                    of: [
                        "python3", "-m", "schemathesis.cli", "--config-file", "settings.toml", "run",
                        "http://127.0.0.1:\(serving.port)/openapi.json", "--header", "Authorization: Bearer \(token)",
                        "--seed", "1", "--max-examples", "60", "--phases", "examples,coverage,fuzzing", "--checks",
                        "all",
                        // Times are right by the schema and too far from now.
                        "--exclude-checks", "positive_data_acceptance", "--generation-database", "none", "--no-color",
                    ], in: folder)
                let text = String(decoding: output, as: UTF8.self)
                #expect(text.contains("POST /v1/nodes/{node_id}/report") || text.contains("1 / 1"), "\(text)")
            } catch let fault as MachineCommand.Fault {
                Issue.record("\(fault.output)")
            }
            let reply = try await serving.post("node_alpha", token: token, serving.report())
            #expect(reply.status == 200 || reply.status == 429)
        }
    }
}

extension JSONValue {
    fileprivate subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}
