/// One picture of a live table: as many rows as the terminal has room for, and none wider than it.
struct TopFrame {
    var reading: TopReading
    var interval: TimeSpan

    func text(_ size: (width: Int, height: Int), styled: (String, Terminal.Style?) -> String) -> [String] {
        // The head, the names of the columns, and what is left over.
        let room = max(0, size.height - 3)
        let head = "\(reading.summary) · every \(interval) · q ends"
        let table = TopLayout.table(reading, limit: room, width: size.width)
        var lines = [styled(String(head.prefix(size.width)), .bold)]
        lines += table.text(headers: true, styled: styled).split(separator: "\n").map { $0.cut(toWidth: size.width) }
        if reading.count > room {
            lines.append(String("… and \(reading.count - room) more".prefix(size.width)))
        }
        return Array(lines.prefix(size.height))
    }
}

extension Substring {
    /// The first so many characters; the terminal's own sequences take no room, and none is lost.
    fileprivate func cut(toWidth width: Int) -> String {
        var result = ""
        var room = width
        var isSequence = false
        for character in self {
            if character == "\u{1B}" { isSequence = true }
            if isSequence {
                result.append(character)
                if character == "m" { isSequence = false }
            } else if room > 0 {
                result.append(character)
                room -= 1
            }
        }
        return result
    }
}
