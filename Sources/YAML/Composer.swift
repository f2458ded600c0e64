import CYAML

/// Builds the trees of a stream's documents by a recursive descent over libyaml's events.
///
/// The depth limit bounds the recursion. Aliases share the storage of what they stand for, and what they expand to is
/// counted when they are resolved, so an alias bomb costs neither memory nor time.
struct Composer: ~Copyable {
    private struct Anchor {
        /// Nil while the node it names is still being read.
        var node: Node?
        var serial: Int
        /// Nodes, itself included, expanded.
        var nodes = 0
        /// Collections inside each other, itself included, expanded.
        var height = 0
    }

    private let events: EventStream
    private let limits: Limits
    private(set) var errors: [YAMLError] = []
    private(set) var eventsRead = 0
    private(set) var document = 0

    // Of the document at hand.
    private var documentMark: Mark?
    /// Where it may end at the latest, in characters of the stream; exact in bytes only at its end.
    private var lastCharacter: Int
    private(set) var nodes = 0
    private var anchors: [String: Anchor] = [:]
    private var serial = 0
    /// The deepest level seen since somebody last set this.
    private var deepest = 0

    init(_ events: consuming EventStream, limits: Limits) {
        self.events = events
        self.limits = limits
        lastCharacter = limits.documentBytes
    }

    var bytesGiven: Int { events.bytesGiven }
    var mark: Mark { events.mark }

    func error(_ reason: YAMLError.Reason, _ message: String, at mark: Mark) -> YAMLError {
        YAMLError(reason: reason, message: message, mark: mark, document: document)
    }

    /// Reads on after an error that leaves the tree readable.
    mutating func report(_ reason: YAMLError.Reason, _ message: String, at mark: Mark) throws(YAMLError) {
        errors.append(error(reason, message, at: mark))
        if errors.count >= limits.errors {
            throw error(.tooManyErrors, "more than \(limits.errors) errors; the rest is not read", at: mark)
        }
    }

    // MARK: Stepping

    @inline(__always)
    mutating func advance() throws(YAMLError) {
        eventsRead += 1
        if !events.advance() { throw failure() }
        if Int(events.view.end_index) > lastCharacter && events.type != YAML_STREAM_END_EVENT { throw tooLarge() }
    }

    private func failure() -> YAMLError {
        let problem = events.problem
        if problem.isMemory { return error(.outOfMemory, "out of memory", at: problem.mark) }
        if problem.isInputEnd { return tooLarge() }
        return error(.syntax, problem.message, at: problem.mark)
    }

    func tooLarge() -> YAMLError {
        let message = "the document is larger than \(limits.documentBytes) bytes"
        return error(.documentTooLarge, message, at: documentMark ?? events.mark)
    }

    // MARK: Documents

    enum Step {
        case document(ParsedDocument)
        case end
    }

    /// The next document's tree, or the end of the stream. `endOfDocument` is at hand after a document.
    mutating func next() throws(YAMLError) -> Step {
        repeat { try advance() } while events.type == YAML_STREAM_START_EVENT
        guard events.type == YAML_DOCUMENT_START_EVENT else { return .end }
        if document >= limits.documents {
            throw error(.tooManyDocuments, "more than \(limits.documents) documents", at: events.mark)
        }
        documentMark = events.mark
        try advance()
        let isEmpty =
            events.type == YAML_SCALAR_EVENT && events.view.length == 0 && events.view.tag == nil
            && events.view.style == YAML_PLAIN_SCALAR_STYLE
        let mark = isEmpty ? documentMark ?? events.mark : events.mark
        documentMark = mark
        let root = try node(under: 0)
        try advance()
        return .document(ParsedDocument(root: isEmpty ? nil : root, mark: mark, index: document))
    }

    /// Where the document just read ends, in characters, and whether by the end of what may be read or the next start.
    var endOfDocument: (character: Int, isImplicit: Bool) { (Int(events.view.end_index), events.view.implicit != 0) }

    /// Forgets the document just read. The next one may reach as far as `lastCharacter`, and is given no more than `bytes`.
    mutating func finishDocument(nextMayReach lastCharacter: Int, bytes: Int) {
        document += 1
        documentMark = nil
        nodes = 0
        anchors.removeAll(keepingCapacity: anchors.capacity < 1_024)
        deepest = 0
        self.lastCharacter = lastCharacter
        events.bound(bytes)
    }

    // MARK: Nodes

    private mutating func count(_ more: Int, at mark: Mark) throws(YAMLError) {
        nodes += more
        if nodes > limits.nodes {
            throw error(.tooManyNodes, "the document has more than \(limits.nodes) nodes, aliases expanded", at: mark)
        }
    }

    /// The node whose event is at hand, inside this many collections. Leaves its last event at hand.
    mutating func node(under depth: Int) throws(YAMLError) -> Node {
        let type = events.type
        if type == YAML_ALIAS_EVENT { return try alias(under: depth) }
        try count(1, at: events.mark)
        guard let anchor = events.view.anchor else { return try content(type, under: depth) }

        let name = String(cString: anchor)
        serial += 1
        let own = serial
        let before = (nodes: nodes - 1, deepest: deepest)
        anchors[name] = Anchor(node: nil, serial: own)
        deepest = depth
        let node = try content(type, under: depth)
        // A node inside may have taken the name; then it is the latest one, which is what an alias means.
        if anchors[name]?.serial == own {
            let size = (nodes: nodes - before.nodes, height: deepest - depth)
            anchors[name] = Anchor(node: node, serial: own, nodes: size.nodes, height: size.height)
        }
        deepest = max(deepest, before.deepest)
        return node
    }

    @inline(__always)
    private mutating func content(_ type: yaml_event_type_t, under depth: Int) throws(YAMLError) -> Node {
        switch type {
        case YAML_SCALAR_EVENT: try scalar()
        case YAML_SEQUENCE_START_EVENT: try sequence(under: depth)
        case YAML_MAPPING_START_EVENT: try mapping(under: depth)
        default: throw error(.syntax, "a node is missing", at: events.mark)
        }
    }

    private mutating func alias(under depth: Int) throws(YAMLError) -> Node {
        let mark = events.mark
        let name = events.view.anchor.map { String(cString: $0) } ?? ""
        let nothing = Node(content: .scalar(.init(text: "")), mark: mark)
        guard let anchor = anchors[name] else {
            try count(1, at: mark)
            try report(.undefinedAlias, "the alias \(quoted("*" + name)) has no anchor before it", at: mark)
            return nothing
        }
        guard let node = anchor.node else {
            try count(1, at: mark)
            try report(.recursiveAlias, "the alias \(quoted("*" + name)) stands inside what it refers to", at: mark)
            return nothing
        }
        try count(anchor.nodes, at: mark)
        try enter(depth + anchor.height, at: mark)
        return node
    }

    private mutating func enter(_ level: Int, at mark: Mark) throws(YAMLError) {
        if level > limits.depth {
            throw error(.tooDeep, "more than \(limits.depth) collections inside each other", at: mark)
        }
        deepest = max(deepest, level)
    }

    private mutating func scalar() throws(YAMLError) -> Node {
        let view = events.view
        let text = String(decoding: UnsafeBufferPointer(start: view.text, count: view.length), as: UTF8.self)
        let style: ScalarStyle =
            switch view.style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE: .literal
            case YAML_FOLDED_SCALAR_STYLE: .folded
            default: .plain
            }
        let tag = view.tag == nil ? nil : try tag(fitting: .string)
        return Node(content: .scalar(.init(text: text, style: style, tag: tag)), mark: events.mark)
    }

    private mutating func sequence(under depth: Int) throws(YAMLError) -> Node {
        let mark = events.mark
        if events.view.tag != nil { _ = try tag(fitting: .sequence) }
        try enter(depth + 1, at: mark)
        var items: [Node] = []
        try advance()
        while events.type != YAML_SEQUENCE_END_EVENT {
            items.append(try node(under: depth + 1))
            try advance()
        }
        return Node(content: .sequence(items), mark: mark)
    }

    private mutating func mapping(under depth: Int) throws(YAMLError) -> Node {
        let mark = events.mark
        if events.view.tag != nil { _ = try tag(fitting: .mapping) }
        try enter(depth + 1, at: mark)
        var pairs = MappingPairs()
        try advance()
        while events.type != YAML_MAPPING_END_EVENT {
            let keyMark = events.mark
            var key = try node(under: depth + 1)
            key.mark = keyMark
            try advance()
            let value = try node(under: depth + 1)
            try advance()
            try add(key: key, value: value, to: &pairs)
        }
        return Node(content: .mapping(pairs.resolved()), mark: mark)
    }

    private mutating func add(key: Node, value: Node, to pairs: inout MappingPairs) throws(YAMLError) {
        guard case .scalar(let scalar) = key.content else {
            try report(.nonScalarKey, "a key must be a scalar, not a collection", at: key.mark)
            return
        }
        if scalar.text == "<<", scalar.effectiveTag == nil {
            if let first = pairs.mergeMark {
                let message = "the key \"<<\" stands twice in one mapping, first in line \(first.line)"
                try report(.duplicateKey, message, at: key.mark)
            } else if let sources = Self.mergeSources(value) {
                pairs.merge(sources, at: key.mark)
            } else {
                let message = "\"<<\" takes a mapping or a list of mappings"
                try report(.invalidMerge, message, at: value.mark)
            }
            return
        }
        if let first = pairs.append(.init(key: key, value: value), text: scalar.text) {
            let message = "the key \(quoted(scalar.text)) stands twice in one mapping, first in line \(first.line)"
            try report(.duplicateKey, message, at: key.mark)
        }
    }

    private static func mergeSources(_ value: Node) -> [[Node.Pair]]? {
        switch value.content {
        case .mapping(let pairs): return [pairs]
        case .sequence(let items):
            let sources = items.compactMap(\.mapping)
            return sources.count == items.count ? sources : nil
        case .scalar: return nil
        }
    }

    // MARK: Tags

    /// The core tag of the event at hand, which has one, if it may stand on a node of this kind.
    /// `!` alone says nothing, so it reads as no tag.
    private mutating func tag(fitting kind: CoreTag) throws(YAMLError) -> CoreTag? {
        guard let name = events.view.tag.map({ String(cString: $0) }), name != "!" else { return nil }
        guard let tag = CoreTag(name) else {
            try report(.unsupportedTag, "the tag \(quoted(name)) is not one of YAML's core tags", at: events.mark)
            return nil
        }
        let fits = tag.isOfCollection ? tag == kind : kind == .string
        if !fits {
            try report(.mismatchedTag, "the tag \(quoted(tag.shorthand)) does not fit this node", at: events.mark)
            return nil
        }
        return tag
    }
}

extension CoreTag {
    fileprivate init?(_ name: String) {
        switch name {
        case "tag:yaml.org,2002:null": self = .null
        case "tag:yaml.org,2002:bool": self = .bool
        case "tag:yaml.org,2002:int": self = .int
        case "tag:yaml.org,2002:float": self = .float
        case "tag:yaml.org,2002:str": self = .string
        case "tag:yaml.org,2002:seq": self = .sequence
        case "tag:yaml.org,2002:map": self = .mapping
        default: return nil
        }
    }

    fileprivate var isOfCollection: Bool { self == .sequence || self == .mapping }

    /// As it is written in a document.
    package var shorthand: String {
        switch self {
        case .null: "!!null"
        case .bool: "!!bool"
        case .int: "!!int"
        case .float: "!!float"
        case .string: "!!str"
        case .sequence: "!!seq"
        case .mapping: "!!map"
        }
    }
}
