import Fleet
import Testing

@testable import Planning

struct LoadFileTests {
    private func read(_ text: String) -> (rows: [LoadSeries.Row], errors: [Diagnostic]) {
        LoadFile.rows(in: Array(text.utf8), file: "load.csv")
    }

    @Test func `three ways to write a time, names of columns, and ends of lines are read`() {
        let (rows, errors) = read(
            "\u{FEFF}timestamp,value\r\n2014-04-02 14:29:00,42.652\r\n\r\n2014-04-02T16:34:00+02:00 , 4e1\n1396449540,0"
        )
        #expect(errors.isEmpty, "\(errors)")
        #expect(rows.map(\.value) == [42.652, 40, 0])
        #expect(rows.map(\.at.description) == ["2014-04-02T14:29:00Z", "2014-04-02T14:34:00Z", "2014-04-02T14:39:00Z"])
    }

    @Test(arguments: [
        ("", "load.csv:1:1: error: there are no rows; expected lines like `2014-04-02T14:29:00Z,42.5` [empty-file]"),
        ("t,v\n1;2\n", "load.csv:2:1: error: expected `timestamp,value`, found 1 column [columns]"),
        ("1,2\n3,4,5\n", "load.csv:2:4: error: expected `timestamp,value`, found 3 columns [columns]"),
        (
            "1,2\nt,4\n",
            "load.csv:2:1: error: `t` is no time; expected RFC 3339, `2014-04-02 14:29:00` or seconds since 1970 [wrong-type]"
        ),
        ("1,2\n3, -4\n", "load.csv:2:4: error: `-4` is no load; expected a number of 0 or more [wrong-type]"),
        ("1,nan\n", "load.csv:1:3: error: `nan` is no load; expected a number of 0 or more [wrong-type]"),
        ("1,0x10\n", "load.csv:1:3: error: `0x10` is no load; expected a number of 0 or more [wrong-type]"),
        ("1,1e999\n", "load.csv:1:3: error: `1e999` is no load; expected a number of 0 or more [wrong-type]"),
        (
            "5,1\n5,1\n",
            "load.csv:2:1: error: the time 1970-01-01T00:00:05Z is not after that of the row before [order]"
        ),
        (
            "2014-02-30 00:00:00,1\n",
            "load.csv:1:1: error: `2014-02-30 00:00:00` is no time; expected RFC 3339, `2014-04-02 14:29:00` or seconds since 1970 [wrong-type]"
        ),
    ])
    func `what is wrong is told with its place`(text: String, message: String) {
        #expect(read(text).errors.map(\.description) == [message])
    }

    @Test func `of a file that is none only the first errors are told`() {
        #expect(read(String(repeating: "\u{0},\u{1F600}\n", count: 10_000)).errors.count == LoadFile.mostErrors)
    }

    @Test func `random bytes are refused, never trapped on`() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("0123456789-:TZ .,eE+\n\r\"xä".utf8)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                Int.random(in: 0..<20, using: &generator) == 0
                    ? UInt8.random(in: 0...255, using: &generator) : alphabet.randomElement(using: &generator) ?? 0
            }
            let (rows, errors) = LoadFile.rows(in: bytes, file: "x")
            #expect(!rows.isEmpty || !errors.isEmpty)
            for error in errors { #expect((error.source?.line ?? 0) >= 1 && (error.source?.column ?? 0) >= 1) }
            if let series = try? LoadSeries(rows) { #expect(series.loads.allSatisfy { (0...24).contains($0) }) }
        }
    }

    private func rows(_ values: [Double], every minutes: Int64 = 5) -> [LoadSeries.Row] {
        values.enumerated().map { index, value in
            LoadSeries.Row(at: PaperPool.noon.advanced(seconds: Int64(index) * minutes * 60), value: value)
        }
    }

    @Test func `the percentile is 12 nodes, 24 is the most, and a load is held until the next row`() throws {
        var values = [Double](repeating: 100, count: 2_000)
        values[1] = 150
        values[1_999] = 1_000
        let series = try LoadSeries(rows(values))
        #expect(series.loads.count == 1_999 * 5 + 1)
        // Between the last but one place of the sorted values (150) and the one before it.
        let peak = 100 + 50 * (1_999 * 0.999 - 1_997)
        #expect(abs(series.loads[0] - 100 / peak * 12) < 1e-9)
        #expect(series.loads[4] == series.loads[0] && series.loads[5] > series.loads[4])
        #expect(series.loads[9_995] == 24)
    }

    @Test func `a half is at most fourteen days of its rows`() throws {
        let all = rows((0..<3_000).map { Double($0 % 7 + 1) }, every: 30)
        let (first, second) = (try LoadSeries(all, half: .first), try LoadSeries(all, half: .second))
        #expect(first.start == all[0].at && second.start == all[1_500].at)
        #expect(first.loads.count == (14 * 48 - 1) * 30 + 1 && second.loads.count == first.loads.count)
        #expect(try LoadSeries(all).loads.count == 2_999 * 30 + 1)
    }

    @Test func `what is no series is refused`() {
        func failure(_ rows: [LoadSeries.Row], _ half: LoadSeries.Half? = nil) -> LoadSeriesError? {
            do {
                _ = try LoadSeries(rows, half: half)
                return nil
            } catch { return error }
        }
        #expect(failure([]) == .empty)
        #expect(failure(rows([1]), .first) == .empty)
        #expect(failure(rows([0, 0, 0])) == .noLoad)
        #expect(failure(rows([1, 1], every: 2_000_001)) == .tooLong)
        #expect(failure(rows([1])) == nil)
    }
}
