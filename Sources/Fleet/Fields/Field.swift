/// One row of the field table: everything that is known about a field, in one place.
///
/// Validation, `explain`, the JSON Schema, MongoDB's `$jsonSchema` and the generated wrong manifests all read it.
package struct Field: Sendable {
    /// Where a field's value stands besides `desired`.
    package enum Storage: Sendable {
        /// In the kind's collection of the data model, under the same path.
        case document
        /// In `desired` alone: the data model's documents do not have it.
        case declaration
    }

    package enum Mutability: String, Sendable {
        case mutable
        case immutable
    }

    package var name: String
    package var type: FieldType
    package var required: Bool
    /// Taken, and written out, when the manifest does not state the field.
    package var defaultValue: FieldValue?
    package var mutability: Mutability
    package var unit: FieldUnit?
    package var summary: String
    /// What else `explain` tells of it, in paragraphs.
    package var details: [String] = []
    /// A value as one would write it in YAML.
    package var example: String
    /// Other names under which a manifest may state the field.
    package var aliases: [String]
    package var storage: Storage
    /// The path in the kind's collection, where it is not the path in the manifest.
    package var storedName: String?
    /// Taken where a policy is resolved, never written out for the field itself: an inline policy states only what it
    /// states.
    package var resolvedDefault: FieldValue?

    package init(
        _ name: String, _ type: FieldType, required: Bool = false, default defaultValue: FieldValue? = nil,
        mutability: Mutability = .mutable, unit: FieldUnit? = nil, aliases: [String] = [],
        storage: Storage = .document, storedName: String? = nil, example: String = "", _ summary: String
    ) {
        self.name = name
        self.type = type
        self.required = required
        self.defaultValue = defaultValue
        self.mutability = mutability
        self.unit = unit
        self.summary = summary
        self.example = example
        self.aliases = aliases
        self.storage = storage
        self.storedName = storedName
    }
}

package enum FieldUnit: String, Sendable {
    case bytes
    case percent
    case megahertz = "MHz"
    case megabitsPerSecond = "Mbit/s"
    case minutes
    case seconds
    case hours
    case degrees
}

/// What values a field takes.
package indirect enum FieldType: Sendable {
    case string(StringRule)
    /// One of these words.
    case choice([String])
    case integer(ClosedRange<Int64>)
    /// A whole number of bytes, which may be written with a unit (`64GiB`, `500GB`).
    case bytes(ClosedRange<Int64>)
    case number(NumberRule)
    case boolean
    /// An exact decimal of at least zero, quoted in manifests.
    case decimal(DecimalRule)
    case timestamp
    /// Replaced whole, never merged.
    case list(of: FieldType, count: ClosedRange<Int>)
    /// An object as an element of a list.
    case record([Field])
    /// An object whose fields stand on their own: each is a leaf with an owner of its own.
    case group([Field])
    /// Pairs of free names and texts (labels), within `LabelRule`.
    case pairs
    /// One value or a list of values of the same type.
    case oneOrMore(FieldType)
}

extension FieldType {
    /// Whether a list of it may hold the same value twice.
    package var repeats: Bool {
        switch self {
        case .record: true
        case .string(let rule): rule.repeats
        default: false
        }
    }
}

package struct StringRule: Sendable {
    package enum Format: String, Sendable {
        /// An IANA time zone.
        case timeZone = "iana-time-zone"
        /// Six hexadecimal pairs.
        case mac = "mac-address"
        /// `KIND/ID`.
        case reference = "resource-reference"
    }

    /// In characters (Unicode scalars).
    package var length: ClosedRange<Int>
    package var pattern: NamePattern?
    package var format: Format?
    /// Prefixes that are kept for the system.
    package var reserved: [String]
    /// Whether line breaks and tabs may stand in it; other control characters never may.
    package var multiline: Bool
    /// Whether a list may hold the same text twice.
    package var repeats: Bool

    package init(
        length: ClosedRange<Int> = 1...500, pattern: NamePattern? = nil, format: Format? = nil,
        reserved: [String] = [], multiline: Bool = false, repeats: Bool = false
    ) {
        self.length = length
        self.pattern = pattern
        self.format = format
        self.reserved = reserved
        self.multiline = multiline
        self.repeats = repeats
    }
}

/// The data model's patterns: a fixed prefix, then one or more characters of a class.
package struct NamePattern: Hashable, Sendable {
    package enum Characters: Hashable, Sendable {
        /// `[a-zA-Z0-9_-]`
        case name
        /// `[A-Z]`
        case capitals
    }

    package var prefix: String
    package var characters: Characters

    package init(prefix: String = "", _ characters: Characters = .name) {
        self.prefix = prefix
        self.characters = characters
    }

    package var regularExpression: String {
        switch characters {
        case .name: "^\(prefix)[a-zA-Z0-9_-]+$"
        case .capitals: "^\(prefix)[A-Z]+$"
        }
    }

    package func matches(_ text: String) -> Bool {
        let rest = text.utf8.dropFirst(prefix.utf8.count)
        return text.hasPrefix(prefix) && !rest.isEmpty
            && rest.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"):
                    characters == .name
                default: false
                }
            }
    }
}

package struct NumberRule: Sendable {
    package var minimum: Double
    package var exclusiveMinimum: Bool
    package var maximum: Double

    package init(_ range: ClosedRange<Double>) {
        (minimum, maximum, exclusiveMinimum) = (range.lowerBound, range.upperBound, false)
    }

    /// Greater than zero, and at most `maximum`.
    package init(positiveUpTo maximum: Double) {
        (minimum, self.maximum, exclusiveMinimum) = (0, maximum, true)
    }

    package func allows(_ value: Double) -> Bool {
        value.isFinite && value <= maximum && (exclusiveMinimum ? value > minimum : value >= minimum)
    }
}

package struct DecimalRule: Sendable {
    package var maximum: DecimalNumber
    package var fractionDigits: Int

    package init(maximum: DecimalNumber, fractionDigits: Int) {
        self.maximum = maximum
        self.fractionDigits = fractionDigits
    }
}
