import BSON
import Testing

/// Seeded mutations of valid documents: what Swift's readers say against what libbson says.
struct MutationTests {
    static let seeds: [Document] =
        RoundTripTests.values.map { ["k": $0] } + [
            Document(RoundTripTests.values.enumerated().map { ("key\($0.offset)", $0.element) }),
            ["a": ["b": ["c": ["d": [1, [2, [3, ["e": "é"]]]]]]], "s": "ümläut €uro 𝄞 end"],
            ["x": .javaScriptWithScope("f(é)", ["y": .regex(pattern: "é", options: "i")]), "z": 1.5],
            [:],
        ]

    enum Verdict: Hashable {
        case bothAccept, bothRefuse
        case onlySwiftRefuses(Leniency)
        case onlySwiftRefusesUnexplained(BSONError)
        case onlySwiftAccepts
    }

    /// What libbson 1.23 lets pass and the specification does not; Swift is stricter on purpose.
    enum Leniency: Hashable {
        /// A regular expression's options are not looked at.
        case optionsNotUTF8
        /// A nested document's last byte is not NUL: libbson passes over the document.
        case nestedEnd
        /// The code of code with scope does not end with NUL.
        case codeEnd
    }

    @Test(arguments: 1...SeedCount.orElse(10))
    func `ten thousand mutations are judged as libbson judges them`(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        var verdicts: [Verdict: Int] = [:]
        for round in 0..<10_000 {
            let bytes = random.mutation(of: Self.seeds[round % Self.seeds.count].bytes)
            let verdict = Self.verdict(bytes)
            verdicts[verdict, default: 0] += 1
            switch verdict {
            case .bothAccept: try expectStable(bytes)
            case .bothRefuse, .onlySwiftRefuses: readWithoutChecking(bytes)
            case .onlySwiftRefusesUnexplained, .onlySwiftAccepts: Issue.record("\(verdict): \(bytes)")
            }
        }
        // The mutations are worth something only if both sides of the line are well visited, and the comparison
        // only if what libbson lets pass is rare.
        #expect(verdicts[.bothAccept, default: 0] > 1_000)
        #expect(verdicts[.bothRefuse, default: 0] > 1_000)
        let judgedAlike = verdicts[.bothAccept, default: 0] + verdicts[.bothRefuse, default: 0]
        #expect(judgedAlike > 9_900)
    }

    /// One example of each leniency: should libbson mend one, both refuse it.
    static let lenient: [(Leniency, [UInt8])] = [
        (.optionsNotUTF8, bytesOf("0B000000 0B 6100 00 E900 00")),
        (.nestedEnd, bytesOf("14000000 03 6100 0C000000 10 6200 01000000 01 00")),
        (.codeEnd, bytesOf("17000000 0F 6100 0F000000 02000000 6161 0500000000 00")),
    ]

    @Test(arguments: lenient)
    func `what libbson lets pass is refused for the reason that is known`(leniency: Leniency, bytes: [UInt8]) {
        #expect([.bothRefuse, .onlySwiftRefuses(leniency)].contains(Self.verdict(bytes)))
    }

    private static func verdict(_ bytes: [UInt8]) -> Verdict {
        do throws(BSONError) {
            _ = try Document(validating: bytes)
            return LibBSON.accepts(bytes) ? .bothAccept : .onlySwiftAccepts
        } catch {
            guard LibBSON.accepts(bytes) else { return .bothRefuse }
            return leniency(error, bytes).map(Verdict.onlySwiftRefuses) ?? .onlySwiftRefusesUnexplained(error)
        }
    }

    private static func leniency(_ error: BSONError, _ bytes: [UInt8]) -> Leniency? {
        switch error {
        case .invalidUTF8 where bytes.contains(BSONType.regex.rawValue): .optionsNotUTF8
        case .malformed(.documentEnd, _) where bytes.last == 0: .nestedEnd
        case .malformed(.unterminatedString, _) where bytes.contains(BSONType.javaScriptWithScope.rawValue): .codeEnd
        default: nil
        }
    }

    /// What was accepted is written again to the same bytes, by way of values and by way of text.
    private func expectStable(_ bytes: [UInt8]) throws {
        let document = try Document(validating: bytes)
        let rebuilt = Document(try document.elements().map { ($0.key, Self.rebuilt($0.value)) })
        if Self.hasPlainArrayKeys(document) { #expect(rebuilt.bytes == bytes) }
        guard let plain = Self.expressible(document) else { return }
        let text = try ExtendedJSON.encode(plain)
        #expect(try ExtendedJSON.decode(text) == plain, "\(text)")
        _ = try ExtendedJSON.decode(try ExtendedJSON.encode(plain, canonical: false))
    }

    /// Readers that were told not to check must not trap either.
    private func readWithoutChecking(_ bytes: [UInt8]) {
        let document = Document(unchecked: bytes)
        let text = try? ExtendedJSON.encode(document)
        #expect(text?.isEmpty != true)
        _ = document["k"]
        _ = Value.document(document).isEqualAsMongoDB(.document(document))
        _ = try? document.elements().map { Self.rebuilt($0.value) }
    }

    /// The value with every nested document written anew; malformed ones stay as they are.
    private static func rebuilt(_ value: Value) -> Value {
        func anew(_ document: Document) -> Document {
            guard let elements = try? document.elements() else { return document }
            return Document(elements.map { ($0.key, rebuilt($0.value)) })
        }
        return switch value {
        case .document(let document): .document(anew(document))
        case .array(let document): value.arrayValue.map { .array($0.map(rebuilt)) } ?? .array(document)
        case .javaScriptWithScope(let code, let scope): .javaScriptWithScope(code, anew(scope))
        default: value
        }
    }

    /// Whether all arrays have the keys that a writer gives: others are accepted and not kept.
    private static func hasPlainArrayKeys(_ document: Document, isArray: Bool = false) -> Bool {
        guard let elements = try? document.elements() else { return false }
        return elements.enumerated().allSatisfy { index, element in
            guard !isArray || element.key == String(index) else { return false }
            return switch element.value {
            case .document(let inner), .javaScriptWithScope(_, let inner): hasPlainArrayKeys(inner)
            case .array(let inner): hasPlainArrayKeys(inner, isArray: true)
            default: true
            }
        }
    }

    /// The document if canonical text can hold it: without a NaN's bits, array keys, `$` keys, decimals outside of
    /// the format's canonical encodings.
    private static func expressible(_ document: Document) -> Document? {
        guard hasPlainArrayKeys(document), isExpressible(document) else { return nil }
        return document
    }

    private static func isExpressible(_ document: Document) -> Bool {
        guard let elements = try? document.elements() else { return false }
        return elements.allSatisfy { key, value in
            guard !key.hasPrefix("$") else { return false }
            return switch value {
            case .double(let number): !number.isNaN
            case .decimal128(let number): Decimal128(number.description) == number
            case .document(let inner), .array(let inner), .javaScriptWithScope(_, let inner): isExpressible(inner)
            default: true
            }
        }
    }
}

/// A small generator whose histories are the same everywhere (Steele, Lea and Flood, 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One to three changes; in most cases the outer length is made right again, so that the inside is reached.
    mutating func mutation(of original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &self) { change(&bytes) }
        if bytes.count >= 4, Int.random(in: 0..<8, using: &self) != 0 {
            for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: bytes.count >> (8 * index)) }
        }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let interesting: [UInt8] = [0, 1, 2, 4, 5, 6, 0x0B, 0x0F, 0x10, 0x13, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFF]
        guard let index = bytes.indices.randomElement(using: &self) else { return }
        switch Int.random(in: 0..<7, using: &self) {
        case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &self)
        case 1: bytes[index] = UInt8.random(in: 0...255, using: &self)
        case 2: bytes[index] = interesting.randomElement(using: &self) ?? 0
        case 3: bytes.remove(at: index)
        case 4: bytes.insert(interesting.randomElement(using: &self) ?? 0, at: index)
        case 5: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...6, using: &self)))
        default: bytes[index] = bytes[index] &+ (Bool.random(using: &self) ? 1 : 255)
        }
    }
}
