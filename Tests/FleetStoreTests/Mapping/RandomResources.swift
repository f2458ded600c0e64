import Fleet

/// SplitMix64: the same resources for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SeededGenerator {
    mutating func chance() -> Bool { Bool.random(using: &self) }

    mutating func text() -> String {
        let pieces = ["a", "Ω", "…", "node", ".", "$", "\u{0}", "é", "🚀", " ", "long enough to leave the small form"]
        return (0..<Int.random(in: 0...4, using: &self)).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
    }

    mutating func time() -> Timestamp {
        Timestamp(milliseconds: Int64.random(in: -4_000_000_000_000...4_000_000_000_000, using: &self))
    }

    mutating func maybe<Value>(_ make: (inout SeededGenerator) -> Value) -> Value? { chance() ? make(&self) : nil }

    mutating func some<Value>(_ make: (inout SeededGenerator) -> Value) -> [Value] {
        (0..<Int.random(in: 0...3, using: &self)).map { _ in make(&self) }
    }

    mutating func decimal() -> DecimalNumber {
        let digits = Int128(Int64.random(in: .min ... .max, using: &self))
        return DecimalNumber(significand: digits, exponent: Int.random(in: -30...30, using: &self))
    }

    /// Any value; lists and records down to `depth`.
    mutating func value(depth: Int = 3) -> FieldValue {
        switch Int.random(in: 0...(depth > 0 ? 10 : 8), using: &self) {
        case 0: .null
        case 1: .bool(chance())
        case 2: .int(Int64.random(in: .min ... .max, using: &self))
        case 3: .double(Double.random(in: -1e12...1e12, using: &self))
        case 4: .decimal(decimal())
        case 5, 6: .string(text())
        case 7: .timestamp(time())
        case 8: .foreign(type: 7, bytes: (0..<12).map { _ in UInt8.random(in: 0...255, using: &self) })
        case 9: .list(some { $0.value(depth: depth - 1) })
        default:
            // Keys end at NUL in BSON, so no document has one in a key.
            .record(some { .init($0.text().filter { $0 != "\u{0}" }, $0.value(depth: depth - 1)) })
        }
    }

    mutating func spec(_ kind: Kind) -> Spec {
        Spec(kind, kind.table.leaves.compactMap { leaf in maybe { Spec.Leaf(leaf.index, $0.value()) } })
    }

    mutating func key() -> ResourceKey {
        let kind = Kind.allCases.randomElement(using: &self) ?? .node
        return ResourceKey(kind, "\(kind.idPrefix)\(Int.random(in: 0...999_999, using: &self))")
    }

    mutating func suspension() -> Suspension { Suspension(reason: text(), by: text(), until: maybe { $0.time() }) }

    mutating func override() -> Override { Override(by: text(), reason: text(), at: time()) }
}

extension SeededGenerator {
    mutating func declaration() -> Declaration {
        let key = key()
        var lifecycle = Lifecycle()
        lifecycle.prune = chance()
        lifecycle.drift = Lifecycle.Drift.allCases.randomElement(using: &self) ?? .correct
        lifecycle.onDelete = Lifecycle.Deletion.allCases.randomElement(using: &self) ?? .drain
        lifecycle.suspend = maybe { $0.suspension() }
        lifecycle.dependsOn = some { $0.key() }
        return Declaration(
            key: key, name: text(), labels: some { Label($0.text(), $0.text()) }, spec: spec(key.kind),
            lifecycle: lifecycle,
            source: maybe { SourceLocation(file: $0.text(), line: Int.random(in: 1...9999, using: &$0), column: 7) })
    }

    mutating func desired() -> Desired {
        var desired = Desired(
            declaration(), generation: Int64.random(in: 1...99, using: &self), revision: 12, firstRevision: 3,
            manager: text(), createdAt: time(), updatedAt: time())
        desired.overrides.cordon = maybe { $0.override() }
        desired.overrides.drain = maybe { $0.override() }
        desired.overrides.suspend = maybe { $0.suspension() }
        desired.released = some { Release(path: $0.text(), generation: 4) }
        desired.set = maybe { $0.text() }
        desired.commit = maybe { $0.text() }
        desired.deletion = maybe { DeletionMark(by: $0.text(), at: $0.time(), cascade: $0.chance()) }
        return desired
    }

    mutating func status() -> ResourceStatus {
        var status = ResourceStatus(key(), observedGeneration: 5, firstRevision: 2)
        status.transitions = Int64.random(in: 0...999, using: &self)
        status.events = Int64.random(in: 0...999, using: &self)
        for type in Condition.ConditionType.allCases where chance() {
            let value = [Condition.Status.yes, .no, .unknown].randomElement(using: &self) ?? .unknown
            status.conditions.append(
                Condition(
                    type, value, reason: "Reason", message: text(), lastTransition: time(), observedGeneration: 5))
        }
        status.documentID = maybe { DocumentID(high: $0.next(), low: UInt32(truncatingIfNeeded: $0.next())) }
        status.poolID = maybe { $0.text() }
        status.state = maybe { NodeState.allCases.randomElement(using: &$0) ?? .active }
        status.drainingSince = maybe { $0.time() }
        status.policyGeneration = maybe { Int64.random(in: 1...99, using: &$0) }
        status.counts = maybe { $0.counts() }
        status.attempts = maybe { Int64.random(in: 1...99, using: &$0) }
        status.nextRetry = maybe { $0.time() }
        return status
    }

    mutating func counts() -> NodeCounts {
        var counts = NodeCounts()
        let paths: [WritableKeyPath<NodeCounts, Int64>] = [
            \.total, \.active, \.inactive, \.maintenance, \.error, \.undeclared, \.declared,
        ]
        for path in paths {
            counts[keyPath: path] = Int64.random(in: 0...1000, using: &self)
        }
        return counts
    }

    mutating func event() -> Event {
        Event(
            key: key(), firstRevision: 8, number: Int64.random(in: 1...999, using: &self),
            severity: chance() ? .normal : .warning, reason: "Reason", message: text(), at: time(),
            drift: some { generator in
                Event.Drift(
                    field: generator.text(), found: generator.maybe { $0.value() },
                    declared: generator.maybe { $0.value() })
            })
    }
}

extension SeededGenerator {
    mutating func snapshot() -> SetSnapshot {
        SetSnapshot(
            digest: text(), commit: maybe { $0.text() }, branch: maybe { $0.text() },
            files: Int64.random(in: 0...999, using: &self), documents: Int64.random(in: 0...999, using: &self),
            at: time())
    }

    mutating func diagnostic() -> Diagnostic {
        Diagnostic(
            chance() ? .error : .warning,
            at: maybe { SourceLocation(file: $0.text(), line: Int.random(in: 1...9999, using: &$0), column: 7) },
            document: maybe { Int.random(in: 0...99, using: &$0) }, path: text(), text(), rule: text())
    }

    mutating func set() -> SetStatus {
        var set = SetStatus("fleet/\(text())", directory: text(), syncedBy: text())
        set.version = Int64.random(in: 0...99, using: &self)
        set.generation = Int64.random(in: 0...99, using: &self)
        set.attempted = maybe { $0.snapshot() }
        set.applied = maybe { $0.snapshot() }
        let paths: [WritableKeyPath<SetCounts, Int64>] = [\.declared, \.failed, \.held, \.kept, \.blocked]
        for path in paths { set.counts[keyPath: path] = Int64.random(in: 0...1000, using: &self) }
        set.conditions = status().conditions
        set.diagnostics = some { $0.diagnostic() }
        set.blocked = maybe { generator in
            PruneBlock(
                digest: generator.text(),
                objects: generator.some { DeclarationIdentity($0.key(), firstRevision: Int64($0.next() >> 1)) },
                reason: PruneReason.allCases.randomElement(using: &generator) ?? .renamed, message: generator.text(),
                renames: generator.some { Rename(from: $0.key(), to: $0.key()) })
        }
        set.pin = maybe { generator in
            SetPin(
                digest: generator.text(), keys: Set(generator.some { $0.key() }), by: generator.text(),
                at: generator.time())
        }
        set.records = some { generator in
            SetRecord(
                snapshot: generator.snapshot(), before: 4, after: 9, created: 1, configured: 2, deleted: 3,
                by: generator.text())
        }
        set.attempts = maybe { Int64.random(in: 1...99, using: &$0) }
        set.nextRetry = maybe { $0.time() }
        return set
    }
}
