/// A family of series in Prometheus' text exposition format 0.0.4.
struct FamilyText: Sendable {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    var name: String
    var kind: MetricDeclaration.Kind
    var help: String
    /// A line each, in order of their labels.
    var samples = ""

    /// In order of name; families without a series are left out.
    static func page(_ families: [FamilyText]) -> String {
        var page = ""
        page.reserveCapacity(families.reduce(0) { $0 + $1.samples.utf8.count + 200 })
        for family in families.sorted(by: { $0.name < $1.name }) where !family.samples.isEmpty {
            page += "# HELP \(family.name) \(family.help.escapedHelp)\n"
            page += "# TYPE \(family.name) \(family.kind.word)\n"
            page += family.samples
        }
        return page
    }

    mutating func add(_ value: Double) { add([], value) }

    mutating func add(_ labels: [(String, String)], _ value: Double) {
        samples.sample(SeriesName(name, labels).plain, value.exposed)
    }
}

/// A metric's name and labels, as they stand in a line.
struct SeriesName: Sendable {
    private let name: String
    /// `a="b",c="d"`, in order of the labels' names.
    let labels: String

    init(_ name: String, _ labels: [(String, String)]) {
        self.name = name
        self.labels = labels.isEmpty ? "" : SeriesName.text(labels)
    }

    private static func text(_ labels: [(String, String)]) -> String {
        var text = ""
        var last: String?
        // Of two labels with one name the first counts: a line with both is refused whole.
        for (key, value) in labels.map({ ($0.0.labelName, $0.1) }).sorted(by: { $0.0 < $1.0 }) where key != last {
            text += "\(last == nil ? "" : ",")\(key)=\"\(value.escapedLabel)\""
            last = key
        }
        return text
    }

    var plain: String { line(name, labels) }
    var sum: String { line(name + "_sum", labels) }
    var count: String { line(name + "_count", labels) }

    func bucket(_ bound: Double) -> String {
        line(name + "_bucket", (labels.isEmpty ? "" : labels + ",") + "le=\"\(bound.exposed)\"")
    }

    private func line(_ name: String, _ labels: String) -> String { labels.isEmpty ? name : "\(name){\(labels)}" }
}

extension String {
    mutating func sample(_ series: String, _ value: String) {
        self += series
        self += " "
        self += value
        self += "\n"
    }

    fileprivate var escapedHelp: String { escaped(quotes: false) }
    fileprivate var escapedLabel: String { escaped(quotes: true) }

    private func escaped(quotes: Bool) -> String {
        guard utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || (quotes && $0 == 0x22) }) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, with an underscore for what does not fit.
    var metricName: String { name(allowing: ":") }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`; `le` is the histograms' own.
    fileprivate var labelName: String {
        let name = name(allowing: nil)
        return name == "le" ? "le_" : name
    }

    private func name(allowing extra: Unicode.Scalar?) -> String {
        var result = ""
        for scalar in unicodeScalars {
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
            let isDigit = ("0"..."9").contains(scalar)
            if isDigit && result.isEmpty { result += "_" }
            result.unicodeScalars.append(isLetter || isDigit || scalar == extra ? scalar : "_")
        }
        return result.isEmpty ? "_" : result
    }
}

extension Double {
    /// As the format spells numbers.
    var exposed: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: self).map(String.init) ?? String(self)
    }
}
