// Commands that people are told, to be typed as they stand.

extension String {
    /// One word of a shell's command, whatever is in it.
    package var quotedWord: String {
        "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}

extension PruneBlock {
    /// The command that deletes exactly these.
    package func approval(ofSet name: String) -> String { "reeve sync approve \(name.quotedWord) \(mark)" }
}
