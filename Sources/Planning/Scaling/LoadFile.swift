import Fleet

/// A load series as text: `timestamp,value`, a row a line, with or without a line of names first.
///
/// Times ascend. They are RFC 3339, or `2014-04-02 14:29:00` in UTC, or seconds since 1970; values are numbers of 0 or
/// more in any unit.
package enum LoadFile {
    /// So many errors are told; after that the file is not read on.
    package static let mostErrors = 20
    /// Larger files are refused by who reads them.
    package static let mostBytes = 64 << 20

    /// All rows, or what is wrong, each with its place.
    package static func rows(in bytes: [UInt8], file: String) -> (rows: [LoadSeries.Row], errors: [Diagnostic]) {
        var reader = LoadReader(file: file)
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        var number = 0
        // Line by line: a list of all of them could be many times the size of the file.
        var rest = text
        while !rest.isEmpty, reader.errors.count < mostErrors {
            number += 1
            let line = rest.prefix { $0 != 0x0A }
            reader.read(line.last == 0x0D ? line.dropLast() : line, number)
            rest = rest[line.endIndex...].dropFirst()
        }
        if reader.rows.isEmpty, reader.errors.isEmpty {
            reader.report(1, 1, "there are no rows; expected lines like `2014-04-02T14:29:00Z,42.5`", "empty-file")
        }
        return (reader.rows, reader.errors)
    }
}

private struct LoadReader {
    let file: String
    var rows: [LoadSeries.Row] = []
    var errors: [Diagnostic] = []
    private var hasSeenText = false

    init(file: String) { self.file = file }

    mutating func report(_ line: Int, _ column: Int, _ message: String, _ rule: String) {
        errors.append(
            Diagnostic(at: SourceLocation(file: file, line: line, column: column), message, rule: rule))
    }

    mutating func read(_ line: ArraySlice<UInt8>, _ number: Int) {
        guard line.contains(where: { !$0.isBlank }) else { return }
        let isFirst = !hasSeenText
        hasSeenText = true
        let cells = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard cells.count == 2 else {
            let found = cells.count == 1 ? "1 column" : "\(cells.count) columns"
            let column = cells.count > 2 ? cells[1].endIndex - line.startIndex + 1 : 1
            return report(
                number, column,
                "expected `timestamp,value`, found \(found)",
                "columns")
        }
        let (timeText, valueText) = (Cell(cells[0], in: line), Cell(cells[1], in: line))
        let (time, value) = (timeText.time, valueText.number)
        // Names of columns: neither of them reads as what it should.
        if isFirst, time == nil, value == nil, timeText.startsWithLetter, valueText.startsWithLetter { return }
        guard let time else {
            return report(
                number, timeText.column,
                "`\(timeText.shown)` is no time; expected RFC 3339, `2014-04-02 14:29:00` or seconds since 1970",
                "wrong-type")
        }
        guard let value else {
            return report(
                number, valueText.column, "`\(valueText.shown)` is no load; expected a number of 0 or more",
                "wrong-type")
        }
        if let last = rows.last?.at, time <= last {
            return report(number, timeText.column, "the time \(time) is not after that of the row before", "order")
        }
        rows.append(LoadSeries.Row(at: time, value: value))
    }
}

private struct Cell {
    let text: String
    /// 1-based, in bytes.
    let column: Int

    init(_ bytes: ArraySlice<UInt8>, in line: ArraySlice<UInt8>) {
        var bytes = bytes.drop(while: \.isBlank)
        column = bytes.startIndex - line.startIndex + 1
        while let last = bytes.last, last.isBlank { bytes.removeLast() }
        text = String(decoding: bytes, as: UTF8.self)
    }

    var shown: String { text.cut(toBytes: 40) }
    var startsWithLetter: Bool { text.unicodeScalars.first?.properties.isAlphabetic ?? false }

    /// Finite and not negative, in plain or scientific notation.
    var number: Double? {
        guard let first = text.utf8.first, first.isDigit || first == UInt8(ascii: "."),
            text.utf8.allSatisfy({ $0.isDigit || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }),
            let value = Double(text), value.isFinite
        else { return nil }
        return value
    }

    var time: Timestamp? {
        if !text.isEmpty, text.utf8.count <= 11, text.utf8.allSatisfy(\.isDigit), let seconds = Int64(text) {
            return Timestamp(milliseconds: seconds * 1000)
        }
        if let time = Timestamp(rfc3339: text) { return time }
        // As databases and spreadsheets write it, without a zone.
        guard text.utf8.count >= 19, text.utf8.dropFirst(10).first == 0x20 else { return nil }
        return Timestamp(rfc3339: text.prefix(10) + "T" + text.dropFirst(11) + "Z")
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0D }
    fileprivate var isDigit: Bool { self >= 0x30 && self <= 0x39 }
}
