import Fleet
import YAML

/// The table's examples, read as manifests read them.
enum ExampleReading {
    /// Nil where a field has no example, or one that is not right (which a test rules out).
    static func value(of field: Field) -> FieldValue? {
        guard !field.example.isEmpty else { return nil }
        let (documents, errors) = Parser.documents(in: Array(field.example.utf8))
        guard errors.isEmpty, let root = documents.first?.root else { return nil }
        var reader = DocumentReader(file: "", document: 0, timeZones: TimeZoneNames())
        let value = reader.value(of: root, as: field.type, records: FieldGroup([field]).entries[0].children)
        return reader.diagnostics.isEmpty ? value : nil
    }
}
