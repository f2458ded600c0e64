/// The way from a document's root to where the reader stands, as diagnostics write it.
struct Trail: CustomStringConvertible {
    private enum Step {
        case name(String)
        case element(Int)
    }

    private var steps: [Step] = []

    mutating func enter(_ name: String) { steps.append(.name(name)) }
    mutating func enter(element: Int) { steps.append(.element(element)) }
    mutating func leave() { steps.removeLast() }

    /// `spec.hardware_info.network[0].interface`
    var description: String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .name(let name): text += text.isEmpty ? name : "." + name
            case .element(let index): text += "[\(index)]"
            }
        }
    }
}
