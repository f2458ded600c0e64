/// One document of a file.
package struct ParsedDocument: Sendable {
    /// Nil if the document is empty.
    package var root: Node?
    /// Where its root starts; if it is empty, where it starts itself.
    package var mark: Mark
    /// Its place in the file, counted from 0.
    package var index: Int

    package init(root: Node?, mark: Mark, index: Int) {
        self.root = root
        self.mark = mark
        self.index = index
    }
}

/// Bytes → trees.
package enum Parser {
    /// What a file has cost: the figures that the limits bound.
    package struct Work: Sendable, Hashable {
        /// Bytes that libyaml was given.
        package var bytes = 0
        /// Events that were taken from it.
        package var events = 0
        /// Nodes of the last document that was begun, aliases expanded.
        package var nodes = 0

        package init() {}
    }

    /// All documents of a file, and all errors, in the order of the file.
    ///
    /// An error whose reason `endsStream` loses the document it stands in and all after it; what stood before it is
    /// returned. Documents with other errors are returned too: both keys of a duplicate, an empty scalar for an alias
    /// that can't be resolved, no pair for a key that is not a scalar. Reads UTF-8, with or without a byte-order mark;
    /// UTF-16 is refused. An empty file has no documents.
    package static func documents(
        in bytes: [UInt8], limits: Limits = .standard
    ) -> (documents: [ParsedDocument], errors: [YAMLError]) {
        var work = Work()
        return documents(in: bytes, limits: limits, work: &work)
    }

    /// The same, and what it has cost.
    package static func documents(
        in bytes: [UInt8], limits: Limits = .standard, work: inout Work
    ) -> (documents: [ParsedDocument], errors: [YAMLError]) {
        if bytes.count > limits.fileBytes {
            let message = "the file is larger than \(limits.fileBytes) bytes"
            return ([], [YAMLError(reason: .fileTooLarge, message: message, mark: .start, document: 0)])
        }
        return bytes.withUnsafeBufferPointer { read($0, limits: limits, work: &work) }
    }

    /// More than libyaml reads ahead of what it parses.
    private static let readAhead = 64 << 10

    private static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: Limits, work: inout Work
    ) -> (documents: [ParsedDocument], errors: [YAMLError]) {
        let check = InputCheck(bytes, limits: limits)
        guard let events = EventStream(UnsafeBufferPointer(rebasing: bytes[check.range])) else {
            return ([], [YAMLError(reason: .outOfMemory, message: "out of memory", mark: .start, document: 0)])
        }
        events.bound(limits.documentBytes + readAhead)
        var composer = Composer(events, limits: limits)
        var documents: [ParsedDocument] = []
        var fatal: YAMLError?
        do throws(YAMLError) {
            var start = 0
            while case .document(let document) = try composer.next() {
                let end = composer.endOfDocument
                let endByte = check.byteOffset(ofCharacter: end.character, in: bytes)
                if endByte - start > limits.documentBytes { throw composer.tooLarge() }
                // The problem that cuts the input short stands inside this document.
                if check.problem != nil && end.isImplicit && endByte == check.range.count { break }
                documents.append(document)
                work.nodes = composer.nodes
                start = endByte
                composer.finishDocument(
                    nextMayReach: end.character + limits.documentBytes,
                    bytes: start + limits.documentBytes + readAhead)
            }
        } catch {
            fatal = error
            // libyaml ends the last line even if the file does not.
            fatal?.mark = min(error.mark, check.endMark(in: bytes))
        }
        // What libyaml says about the place where its input was cut says nothing.
        if let problem = check.problem, fatal.map({ $0.mark >= problem.mark }) ?? true {
            fatal = composer.error(problem.reason, problem.message, at: problem.mark)
        }
        work.bytes = composer.bytesGiven
        work.events = composer.eventsRead
        if composer.nodes > 0 { work.nodes = composer.nodes }
        return (documents, composer.errors + (fatal.map { [$0] } ?? []))
    }
}
