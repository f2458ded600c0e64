/// A node of a YAML document, as a value: aliases are expanded and merge keys resolved.
///
/// Plain scalars have no type here; the schema of the field they stand in gives them one.
package struct Node: Sendable {
    package enum Content: Sendable {
        case scalar(Scalar)
        case sequence([Node])
        /// In document order. Merged-in pairs stand where `<<` stood.
        case mapping([Pair])
    }

    package struct Scalar: Sendable {
        /// The text after quotes, escapes and folding are taken away.
        package var text: String
        package var style: ScalarStyle
        /// An explicit tag; never `sequence` or `mapping` in a tree that was parsed.
        package var tag: CoreTag?

        package init(text: String, style: ScalarStyle = .plain, tag: CoreTag? = nil) {
            self.text = text
            self.style = style
            self.tag = tag
        }
    }

    package struct Pair: Sendable {
        /// A scalar, in a tree that was parsed.
        package var key: Node
        package var value: Node

        package init(key: Node, value: Node) {
            self.key = key
            self.value = value
        }
    }

    package var content: Content
    /// Where it starts. What came in by an alias or a merge keeps the place where it was written.
    package var mark: Mark

    package init(content: Content, mark: Mark = .start) {
        self.content = content
        self.mark = mark
    }
}

package enum ScalarStyle: Sendable, Hashable {
    case plain, singleQuoted, doubleQuoted, literal, folded
}

/// The tags of YAML's core schema; no others are accepted.
package enum CoreTag: Sendable, Hashable {
    case null, bool, int, float, string, sequence, mapping
}

// MARK: - Looking

extension Node {
    package var scalar: Scalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    package var sequence: [Node]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    package var mapping: [Pair]? {
        if case .mapping(let pairs) = content { pairs } else { nil }
    }

    /// The value of the first pair whose key has exactly this text; nil too if this is not a mapping.
    package subscript(key: String) -> Node? {
        mapping?.first { $0.key.scalar.map { isSameText($0.text, key) } ?? false }?.value
    }

    /// Whether both say the same: kinds, texts, order, and whether a scalar is plain, a string or tagged.
    /// Marks and the choice among quotes don't count; nor, in a key, whether there are any: a key is its text.
    package func saysTheSame(as other: Node) -> Bool {
        switch (content, other.content) {
        case (.scalar(let left), .scalar(let right)):
            left.effectiveTag == right.effectiveTag && isSameText(left.text, right.text)
        case (.sequence(let left), .sequence(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.saysTheSame(as: $1) }
        case (.mapping(let left), .mapping(let right)):
            left.count == right.count
                && zip(left, right).allSatisfy {
                    $0.key.namesTheSame(as: $1.key) && $0.value.saysTheSame(as: $1.value)
                }
        default: false
        }
    }
}

extension Node {
    fileprivate func namesTheSame(as other: Node) -> Bool {
        guard let left = scalar, let right = other.scalar else { return saysTheSame(as: other) }
        return isSameText(left.text, right.text) && (left.effectiveTag ?? .string) == (right.effectiveTag ?? .string)
    }
}

extension Node.Scalar {
    /// The explicit tag, or `string` for whatever is not plain; nil is a plain scalar, typed by its field's schema.
    ///
    /// A plain `-` or one that ends in a colon is a string too: no type has such a literal, and as they can stand
    /// plain only in flow collections they are emitted in quotes.
    package var effectiveTag: CoreTag? {
        if let tag { return tag }
        return style == .plain && text != "-" && text.utf8.last != UInt8(ascii: ":") ? nil : .string
    }
}

/// Equal scalar by scalar. `==` takes different spellings of one character for the same, MongoDB does not.
func isSameText(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left == right && left.utf8.elementsEqual(right.utf8)
}

// MARK: - Making

extension Node {
    /// A scalar that reads back as this string: plain where no reader takes it for anything else, otherwise quoted.
    package static func string(_ text: String, mark: Mark = .start) -> Node {
        let style: ScalarStyle =
            if text.utf8.contains(UInt8(ascii: "\n")) {
                .literal
            } else if PlainText.readsAsString(text) {
                .plain
            } else {
                .doubleQuoted
            }
        return Node(content: .scalar(Scalar(text: text, style: style)), mark: mark)
    }

    /// A plain scalar: a number, a Boolean, `null`.
    package static func plain(_ text: String, mark: Mark = .start) -> Node {
        Node(content: .scalar(Scalar(text: text)), mark: mark)
    }

    package static func sequence(_ items: [Node], mark: Mark = .start) -> Node {
        Node(content: .sequence(items), mark: mark)
    }

    /// A mapping with strings for keys, in this order.
    package static func mapping(_ pairs: [(String, Node)], mark: Mark = .start) -> Node {
        Node(content: .mapping(pairs.map { Pair(key: .string($0.0), value: $0.1) }), mark: mark)
    }
}
