import Fleet
import YAML

extension FieldValue {
    /// One YAML document with the members in their own order.
    var yamlText: String { Emitter.emit([node]) }

    private var node: Node {
        switch self {
        case .null: .plain("null")
        case .bool(let value): .plain(value ? "true" : "false")
        case .int(let value): .plain(String(value))
        case .double(let value): .plain(Int64(exactly: value).map(String.init) ?? String(value))
        case .decimal(let value): Node(content: .scalar(Node.Scalar(text: value.description, style: .doubleQuoted)))
        case .string(let value): .string(value)
        case .timestamp(let value): .plain(value.description)
        case .list(let values): .sequence(values.map(\.node))
        case .record(let members): .mapping(members.map { ($0.name, $0.value.node) })
        case .foreign: .string(description)
        }
    }
}
