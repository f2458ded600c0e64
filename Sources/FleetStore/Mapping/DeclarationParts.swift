import BSON
internal import Fleet

// The small documents inside of one of `desired`.

extension Label {
    // Pairs, never fields: a label's name is free text and may hold a dot or a dollar.
    func write(to writer: inout DocumentWriter) {
        writer.append("k", name)
        writer.append("v", value)
    }

    init(_ view: DocumentView) throws(BSONError) {
        self.init(try required(view.string("k"), "k"), try required(view.string("v"), "v"))
    }
}

extension Lifecycle {
    func write(to writer: inout DocumentWriter) {
        writer.append("prune", prune)
        writer.append("drift", drift.rawValue)
        writer.append("on_delete", onDelete.rawValue)
        if let suspend { writer.document("suspend") { suspend.write(to: &$0) } }
        if !dependsOn.isEmpty { writer.append("depends_on", dependsOn.map(\.description)) }
    }

    init(_ view: DocumentView) throws(BSONError) {
        self.init()
        var cursor = try view.cursor()
        while let element = try cursor.next() {
            switch element.key {
            case "prune": prune = try element.bool()
            case "drift": drift = try required(Drift(rawValue: element.string()), "lifecycle.drift")
            case "on_delete": onDelete = try required(Deletion(rawValue: element.string()), "lifecycle.on_delete")
            case "suspend": suspend = try Suspension(element.document())
            case "depends_on":
                var keys = try element.array().cursor()
                while let next = try keys.next() {
                    dependsOn.append(try required(ResourceKey(next.string()), "lifecycle.depends_on"))
                }
            default: break
            }
        }
    }
}

extension Suspension {
    func write(to writer: inout DocumentWriter) {
        writer.append("reason", reason)
        writer.append("by", by)
        writer.append("until", optional: until)
    }

    init(_ view: DocumentView) throws(BSONError) {
        var until: Timestamp?
        if let element = try view.first("until") { until = try Timestamp(element) }
        self.init(
            reason: try required(view.string("reason"), "reason"), by: try required(view.string("by"), "by"),
            until: until)
    }
}

extension Overrides {
    func write(to writer: inout DocumentWriter) {
        if let cordon { writer.document("cordon") { cordon.write(to: &$0) } }
        if let drain { writer.document("drain") { drain.write(to: &$0) } }
        if let suspend { writer.document("suspend") { suspend.write(to: &$0) } }
        if let scale { writer.document("scale") { scale.write(to: &$0) } }
    }

    init(_ view: DocumentView) throws(BSONError) {
        self.init()
        var cursor = try view.cursor()
        while let element = try cursor.next() {
            switch element.key {
            case "cordon": cordon = try Override(element.document())
            case "drain": drain = try Override(element.document())
            case "suspend": suspend = try Suspension(element.document())
            case "scale": scale = try ScaleOverride(element.document())
            default: break
            }
        }
    }
}

extension ScaleOverride {
    func write(to writer: inout DocumentWriter) {
        writer.append("nodes", nodes)
        writer.append("by", by)
        writer.append("reason", reason)
        writer.append("at", at)
    }

    init(_ view: DocumentView) throws(BSONError) {
        self.init(
            nodes: try required(view.first("nodes"), "nodes").int64(), by: try required(view.string("by"), "by"),
            reason: try required(view.string("reason"), "reason"), at: try Timestamp(required(view.first("at"), "at")))
    }
}

extension Override {
    func write(to writer: inout DocumentWriter) {
        writer.append("by", by)
        writer.append("reason", reason)
        writer.append("at", at)
    }

    init(_ view: DocumentView) throws(BSONError) {
        self.init(
            by: try required(view.string("by"), "by"), reason: try required(view.string("reason"), "reason"),
            at: try Timestamp(required(view.first("at"), "at")))
    }
}

extension Release {
    func write(to writer: inout DocumentWriter) {
        writer.append("path", path)
        writer.append("generation", generation)
    }

    init(_ view: DocumentView) throws(BSONError) {
        self.init(
            path: try required(view.string("path"), "path"),
            generation: try required(view.first("generation"), "generation").int64())
    }
}

extension DeletionMark {
    func write(to writer: inout DocumentWriter) {
        writer.append("by", by)
        writer.append("at", at)
        writer.append("cascade", cascade)
    }

    init(_ view: DocumentView) throws(BSONError) {
        self.init(
            by: try required(view.string("by"), "by"), at: try Timestamp(required(view.first("at"), "at")),
            cascade: try view.first("cascade")?.bool() ?? false)
    }
}

extension SourceLocation {
    func write(to writer: inout DocumentWriter) {
        writer.append("file", file)
        writer.append("line", line)
        writer.append("column", column)
    }

    /// Nil when only a commit stands there.
    init?(_ view: DocumentView) throws(BSONError) {
        guard let file = try view.string("file") else { return nil }
        self.init(
            file: file, line: try required(view.first("line"), "line").int(),
            column: try required(view.first("column"), "column").int())
    }
}
