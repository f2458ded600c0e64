import Fleet
import Manifests

/// A spelling of a field's value, and whether it breaks one rule or keeps it.
struct ValueCase {
    let rule: ManifestRule
    let value: Sketch
    let breaks: Bool
    /// Whether a JSON Schema, too, can tell.
    var inSchema = true

    static func broken(_ rule: ManifestRule, _ text: String, inSchema: Bool = true) -> ValueCase {
        ValueCase(rule: rule, value: .raw(text), breaks: true, inSchema: inSchema)
    }

    static func kept(_ rule: ManifestRule, _ text: String, inSchema: Bool = true) -> ValueCase {
        ValueCase(rule: rule, value: .raw(text), breaks: false, inSchema: inSchema)
    }
}

extension FieldType {
    /// Every rule of the type, kept and broken: below, at and above each edge. A type without cases does not compile.
    var cases: [ValueCase] {
        switch self {
        case .string(let rule): rule.cases
        case .choice(let words): choiceCases(words)
        case .integer(let range): integerCases(range)
        case .bytes(let range): bytesCases(range)
        case .number(let rule): rule.cases
        case .boolean: booleanCases
        case .decimal(let rule): rule.cases
        case .timestamp: timestampCases
        case .list(of: let element, let count): listCases(element, count)
        case .record, .group: [.broken(.wrongType, "7"), .broken(.wrongType, "[7]")]
        case .pairs: labelCases
        case .oneOrMore(let element): oneOrMoreCases(element)
        }
    }
}

private let noScalar: [ValueCase] = [.broken(.wrongType, "[x]"), .broken(.wrongType, "{x: y}")]

/// Spellings of numbers that some reader or other takes for one.
private let strangeNumbers = [
    "0x10", "0o17", "1_000", "1e3", "+5", "012", ".5", "5.", ".nan", ".inf", "-.inf", "NaN", "5%", "five",
]

extension StringRule {
    /// As many characters, keeping every other rule.
    func text(_ count: Int) -> String {
        let prefix = pattern?.prefix ?? ""
        let filler = pattern?.characters == .capitals ? "A" : "a"
        return prefix + String(repeating: filler, count: max(0, count - prefix.count))
    }

    var cases: [ValueCase] {
        var cases = [ValueCase.broken(.wrongType, "[x]"), .broken(.wrongType, "{x: y}")]
        cases += [.broken(.wrongType, "!!int 5", inSchema: false), .broken(.wrongType, "!!float 5", inSchema: false)]
        cases.append(.broken(.controlCharacter, "\"a\\u0001\\u0002\\tbcdefghijklmn\""))
        cases.append(ValueCase(rule: .controlCharacter, value: .raw(anExample), breaks: false))
        cases.append(ValueCase(rule: .wrongType, value: .raw(anExample), breaks: false))
        if multiline { cases.append(.kept(.controlCharacter, "\"two\\nlines\\tand a tab\"")) }
        if !multiline { cases.append(.broken(.controlCharacter, "\"two\\nlines\"")) }
        return cases + lengthCases + patternCases + formatCases + reservedCases
    }

    private var anExample: String {
        switch format {
        case .timeZone?: "Europe/Berlin"
        case .mac?: "02:00:5e:10:00:01"
        case .reference?: "NodePool/pool_abc"
        case nil: text(max(length.lowerBound, 8))
        }
    }

    private var lengthCases: [ValueCase] {
        var cases = [ValueCase.broken(.length, "\"" + text(length.upperBound + 1) + "\"")]
        if length.lowerBound > 0 { cases.append(.broken(.length, "\"" + text(length.lowerBound - 1) + "\"")) }
        guard format == nil else { return cases + [.kept(.length, anExample)] }
        return cases + [length.lowerBound, length.upperBound].map { .kept(.length, "\"\(text($0))\"") }
    }

    private var patternCases: [ValueCase] {
        guard let pattern else { return [] }
        let whole = text(max(length.lowerBound, 6))
        var cases: [ValueCase] = [.kept(.pattern, "\"\(whole)\"")]
        for wrong in [" ", ".", "$", "é", "/"] { cases.append(.broken(.pattern, "\"\(whole.dropLast())\(wrong)\"")) }
        switch pattern.characters {
        case .name: cases.append(.kept(.pattern, pattern.prefix + "aZ09_-x"))
        case .capitals: cases += [.broken(.pattern, "USDt"), .broken(.pattern, "USD1")]
        }
        if !pattern.prefix.isEmpty {
            cases += [.broken(.pattern, "other_abcdef"), .broken(.pattern, "X\(whole)")]
            cases.append(.broken(.pattern, pattern.prefix.uppercased() + "abcdef"))
        }
        return cases
    }

    private var formatCases: [ValueCase] {
        func cases(_ kept: [String], _ broken: [String], inSchema: Bool) -> [ValueCase] {
            kept.map { .kept(.format, $0) } + broken.map { .broken(.format, $0, inSchema: inSchema) }
        }
        switch format {
        case nil: return []
        case .timeZone?:
            return cases(
                ["Europe/Berlin", "UTC", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "Japan"],
                ["GMT+3", "PST", "europe/berlin", "Europe", "Mars/Olympus", "\"Europe/Berlin \"", "../etc", "+01:00"],
                inSchema: false)
        case .mac?:
            return cases(
                ["02:00:5e:10:00:01", "02-00-5E-10-00-FF"],
                ["02:00:5e:10:00-01", "02:00:5e:10:00:0g", "0200.5e10.0001.00", "02 00 5e 10 00 01"], inSchema: true)
        case .reference?:
            return cases(
                ["NodePool/pool_abc", "Node/node_abc", "ScalingPolicy/policy_a"],
                ["pool_abc", "nodepool/pool_abc", "NodePool/node_abc", "NodePool/", "Set/abc", "NodePool/pool_a/b"],
                inSchema: true)
        }
    }

    private var reservedCases: [ValueCase] {
        reserved.flatMap { prefix -> [ValueCase] in
            [.broken(.reserved, prefix + "x"), .broken(.reserved, prefix), .kept(.reserved, prefix.dropLast() + "x")]
        }
    }
}

private func choiceCases(_ words: [String]) -> [ValueCase] {
    words.map { .kept(.choice, $0) } + words.map { .kept(.wrongType, "\"\($0)\"") } + noScalar
        + [.broken(.choice, "\"\""), .broken(.choice, "other"), .broken(.choice, words[0].uppercased())]
        + [.broken(.choice, "\"\(words[0]) \"")]
}

private func integerCases(_ range: ClosedRange<Int64>) -> [ValueCase] {
    var cases: [ValueCase] = [range.lowerBound, range.upperBound].map { .kept(.range, String($0)) }
    cases += [range.lowerBound - 1, range.upperBound + 1].map { .broken(.range, String($0)) }
    cases += [.broken(.range, String(repeating: "9", count: 40)), .broken(.range, "9223372036854775808")]
    cases += (strangeNumbers + ["1.5", "5.0"]).map { .broken(.invalidNumber, $0, inSchema: false) }
    cases.append(.kept(.invalidNumber, String(range.upperBound)))
    cases +=
        noScalar + [.broken(.wrongType, "\"5\""), .broken(.wrongType, "'5'"), .kept(.wrongType, "\(range.lowerBound)")]
    return cases + [.broken(.wrongType, "!!str 5"), .kept(.wrongType, "!!int \(range.lowerBound)")]
}

private func bytesCases(_ range: ClosedRange<Int64>) -> [ValueCase] {
    var cases: [ValueCase] = [range.lowerBound, range.upperBound].map { .kept(.range, String($0)) }
    cases.append(.broken(.range, String(range.lowerBound - 1)))
    let above = range.upperBound == .max ? "9223372036854775808" : String(range.upperBound + 1)
    cases += [.broken(.range, above), .broken(.range, String(repeating: "9", count: 40))]
    cases += [.broken(.range, "99999PiB", inSchema: false), .broken(.range, "0.5B", inSchema: false)].prefix(1)
    for text in [
        "64GiB", "500GB", "62.5GB", "\"64GiB\"", "0.5TiB", "70000MB", "90000000KiB", "90000000kB", "90000000KB",
    ] {
        cases.append(.kept(.invalidQuantity, text))
    }
    let unknown = [
        "64gib", "64G", "64Gi", "64 GiB", "64GiBs", "GiB", "1e9GB", "0x10GB", "1_0GB", "012GB", "5.GB", ".5GB",
    ]
    cases += unknown.map { .broken(.invalidQuantity, $0) }
    // A schema cannot tell that these are no whole bytes, or how they are spelled.
    cases += ["64.0000000001GB", "70000000000.5"].map { .broken(.invalidQuantity, $0, inSchema: false) }
    return cases + noScalar + [.broken(.wrongType, "\"64000000000\""), .kept(.wrongType, "64000000000")]
}

extension NumberRule {
    var cases: [ValueCase] {
        let (least, most) = (Int64(minimum), Int64(maximum))
        var cases: [ValueCase] = [.kept(.range, String(most)), .broken(.range, String(most + 1))]
        cases.append(.broken(.range, String(repeating: "9", count: 40)))
        cases += [.broken(.range, "\(least - 1)"), .broken(.range, "-\(-least).001")]
        cases.append(exclusiveMinimum ? .broken(.range, "\(least)") : .kept(.range, "\(least)"))
        cases.append(.kept(.range, least < 0 ? "\(least + 1).999" : "\(least).001"))
        if maximum < 1e15 { cases += [.broken(.range, "\(most).001"), .kept(.range, "\(most - 1).999")] }
        cases += strangeNumbers.map { .broken(.invalidNumber, $0, inSchema: false) }
        cases += [.kept(.invalidNumber, "12.5"), .kept(.wrongType, "12")]
        return cases + noScalar + [.broken(.wrongType, "\"12\""), .broken(.wrongType, "!!str 12")]
    }
}

private let booleanCases: [ValueCase] =
    ["no", "yes", "on", "off", "y", "n", "1", "0", "\"true\"", "'false'", "tRUE"].map { .broken(.wrongType, $0) }
    + ["true", "false", "True", "FALSE", "!!bool true"].map { .kept(.wrongType, $0) } + noScalar

extension DecimalRule {
    var cases: [ValueCase] {
        let fraction = String(repeating: "1", count: fractionDigits)
        var cases: [ValueCase] = [.kept(.range, "\"0\""), .kept(.range, "\"\(maximum)\"")]
        cases += [
            .broken(.range, "\"-0.\(fraction)\""), .broken(.range, "\"\(maximum).\(fraction)\"", inSchema: false),
            .broken(.range, "\"\(String(repeating: "9", count: 40))\"", inSchema: false),
        ]
        cases += [.kept(.precision, "\"0.\(fraction)\""), .broken(.precision, "\"0.\(fraction)1\"")]
        cases += [.broken(.unquotedDecimal, "0.12"), .broken(.unquotedDecimal, "5"), .kept(.unquotedDecimal, "'0.12'")]
        cases += strangeNumbers.map { .broken(.invalidNumber, "\"\($0)\"") } + [.kept(.invalidNumber, "\"5.10\"")]
        return cases + noScalar + [.broken(.wrongType, "!!float 5"), .kept(.wrongType, "!!str 5")]
    }
}

private let timestampCases: [ValueCase] =
    ["2030-12-01T00:00:00Z", "\"2030-12-01T00:00:00.5+02:00\"", "2028-02-29t23:59:59z"].map { .kept(.format, $0) }
    + ["2030-12-01", "2030-12-01T00:00:00", "tomorrow", "1893456000"].map { .broken(.format, $0) }
    + ["2030-02-29T00:00:00Z", "2030-12-01T24:00:00Z"].map { .broken(.format, $0, inSchema: false) }
    + noScalar + [.kept(.wrongType, "2030-12-01T00:00:00Z")]

private func listCases(_ element: FieldType, _ count: ClosedRange<Int>) -> [ValueCase] {
    func list(_ count: Int) -> Sketch { .list((0..<count).map { element.element(number: $0) }) }
    var cases = [
        ValueCase(rule: .listLength, value: list(count.upperBound), breaks: false),
        ValueCase(rule: .listLength, value: list(count.lowerBound), breaks: false),
        ValueCase(rule: .listLength, value: list(count.upperBound + 1), breaks: true),
        ValueCase(rule: .wrongType, value: list(1), breaks: false),
    ]
    if count.lowerBound > 0 {
        cases.append(ValueCase(rule: .listLength, value: list(count.lowerBound - 1), breaks: true))
    }
    cases += [.broken(.wrongType, "7"), .broken(.wrongType, "{x: y}")]
    if element.repeats { return cases }
    let one = element.element(number: 0)
    cases.append(ValueCase(rule: .duplicateValue, value: .list([one, one]), breaks: true))
    return cases + [ValueCase(rule: .duplicateValue, value: list(2), breaks: false)]
}

private func oneOrMoreCases(_ element: FieldType) -> [ValueCase] {
    guard case .choice(let words) = element else { return [] }
    return [
        .kept(.listLength, "[\(words[0])]"), .broken(.listLength, "[]"),
        .kept(.duplicateValue, "[\(words[0]), \(words[1])]"), .broken(.duplicateValue, "[\(words[0]), \(words[0])]"),
        .kept(.choice, words[0]), .broken(.choice, "other"), .broken(.choice, words[0].uppercased()),
        .broken(.wrongType, "{x: y}"), .kept(.wrongType, "[\(words[1])]"),
    ]
}

extension FieldType {
    /// A right element of a list, different for each number.
    fileprivate func element(number: Int) -> Sketch {
        switch self {
        case .record: .map([("interface", .raw("eth\(number)"))])
        case .string(let rule) where rule.format == .reference: .raw("Node/node_abc\(number)")
        default: .raw("a\(number)")
        }
    }
}

private let labelCases: [ValueCase] = {
    func labels(_ count: Int) -> String { "{" + (0..<count).map { "l\($0): x" }.joined(separator: ", ") + "}" }
    func named(_ name: String) -> String { "{\"\(name)\": x}" }
    func text(_ count: Int) -> String { "{a: \"" + String(repeating: "x", count: count) + "\"}" }
    let long = String(repeating: "a", count: 63)
    return [
        .kept(.labelCount, labels(64)), .broken(.labelCount, labels(65)), .kept(.labelCount, "{}"),
        .kept(.labelName, named("a")), .kept(.labelName, named(long)), .kept(.labelName, named("a.b/c_d-9")),
        .broken(.labelName, named(long + "a")), .broken(.labelName, named("")), .broken(.labelName, named("$x")),
        .broken(.labelName, named(".a")), .broken(.labelName, named("a-")), .broken(.labelName, named("a b")),
        .broken(.labelName, named("é")), .kept(.labelValue, text(0)), .kept(.labelValue, text(256)),
        .broken(.labelValue, text(257)), .broken(.labelValue, "{a: \"x\\0y\"}"), .broken(.wrongType, "7"),
        .broken(.wrongType, "[x]"), .broken(.wrongType, "{a: {b: c}}"), .broken(.wrongType, "{a: [b]}"),
        .broken(.wrongType, "{a: null}"), .kept(.wrongType, "{a: \"null\"}"),
    ]
}()
