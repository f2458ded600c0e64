/// A manifest in the making: spelled exactly as it is to stand in the file, in YAML's flow style.
indirect enum Sketch {
    case raw(String)
    case map([(String, Sketch)])
    case list([Sketch])

    var text: String {
        switch self {
        case .raw(let text): text
        case .map(let pairs): "{" + pairs.map { "\($0.0): \($0.1.text)" }.joined(separator: ", ") + "}"
        case .list(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
        }
    }

    /// What stands at the path; mappings on the way are made where they are missing.
    subscript(path: ArraySlice<String>) -> Sketch? {
        get {
            guard let name = path.first else { return self }
            if case .list(let items) = self, let index = Int(name), index < items.count {
                return items[index][path.dropFirst()]
            }
            guard case .map(let pairs) = self else { return nil }
            return pairs.first { $0.0 == name }?.1[path.dropFirst()]
        }
        set {
            guard let name = path.first else {
                if let newValue { self = newValue }
                return
            }
            let rest = path.dropFirst()
            if case .list(var items) = self, let index = Int(name), index < items.count {
                items[index][rest] = newValue
                self = .list(items)
                return
            }
            var pairs: [(String, Sketch)] = if case .map(let pairs) = self { pairs } else { [] }
            let position = pairs.firstIndex { $0.0 == name }
            if rest.isEmpty, newValue == nil {
                if let position { pairs.remove(at: position) }
            } else {
                var child = position.map { pairs[$0].1 } ?? .map([])
                child[rest] = newValue
                if let position { pairs[position].1 = child } else { pairs.append((name, child)) }
            }
            self = .map(pairs)
        }
    }

    /// Adds a pair at the end of the mapping at the path, also if its name stands there already.
    mutating func append(_ name: String, _ value: Sketch, at path: ArraySlice<String>) {
        guard case .map(let pairs)? = self[path] else { return }
        self[path] = .map(pairs + [(name, value)])
    }
}
