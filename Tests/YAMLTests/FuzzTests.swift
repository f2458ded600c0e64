import Testing
import YAML

struct FuzzTests {
    /// 12 seeds of 5,000 mutants: a trap anywhere ends the run, so reaching the end is the first assertion.
    @Test(arguments: 1...SeedCount.orElse(12))
    func `damaged documents are read or refused, and what is read is written and read back the same`(seed: UInt64) {
        var mutator = Mutator(seed: seed)
        var accepted = 0
        var failures: [String] = []
        for _ in 0..<5_000 {
            let bytes = mutator.next()
            let first = Parser.documents(in: bytes)
            if let complaint = Self.misplaced(first.errors, in: bytes) { failures.append(complaint) }
            guard first.errors.isEmpty else { continue }
            accepted += 1
            if let complaint = Self.unstable(first.documents) {
                failures.append(complaint + "\n" + String(decoding: bytes, as: UTF8.self).debugDescription)
            }
        }
        #expect(
            failures.isEmpty, "\(failures.count) failures; the first: \(failures.prefix(3).joined(separator: "\n"))")
        #expect(accepted > 1_000, "the mutations are so wild that they test the scanner only")
    }

    @Test func `the corpus itself is read and written back the same`() {
        for text in Corpus.documents {
            let read = Parser.documents(in: Array(text.utf8))
            #expect(read.errors.isEmpty, "\(text)")
            #expect(Self.unstable(read.documents) == nil, "\(text)")
        }
    }

    /// What is wrong with parse∘emit∘parse, if anything.
    private static func unstable(_ documents: [ParsedDocument]) -> String? {
        // An empty document is written as an empty scalar.
        let roots = documents.map { $0.root ?? .plain("") }
        let text = Emitter.emit(roots)
        let second = Parser.documents(in: Array(text.utf8))
        guard second.errors.isEmpty else {
            return "emitted text is refused: \(second.errors[0]) in \(text.debugDescription)"
        }
        let again = second.documents.map { $0.root ?? .plain("") }
        guard again.count == roots.count, zip(again, roots).allSatisfy({ $0.saysTheSame(as: $1) }) else {
            return "another tree: \(text.debugDescription)"
        }
        return Emitter.emit(again) == text ? nil : "the second text differs: \(text.debugDescription)"
    }

    /// An error that points outside the file or says nothing.
    private static func misplaced(_ errors: [YAMLError], in bytes: [UInt8]) -> String? {
        let lines =
            String(decoding: bytes, as: UTF8.self).unicodeScalars.count {
                "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0)
            } + 1
        return errors.first { $0.mark.line < 1 || $0.mark.line > lines || $0.mark.column < 1 || $0.message.isEmpty }
            .map { "misplaced: \($0) in \(String(decoding: bytes, as: UTF8.self).debugDescription)" }
    }
}
