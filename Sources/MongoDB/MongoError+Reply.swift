import BSON
import CMongoC

extension MongoError {
    /// Reads what the driver says and what stands in the server's reply.
    init(_ error: bson_error_t, reply: Document, redaction: Redaction) {
        self.init(
            Kind(domain: error.domain, code: error.code), code: Int32(bitPattern: error.code),
            message: redaction(error.text))
        labels = Set(reply.strings("errorLabels"))
        writeErrors = reply.documents("writeErrors").map { failure in
            WriteFailure(
                index: Int(failure["index"]?.int64Value ?? 0), code: Int(failure["code"]?.int64Value ?? 0),
                message: (failure["errmsg"]?.stringValue ?? "") + failure.brokenRules,
                violatedKeys: (try? failure["keyPattern"]?.documentValue?.elements().map(\.key)) ?? [])
        }
        let concern = reply["writeConcernError"]?.documentValue ?? reply.documents("writeConcernErrors").first
        if let concern {
            labels.formUnion(concern.strings("errorLabels"))
            writeConcernError = WriteConcernFailure(
                code: Int(concern["code"]?.int64Value ?? 0), message: concern["errmsg"]?.stringValue ?? "")
        }
        // A refused document is the cause; what the driver tried after it in the same bulk is not.
        if let first = writeErrors.first {
            kind = first.kind
            code = Int32(truncatingIfNeeded: first.code)
            message = redaction(first.message)
        }
    }
}

extension Document {
    /// What a validator said of a refused document: the fields and the keywords of the rules that they break.
    fileprivate var brokenRules: String {
        guard let details = self["errInfo"]?.documentValue?["details"]?.documentValue else { return "" }
        let rules = details.documents("schemaRulesNotSatisfied").flatMap { $0.brokenRules(below: "") }
        return rules.isEmpty ? "" : ": " + rules.joined(separator: ", ")
    }

    private func brokenRules(below path: String) -> [String] {
        let properties = documents("propertiesNotSatisfied")
        guard properties.isEmpty else {
            return properties.flatMap { property in
                let name = property["propertyName"]?.stringValue ?? "?"
                return property.documents("details").flatMap {
                    $0.brokenRules(below: path.isEmpty ? name : "\(path).\(name)")
                }
            }
        }
        let inner = self["details"]?.arrayValue?.compactMap(\.documentValue) ?? []
        guard inner.isEmpty else { return inner.flatMap { $0.brokenRules(below: path) } }
        return ["\(path) (\(self["operatorName"]?.stringValue ?? "?"))"]
    }

    fileprivate func strings(_ key: String) -> [String] {
        self[key]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    fileprivate func documents(_ key: String) -> [Document] {
        self[key]?.arrayValue?.compactMap(\.documentValue) ?? []
    }
}
