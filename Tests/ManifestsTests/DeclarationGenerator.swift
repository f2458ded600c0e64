import Fleet

/// Random valid declarations from the tables; the same seed gives the same ones.
struct DeclarationGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
    private mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func declaration(number: Int) -> Declaration {
        let kind = Kind.allCases[below(Kind.allCases.count)]
        var declaration = Declaration(
            key: ResourceKey(kind, "\(kind.idPrefix)abc\(number)"), name: "name-\(number)", spec: spec(kind))
        declaration.labels = (0..<below(4)).map { Label("l\($0)", text(0...20)) }
        declaration.lifecycle = lifecycle()
        return declaration
    }

    private mutating func lifecycle() -> Lifecycle {
        var lifecycle = Lifecycle()
        lifecycle.prune = chance(70)
        lifecycle.drift = Lifecycle.Drift.allCases[below(3)]
        lifecycle.onDelete = Lifecycle.Deletion.allCases[below(2)]
        if chance(30) {
            let until = chance(50) ? Timestamp(milliseconds: Int64(below(4_000_000_000)) * 1001) : nil
            lifecycle.suspend = Suspension(reason: text(1...30), by: text(1...30), until: until)
        }
        if chance(30) {
            lifecycle.dependsOn = [ResourceKey(.nodePool, "pool_other"), ResourceKey(.node, "node_other")]
        }
        return lifecycle
    }

    /// Each optional leaf in half of the specs; what rules across fields forbid is taken out again.
    private mutating func spec(_ kind: Kind) -> Spec {
        var leaves: [Spec.Leaf] = []
        let table = kind.table
        let stated = table.fields.flatMap { leafPaths($0, []) }
        for leaf in table.leaves where stated.contains(leaf.path) {
            leaves.append(Spec.Leaf(leaf.index, value(leaf.field.type)))
        }
        var spec = Spec(kind, leaves)
        switch kind {
        case .node:
            for limit in [NodeLeaf.limits.memory, NodeLeaf.limits.disk] where spec[limit] != nil {
                spec[limit] = .int(1000)
            }
            spec[NodeLeaf.limits.network] = nil
        case .nodePool:
            if spec[PoolLeaf.policyReference] != nil {
                for index in 0..<PolicyLeaf.count { spec[PoolLeaf.policy + index] = nil }
            }
            spec[PoolLeaf.autoScaling] = spec[PoolLeaf.policyReference].map { _ in .bool(true) }
            spec[PoolLeaf.maxNodes] = .int(1000)
            if spec[PoolLeaf.cost] != nil { spec[PoolLeaf.currency] = .string("USDT") }
            settle(&spec, PoolLeaf.policy)
        case .scalingPolicy: settle(&spec, 0)
        }
        return spec
    }

    private func settle(_ spec: inout Spec, _ first: Int) {
        if spec[first + PolicyLeaf.up] != nil { spec[first + PolicyLeaf.up] = .double(90.5) }
        if spec[first + PolicyLeaf.down] != nil { spec[first + PolicyLeaf.down] = .double(12.25) }
        if spec[first + PolicyLeaf.minNodes] != nil { spec[first + PolicyLeaf.minNodes] = .int(1) }
    }

    private mutating func leafPaths(_ field: Field, _ parents: [String]) -> [String] {
        guard field.required || chance(50) else { return [] }
        let names = parents + [field.name]
        guard case .group(let children) = field.type else { return [names.joined(separator: ".")] }
        return children.flatMap { leafPaths($0, names) }
    }

    private mutating func value(_ type: FieldType) -> FieldValue {
        switch type {
        case .string(let rule): return .string(string(rule))
        case .choice(let words): return .string(words[below(words.count)])
        case .integer(let range), .bytes(let range):
            let size = UInt64(bitPattern: range.upperBound &- range.lowerBound)
            return .int(range.lowerBound + Int64(size == .max ? next() : next() % (size + 1)))
        case .number(let rule):
            let fraction = Double(next() >> 11) / Double(1 << 53)
            let value = rule.minimum + (min(rule.maximum, 1e6) - rule.minimum) * max(fraction, 1e-7)
            return chance(30) ? .int(Int64(value.rounded(.up))) : .double(value)
        case .boolean: return .bool(chance(50))
        case .decimal: return .decimal(DecimalNumber(significand: Int128(below(1_000_000)), exponent: -below(9)))
        case .timestamp: return .timestamp(Timestamp(milliseconds: Int64(below(4_000_000_000)) * 1000))
        case .list(of: .record(let fields), count: _):
            return .list((0...below(3)).map { number in interface(fields, number) })
        case .list(of: let element, count: _): return .list([value(element)])
        case .record, .group, .pairs: return .null
        case .oneOrMore(let element):
            guard case .choice(let words) = element, chance(50) else { return value(element) }
            return .list(words.dropFirst(below(words.count)).map { .string($0) })
        }
    }

    private mutating func interface(_ fields: [Field], _ number: Int) -> FieldValue {
        .record(
            fields.compactMap { field in
                if field.name == "interface" { return .init(field.name, .string("\(text(1...10))\(number)")) }
                return chance(50) ? .init(field.name, value(field.type)) : nil
            })
    }

    private mutating func string(_ rule: StringRule) -> String {
        switch rule.format {
        case .timeZone?: return ["Europe/Berlin", "UTC", "Asia/Tokyo"][below(3)]
        case .mac?: return "02:00:00:00:00:\(10 + below(80))"
        case .reference?: return "Node/node_x"
        case nil: break
        }
        guard let pattern = rule.pattern else { return text(rule.length, lines: rule.multiline) }
        return pattern.prefix + (pattern.characters == .capitals ? "LUCID" : "r-\(below(100))")
    }

    /// Words that YAML reads in many ways, and characters that need care.
    private mutating func text(_ length: ClosedRange<Int>, lines: Bool = false) -> String {
        let words = [
            "no", "null", "~", "1.10", "012", "2024-01-01", "true", "a: b", "- x", "#c", "é", "日本", "'", "\"", "\\",
            " ", "{", "*a", "&b", "!t", "%", "@", "0x1F", "=", "<<", ".inf", "…", "😀", "x, y", "[",
        ]
        var text = ""
        for _ in 0...below(4) { text += words[below(words.count)] + (lines && chance(30) ? "\n" : "") }
        while text.unicodeScalars.count < length.lowerBound { text += "z" }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(length.upperBound)))
    }
}
