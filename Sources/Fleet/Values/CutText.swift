extension String {
    /// The text, or as much of its beginning as fits into so many bytes of UTF-8 together with `mark`.
    ///
    /// Whole characters only; what was cut once stays as it is.
    package func cut(toBytes limit: Int, mark: String = "…") -> String {
        guard utf8.count > limit else { return self }
        let room = limit - mark.utf8.count
        guard room >= 0 else { return "" }
        var end = utf8.index(startIndex, offsetBy: room)
        while Index(end, within: self) == nil { end = utf8.index(before: end) }
        return String(self[..<end]) + mark
    }
}
