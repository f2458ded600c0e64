import Fleet
import FleetStore
import Planning

/// An object's fields as they count and as they stand in MongoDB, side by side.
struct FieldComparison {
    struct Line: Hashable {
        enum Origin: String, Hashable {
            case manifest, `default`, policy
            /// Nothing is declared: what stands there is somebody else's.
            case none = ""
        }

        var field: String
        var declared: FieldValue?
        var origin: Origin
        /// Nil where the data model's document has no such field, or holds none.
        var found: FieldValue?
        /// The daemon will change it, or reports it.
        var differs: Bool
    }

    let lines: [Line]

    /// - Parameter differences: what the planner finds, by path in the document.
    init(_ row: ScanRow, in view: FleetView, differences: [FieldDifference]) {
        let differing = Set(differences.map(\.path))
        let stated = row.desired?.spec
        let full = stated?.withDefaults()
        let policy = row.key.kind == .nodePool ? row.desired.flatMap { ResolvedPolicy(of: $0, in: view) } : nil
        var lines: [Line] = []
        if let name = row.name.map(FieldValue.string) {
            lines.append(
                Line(
                    field: "name", declared: row.desired.map { .string($0.declaration.name) },
                    origin: row.desired == nil ? .none : .manifest, found: row.observed.flatMap(\.name) ?? nil,
                    differs: differing.contains("name")))
            if row.observed == nil, row.desired == nil { lines[0].declared = name }
        }
        for leaf in row.key.kind.table.leaves {
            var declared = full?[leaf.index]
            var origin: Line.Origin = stated?[leaf.index] != nil ? .manifest : declared != nil ? .default : .none
            let place = leaf.index - PoolLeaf.policy
            if declared == nil, let policy, row.key.kind == .nodePool, (0..<PolicyLeaf.count).contains(place) {
                declared = policy.spec[place]
                origin = declared == nil ? .none : .policy
            }
            let found = leaf.storedPath == nil ? nil : row.observed?.leaves[leaf.index]
            guard declared != nil || found != nil else { continue }
            lines.append(
                Line(
                    field: leaf.path, declared: declared, origin: origin, found: found,
                    differs: differing.contains(leaf.path)))
        }
        self.lines = lines
    }

    /// Longer values are cut, unless they differ.
    static let longestValue = 60

    /// Fields that differ are marked, so that they are found in a long list also without colours.
    func table(hasDocument: Bool) -> Table {
        var table = Table(["  FIELD", "DECLARED", "FROM"] + (hasDocument ? ["IN MONGODB"] : []))
        for line in lines {
            let style: Terminal.Style? = line.differs ? .red : nil
            var cells = [
                Table.Cell((line.differs ? "! " : "  ") + line.field, style),
                Table.Cell(shown(line.declared, of: line), style), Table.Cell(line.origin.rawValue),
            ]
            if hasDocument {
                let same = line.found != nil && line.found == line.declared
                cells.append(Table.Cell(same ? "same" : shown(line.found, of: line), style))
            }
            table.add(cells)
        }
        return table
    }

    private func shown(_ value: FieldValue?, of line: Line) -> String {
        let text = value?.description ?? ""
        return line.differs || text.count <= Self.longestValue ? text : text.prefix(Self.longestValue - 1) + "…"
    }
}
