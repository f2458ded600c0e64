/// The stable names of the rules that a manifest can break, as diagnostics show them in brackets.
package enum ManifestRule: String, CaseIterable, Sendable {
    // The file.
    case yaml
    case limit
    case emptyFile = "empty-file"
    case noDocuments = "no-documents"

    // The document as a whole.
    case unsupportedVersion = "unsupported-version"
    case unknownKind = "unknown-kind"
    case duplicateResource = "duplicate-resource"
    case idRequired = "id-required"
    case idConflict = "id-conflict"

    // Mappings.
    case unknownField = "unknown-field"
    case duplicateKey = "duplicate-key"
    case aliasConflict = "alias-conflict"
    case missingRequired = "missing-required"

    // Values.
    case wrongType = "wrong-type"
    case invalidNumber = "invalid-number"
    case invalidQuantity = "invalid-quantity"
    case unquotedDecimal = "unquoted-decimal"
    case precision
    case range
    case choice = "enum"
    case length
    case pattern
    case format
    case reserved
    case controlCharacter = "control-character"
    case listLength = "list-length"
    case duplicateValue = "duplicate-value"
    case labelName = "label-name"
    case labelValue = "label-value"
    case labelCount = "label-count"

    // Across fields.
    case selfDependency = "self-dependency"
    case limitExceedsHardware = "limit-exceeds-hardware"
    case duplicateInterface = "duplicate-interface"
    case thresholdsOrder = "thresholds-order"
    case thresholdsClose = "thresholds-close"
    case nodesOrder = "nodes-order"
    case policyExceedsPool = "policy-exceeds-pool"
    case policyMissing = "policy-missing"
    case policyConflict = "policy-conflict"
    case currencyMissing = "currency-missing"
    case providerMissing = "provider-missing"
}
