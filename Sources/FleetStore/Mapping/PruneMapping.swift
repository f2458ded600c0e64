import BSON
internal import Fleet

extension PruneBlock {
    func write(to writer: inout DocumentWriter) {
        writer.append("digest", digest)
        writer.append("reason", reason.rawValue)
        writer.append("message", message)
        writer.append("objects", objects.prefix(Self.mostObjects).map(\.text))
        if unlisted > 0 { writer.append("unlisted", unlisted) }
        if !renames.isEmpty {
            writer.array("renames") { array in
                for rename in renames.prefix(Self.mostRenames) {
                    array.document { document in
                        document.append("from", rename.old.description)
                        document.append("to", rename.new.description)
                    }
                }
            }
        }
    }

    /// A reason that this version does not know is none that it could approve. Resources of kinds that it does not know
    /// are left out, as it could not delete them.
    init(_ view: DocumentView) throws(BSONError) {
        let objects = try view.first("objects")?.texts().compactMap(DeclarationIdentity.init(text:))
        let renames = try view.first("renames")?.records { (view) throws(BSONError) in
            try view.string("from").flatMap { ResourceKey($0) }.flatMap { old in
                try? view.string("to").flatMap { ResourceKey($0) }.map { Rename(from: old, to: $0) }
            }
        }
        self.init(
            digest: try required(view.string("digest"), "digest"), objects: objects ?? [],
            reason: try view.string("reason").flatMap(PruneReason.init(rawValue:)) ?? .incomplete,
            message: try view.string("message") ?? "", renames: renames?.compactMap(\.self) ?? [])
        unlisted += try view.first("unlisted")?.int64() ?? 0
    }
}

extension SetPin {
    func write(to writer: inout DocumentWriter) {
        writer.append("digest", digest)
        writer.append("keys", keys.sorted().map(\.description))
        writer.append("by", by)
        writer.append("at", at)
    }

    init(_ view: DocumentView) throws(BSONError) {
        let keys = try view.first("keys")?.texts().compactMap { ResourceKey($0) } ?? []
        self.init(
            digest: try required(view.string("digest"), "digest"), keys: Set(keys),
            by: try view.string("by") ?? "", at: try Timestamp(required(view.first("at"), "at")))
    }
}

extension DeclarationIdentity {
    /// `Node/node_a/17`: one text each, so that tens of thousands fit into a document.
    fileprivate var text: String { "\(key)/\(firstRevision)" }

    fileprivate init?(text: String) {
        guard let slash = text.lastIndex(of: "/"), let firstRevision = Int64(text[text.index(after: slash)...]),
            let key = ResourceKey(String(text[..<slash]))
        else { return nil }
        self.init(key, firstRevision: firstRevision)
    }
}

extension ElementView {
    /// The texts of an array.
    fileprivate func texts() throws(BSONError) -> [String] {
        var texts: [String] = []
        var cursor = try array().cursor()
        while let next = try cursor.next() { texts.append(try next.string()) }
        return texts
    }
}
