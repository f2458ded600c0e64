import Fleet

extension FieldValue {
    /// JSON is YAML.
    var yamlText: String { jsonText + "\n" }
}
