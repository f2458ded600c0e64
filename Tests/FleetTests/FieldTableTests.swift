import Fleet
import Testing

@Suite struct FieldTableTests {
    private static let tables = Kind.allCases.flatMap { kind in
        ManifestSection.allCases.map { section in (kind, section) }
    }

    @Test func `every leaf stands under its own path, in order`() {
        for (kind, section) in Self.tables {
            let table = kind.table(of: section)
            #expect(table.leaves.map(\.index) == Array(0..<table.leaves.count))
            #expect(Set(table.leaves.map(\.path)).count == table.leaves.count)
            for leaf in table.leaves { #expect(table.leaf(leaf.path)?.index == leaf.index) }
        }
    }

    @Test func `every field says what it is, and every leaf has an example`() {
        for (kind, section) in Self.tables {
            for field in allFields(kind.table(of: section).fields) {
                #expect(field.summary.hasSuffix("."), "\(kind) \(field.name)")
                if case .group = field.type { continue }
                #expect(!field.example.isEmpty, "\(kind) \(field.name)")
            }
        }
    }

    @Test func `names are snake case, and no two of a mapping are the same`() {
        for (kind, section) in Self.tables {
            check(kind.table(of: section).fields)
        }
    }

    @Test func `a pool repeats the policy's leaves in their order`() {
        let policy = Kind.scalingPolicy.table.leaves.map { "scaling_policy.\($0.path)" }
        let inline = Kind.nodePool.table.leaves[PoolLeaf.policy..<PoolLeaf.policy + PolicyLeaf.count].map(\.path)
        #expect(inline == policy)
    }

    @Test func `an inline policy states no default, but knows the one that is taken`() {
        for index in 0..<PolicyLeaf.count {
            let field = Kind.nodePool.table.leaves[PoolLeaf.policy + index].field
            #expect(field.defaultValue == nil)
            #expect(field.resolvedDefault == Kind.scalingPolicy.table.leaves[index].field.defaultValue)
        }
    }

    @Test(arguments: [
        ("a", true), ("a.b/c_d-9", true), (String(repeating: "a", count: 63), true), ("", false), ("-a", false),
        ("a.", false), ("$x", false), ("é", false), ("a b", false), (String(repeating: "a", count: 64), false),
    ])
    func `a label's name is a plain one`(_ name: String, _ isAllowed: Bool) {
        #expect(LabelRule.allowsName(name) == isAllowed)
    }

    private func allFields(_ fields: [Field]) -> [Field] { fields.flatMap { [$0] + allFields(children($0)) } }

    private func children(_ field: Field) -> [Field] {
        switch field.type {
        case .group(let fields), .list(of: .record(let fields), count: _): fields
        default: []
        }
    }

    private func check(_ fields: [Field]) {
        let names = fields.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(name.utf8.allSatisfy { (97...122).contains($0) || $0 == UInt8(ascii: "_") }, "\(name)")
        }
        for field in fields { check(children(field)) }
    }
}
