import Engine
import Fleet
import Foundation
import Manifests

/// What a provider's program wrote: somebody else's text, believed in nothing.
struct ProviderAnswer {
    private let members: [String: Any]

    init(_ text: String) throws(ProviderFailure) {
        let bytes = Data(text.utf8)
        guard !text.allSatisfy(\.isWhitespace) else { throw ProviderFailure("it answered nothing") }
        guard let value = try? JSONSerialization.jsonObject(with: bytes) else {
            throw ProviderFailure("its answer is no JSON: \(ProviderAnswer.shown(text))")
        }
        guard let members = value as? [String: Any] else { throw ProviderFailure("its answer is no JSON object") }
        self.members = members
    }

    /// `{"node": {"spec": {...}}}`, checked as a manifest of that node.
    func spec(of request: ProviderRequest) throws(ProviderFailure) -> Spec {
        guard let node = members["node"] as? [String: Any], var spec = node["spec"] as? [String: Any] else {
            throw ProviderFailure("its answer holds no `node.spec`")
        }
        if let stated = node["id"], stated as? String != request.nodeID {
            throw ProviderFailure("its answer is about another node than \(request.nodeID)")
        }
        // Either would take the node out of the scaler's hands, and nobody would ever take it away.
        let isPinned = (spec["configuration"] as? [String: Any])?["auto_scaling"] != nil
        for (path, isStated) in [("status", spec["status"] != nil), ("configuration.auto_scaling", isPinned)] {
            guard isStated else { continue }
            throw ProviderFailure("its answer states `node.spec.\(path)`, which is the scaler's to decide")
        }
        if let poolID = spec["pool_id"] ?? spec["initial_pool_id"], poolID as? String != request.poolID {
            throw ProviderFailure("its answer states another pool than \(request.poolID)")
        }
        spec["initial_pool_id"] = nil
        spec["pool_id"] = request.poolID
        let manifest: [String: Any] = [
            "apiVersion": "reeve/v1", "kind": Kind.node.rawValue,
            "metadata": ["id": request.nodeID, "name": request.name], "spec": spec,
        ]
        guard JSONSerialization.isValidJSONObject(manifest),
            let text = try? JSONSerialization.data(
                withJSONObject: manifest, options: [.withoutEscapingSlashes, .sortedKeys])
        else { throw ProviderFailure("its answer's `node.spec` is no JSON") }
        // Sorted, so that the same answer gets the same reason. JSON is YAML: one reader judges what people and programs state.
        let loaded = ManifestLoader.load([ManifestFile(path: "answer", bytes: Array(text))])
        if let first = loaded.diagnostics.first(where: { $0.severity == .error }) {
            let more = loaded.diagnostics.count { $0.severity == .error } - 1
            let others = more > 0 ? ", and \(more) more" : ""
            throw ProviderFailure("its answer: \(first.path): \(first.message.printable)\(others)")
        }
        guard let declaration = loaded.declarations.first, loaded.declarations.count == 1 else {
            throw ProviderFailure("its answer's `node.spec` is no node")
        }
        return declaration.spec
    }

    /// `{"nodes": [{"id", "request_id"}]}`
    func nodes() throws(ProviderFailure) -> [ListedNode] {
        guard let nodes = members["nodes"] as? [Any] else { throw ProviderFailure("its answer holds no `nodes`") }
        var listed: [ListedNode] = []
        for (position, node) in nodes.enumerated() {
            guard let node = node as? [String: Any], let id = node["id"] as? String,
                let requestID = node["request_id"] as? String, !id.isEmpty, !requestID.isEmpty
            else { throw ProviderFailure("its answer's `nodes[\(position)]` holds no `id` and `request_id`") }
            // What it calls a node itself is not to be taken for one that nobody knows.
            guard id == Kind.node.idPrefix + requestID else {
                throw ProviderFailure(
                    "its answer's `nodes[\(position)]` is \(ProviderAnswer.shown(id)), which nobody asked for as "
                        + ProviderAnswer.shown(requestID))
            }
            listed.append(ListedNode(nodeID: id, requestID: requestID))
        }
        return listed
    }

    private static func shown(_ text: String) -> String {
        text.prefix(100).split(separator: "\n").first.map { String($0).printable } ?? ""
    }
}
