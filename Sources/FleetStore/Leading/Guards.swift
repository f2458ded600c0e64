import BSON
internal import Fleet

extension PathGuard {
    /// Adds the condition that the value is still what was read.
    ///
    /// Numbers compare as MongoDB compares them. A condition on a scalar also matches an array that holds it, so arrays
    /// are ruled out unless one was read.
    func write(to filter: inout DocumentWriter) {
        filter.document(path) { condition in
            switch expected {
            case nil:
                condition.append("$exists", false)
            case .null:
                // `$eq: null` would match a missing field.
                condition.append("$type", BSONType.null)
                condition.appendNotArray()
            case .foreign(type: BSONType.undefined.rawValue, _):
                // The server refuses to compare with undefined.
                condition.append("$type", BSONType.undefined)
                condition.appendNotArray()
            case .list(let values):
                condition.append("$eq", field: .list(values))
                condition.append("$size", values.count)
                // `[1]` is also equal to a member of `[[1]]`.
                if !values.contains(where: { $0.list != nil }) {
                    condition.document("$not") { negated in
                        negated.document("$elemMatch") { $0.append("$type", BSONType.array) }
                    }
                }
            case .some(let value):
                condition.append("$eq", field: value)
                condition.appendNotArray()
            }
        }
    }
}

extension DocumentWriter {
    fileprivate mutating func append(_ key: String, _ type: BSONType) { append(key, Int32(type.rawValue)) }

    fileprivate mutating func appendNotArray() {
        document("$not") { $0.append("$type", BSONType.array) }
    }
}

extension DocumentWrite {
    var id: DocumentID {
        switch self {
        case .insert(let id, _), .update(let id, _, _), .delete(let id, _): id
        }
    }
}

/// The filter of a compare-and-set: the document, and each value that was read.
func compareFilter(_ id: DocumentID, _ guards: [PathGuard]) -> Document {
    Document { filter in
        filter.append("_id", ObjectID(id))
        for pathGuard in guards { pathGuard.write(to: &filter) }
    }
}

/// `$set` and `$unset` of the given paths alone, and the server's time in `updated_at`.
func updateDocument(_ writes: [PathValue]) -> Document {
    Document { update in
        if writes.contains(where: { $0.value != nil }) {
            update.document("$set") { set in
                for write in writes {
                    if let value = write.value { set.append(write.path, field: value) }
                }
            }
        }
        if writes.contains(where: { $0.value == nil }) {
            update.document("$unset") { unset in
                for write in writes where write.value == nil { unset.append(write.path, "") }
            }
        }
        update.document("$currentDate") { $0.append("updated_at", true) }
    }
}

/// A new document of a kind's collection.
///
/// Fields of the table come nested and in the table's order, whatever the order they are given in; the others, which
/// stand at the top, before them.
func newDocument(_ key: ResourceKey, _ id: DocumentID, _ fields: [PathValue], at now: Timestamp) -> Document {
    let layout = SpecLayout.of(key.kind)
    var leaves: [Spec.Leaf] = []
    var others: [(String, FieldValue)] = []
    for field in fields {
        guard let value = field.value else { continue }
        if let index = layout.indexes[field.path] {
            leaves.append(Spec.Leaf(index, value))
        } else if field.path != key.kind.idField, field.path != "_id" {
            others.append((field.path, value))
        }
    }
    var writer = DocumentWriter(reserving: 1024)
    writer.append("_id", ObjectID(id))
    writer.append(key.kind.idField, key.id)
    for (name, value) in others { writer.append(name, field: value) }
    writer.append(leavesOf: Spec(key.kind, leaves), layout)
    for name in ["created_at", "updated_at"] where !others.contains(where: { $0.0 == name }) {
        writer.append(name, now)
    }
    return writer.finish()
}
