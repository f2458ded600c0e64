/// Trees → text.
package enum Emitter {
    /// The documents in block style, two spaces a level, in the order of the tree.
    ///
    /// Parsing it gives trees that say the same (`Node.saysTheSame`), and emitting those gives the same text. A plain
    /// scalar stays plain where that reads back as the same text, a string stays quoted, a tag stays. Several
    /// documents, and a root that is a scalar, are preceded by `---`. For strings whose style is still to be chosen
    /// there is `Node.string`.
    package static func emit(_ documents: [Node]) -> String {
        var writer = BlockWriter()
        for document in documents { writer.write(document: document, marked: documents.count > 1) }
        return writer.text
    }
}

/// Writes nodes in block style behind what it has written so far.
private struct BlockWriter {
    private(set) var text = ""

    /// What stands in front of a node on its line.
    private enum Position {
        /// Collections start a line of their own.
        case afterKey
        /// Collections start on this line.
        case afterDash
    }

    mutating func write(document: Node, marked: Bool) {
        var isCollection = true
        if case .scalar = document.content { isCollection = false }
        if marked || !isCollection { text += "---" }
        switch document.content {
        case .scalar(let scalar): write(scalar, indent: 2)
        case .mapping(let pairs) where !pairs.isEmpty:
            if marked { text += "\n" }
            write(pairs, indent: 0, startsLine: true)
        case .sequence(let items) where !items.isEmpty:
            if marked { text += "\n" }
            write(items, indent: 0, startsLine: true)
        case .mapping: text += marked ? " {}\n" : "{}\n"
        case .sequence: text += marked ? " []\n" : "[]\n"
        }
    }

    private mutating func pad(_ indent: Int) {
        text += String(repeating: " ", count: indent)
    }

    /// A value behind `:` or `-`, and the end of its last line.
    private mutating func write(_ node: Node, indent: Int, _ position: Position) {
        switch node.content {
        case .scalar(let scalar): write(scalar, indent: indent)
        case .sequence(let items) where items.isEmpty: text += " []\n"
        case .mapping(let pairs) where pairs.isEmpty: text += " {}\n"
        case .sequence(let items):
            text += position == .afterKey ? "\n" : " "
            write(items, indent: indent, startsLine: position == .afterKey)
        case .mapping(let pairs):
            text += position == .afterKey ? "\n" : " "
            write(pairs, indent: indent, startsLine: position == .afterKey)
        }
    }

    private mutating func write(_ items: [Node], indent: Int, startsLine: Bool) {
        for (index, item) in items.enumerated() {
            if startsLine || index > 0 { pad(indent) }
            text += "-"
            write(item, indent: indent + 2, .afterDash)
        }
    }

    private mutating func write(_ pairs: [Node.Pair], indent: Int, startsLine: Bool) {
        for (index, pair) in pairs.enumerated() {
            if startsLine || index > 0 { pad(indent) }
            if case .scalar(let key) = pair.key.content, let simple = ScalarText(key).simpleKey {
                text += simple
            } else {
                text += "?"
                write(pair.key, indent: indent + 2, .afterDash)
                pad(indent)
            }
            text += ":"
            write(pair.value, indent: indent + 2, .afterKey)
        }
    }

    private mutating func write(_ scalar: Node.Scalar, indent: Int) {
        text += ScalarText(scalar).value(indent: indent)
    }
}
