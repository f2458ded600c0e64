internal import Fleet

/// Reads the reports of one node out of a body, by the table of metrics; what the table doesn't know is refused, so that
/// no report can state anything but what its machine measured.
struct ReportReading {
    /// Beyond these, what is wrong is not worth its answer.
    static let maximumFaults = 100
    static let maximumReports = 1_000

    private let nodeID: String
    private(set) var faults: [ReportFault] = []

    /// The reports in the order in which they stand, or everything that is wrong with them.
    static func read(_ body: JSONValue, of nodeID: String) -> Result<[ResourceSample], ReportFaults> {
        var reading = ReportReading(nodeID: nodeID)
        var samples: [ResourceSample] = []
        switch body {
        case .array(let reports) where reports.isEmpty: reading.fault("", "expected at least one report")
        case .array(let reports) where reports.count > maximumReports:
            reading.fault("", "\(reports.count) reports; at most \(maximumReports) may come at once")
        case .array(let reports):
            for (index, report) in reports.enumerated() where !reading.isFull {
                if let sample = reading.report(report, at: "/\(index)") { samples.append(sample) }
            }
        default: if let sample = reading.report(body, at: "") { samples.append(sample) }
        }
        return reading.faults.isEmpty ? .success(samples) : .failure(ReportFaults(faults: reading.faults))
    }

    private init(nodeID: String) { self.nodeID = nodeID }

    /// What comes now can't be told any more: it is not worth reading.
    private var isFull: Bool { faults.count >= ReportReading.maximumFaults }

    /// The text is made only for a fault that is told: a suggestion costs more than reading the member.
    private mutating func fault(_ pointer: String, _ detail: @autoclosure () -> String) {
        guard !isFull else { return }
        faults.append(ReportFault(pointer: pointer, detail: detail()))
    }

    private mutating func expected(_ what: @autoclosure () -> String, _ value: JSONValue, at pointer: String) {
        let hint = value == .null ? "; leave out what was not measured" : ""
        fault(pointer, "expected \(what()), found \(value.kind)\(hint)")
    }

    private static let members = ["timestamp", "node_id"] + MetricTree.roots.map(\.field.name)

    private mutating func report(_ report: JSONValue, at pointer: String) -> ResourceSample? {
        guard case .object(let members) = report else {
            expected("an object", report, at: pointer)
            return nil
        }
        var sample = ResourceSample(nodeID: nodeID, timestamp: Timestamp(milliseconds: 0))
        var isDated = false
        for member in members where !isFull {
            let place = pointer + "/" + ReportReading.token(member.name)
            switch member.name {
            case "timestamp":
                isDated = true
                if let timestamp = timestamp(member.value, at: place) { sample.timestamp = timestamp }
            case "node_id":
                let own = nodeID
                if member.value != .string(own) { fault(place, "expected the path's, `\(own)`, or none") }
            default: field(member, of: MetricTree.roots, known: ReportReading.members, into: &sample, at: place)
            }
        }
        if !isDated { fault(pointer, "`timestamp` is missing: when this was measured") }
        return sample
    }

    private mutating func timestamp(_ value: JSONValue, at pointer: String) -> Timestamp? {
        guard case .string(let text) = value, let timestamp = Timestamp(rfc3339: text) else {
            fault(pointer, "expected a time such as 2030-12-01T00:00:00Z (RFC 3339)")
            return nil
        }
        return timestamp
    }

    private mutating func field(
        _ member: JSONValue.Member, of trees: [MetricTree], known: [String], into sample: inout ResourceSample,
        at pointer: String
    ) {
        guard let tree = trees.first(where: { $0.field.name == member.name }) else {
            fault(pointer, "a report has no such field\(Spelling.suggestion(for: member.name, among: known))")
            return
        }
        switch tree.content {
        case .leaf(let index): sample[index] = value(member.value, tree.field.type, at: pointer)
        case .group(let children):
            guard case .object(let members) = member.value else {
                expected("an object", member.value, at: pointer)
                return
            }
            let known = children.map(\.field.name)
            for member in members where !isFull {
                let place = pointer + "/" + ReportReading.token(member.name)
                field(member, of: children, known: known, into: &sample, at: place)
            }
        }
    }

    /// A member's name within a JSON pointer.
    private static func token(_ name: String) -> String {
        name.utf8.count > 100 ? "…" : name.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

/// All that is wrong with a body.
struct ReportFaults: Error, Hashable {
    var faults: [ReportFault]
}

// MARK: Values by their type.

extension ReportReading {
    private mutating func value(_ value: JSONValue, _ type: FieldType, at pointer: String) -> FieldValue? {
        switch type {
        case .integer(let range), .bytes(let range):
            return whole(value, in: range, at: pointer).map(FieldValue.int)
        case .number(let rule): return number(value, rule, at: pointer).map(FieldValue.double)
        case .string(let rule): return text(value, rule, at: pointer).map(FieldValue.string)
        case .list(of: let element, let count): return list(value, element, count, at: pointer)
        case .record(let fields): return record(value, fields, at: pointer)
        case .choice, .boolean, .decimal, .timestamp, .group, .pairs, .oneOrMore:
            // No metric is of these types; one that becomes so is refused until it is read here.
            fault(pointer, "not supported")
            return nil
        }
    }

    private mutating func whole(_ value: JSONValue, in range: ClosedRange<Int64>, at pointer: String) -> Int64? {
        var what: String { "a whole number " + ReportReading.words(range) }
        let found: Int64?
        switch value {
        case .integer(let number): found = number
        case .number(let number): found = Int64(exactly: number)
        default:
            expected(what, value, at: pointer)
            return nil
        }
        guard let found, range.contains(found) else {
            fault(pointer, "expected \(what)")
            return nil
        }
        return found
    }

    static func words(_ range: ClosedRange<Int64>) -> String {
        range.upperBound == .max
            ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    }

    private mutating func number(_ value: JSONValue, _ rule: NumberRule, at pointer: String) -> Double? {
        var what: String {
            "a number from \(Int64(rule.minimum.rounded(.up))) to \(Int64(rule.maximum))"
        }
        let found: Double
        switch value {
        case .integer(let number): found = Double(number)
        case .number(let number): found = number
        default:
            expected(what, value, at: pointer)
            return nil
        }
        guard rule.allows(found) else {
            fault(pointer, "expected \(what)")
            return nil
        }
        return found
    }

    private mutating func text(_ value: JSONValue, _ rule: StringRule, at pointer: String) -> String? {
        var what: String { "a text of \(rule.length.lowerBound) to \(rule.length.upperBound) characters" }
        guard case .string(let text) = value else {
            expected(what, value, at: pointer)
            return nil
        }
        // Length first: the text may be as long as the body.
        guard text.utf8.count <= rule.length.upperBound * 4, rule.length.contains(text.unicodeScalars.count) else {
            fault(pointer, "expected \(what)")
            return nil
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            fault(pointer, "expected a text without control characters")
            return nil
        }
        return text
    }

    private mutating func list(
        _ value: JSONValue, _ element: FieldType, _ count: ClosedRange<Int>, at pointer: String
    ) -> FieldValue? {
        var what: String { "an array of at most \(count.upperBound) elements" }
        guard case .array(let elements) = value else {
            expected(what, value, at: pointer)
            return nil
        }
        guard count.contains(elements.count) else {
            fault(pointer, "expected \(what), found \(elements.count)")
            return nil
        }
        var values: [FieldValue] = []
        for (index, part) in elements.enumerated() where !isFull {
            if let value = self.value(part, element, at: "\(pointer)/\(index)") { values.append(value) }
        }
        return .list(values)
    }

    private mutating func record(_ value: JSONValue, _ fields: [Field], at pointer: String) -> FieldValue? {
        guard case .object(let members) = value else {
            expected("an object", value, at: pointer)
            return nil
        }
        var found: [FieldValue.Member] = []
        for member in members where !isFull {
            let place = pointer + "/" + ReportReading.token(member.name)
            guard let field = fields.first(where: { $0.name == member.name }) else {
                fault(
                    place,
                    "there is no such field here\(Spelling.suggestion(for: member.name, among: fields.map(\.name)))")
                continue
            }
            if let value = self.value(member.value, field.type, at: place) {
                found.append(FieldValue.Member(field.name, value))
            }
        }
        for field in fields where field.required && !members.contains(where: { $0.name == field.name }) {
            fault(pointer, "`\(field.name)` is missing")
        }
        return .record(found)
    }
}
