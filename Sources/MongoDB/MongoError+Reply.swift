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
                message: failure["errmsg"]?.stringValue ?? "",
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
    fileprivate func strings(_ key: String) -> [String] {
        self[key]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    fileprivate func documents(_ key: String) -> [Document] {
        self[key]?.arrayValue?.compactMap(\.documentValue) ?? []
    }
}
