import Foundation
import Testing

/// Files that nobody means well with (FAULTS, row 11): each is refused with the place, quickly, and what was declared
/// before stays.
struct HostileFileTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var bytes: [UInt8]
        /// What the message says beside the place.
        var says: String

        init(_ name: String, _ text: String, says: String) { self.init(name, Array(text.utf8), says: says) }

        init(_ name: String, _ bytes: [UInt8], says: String) {
            (testDescription, self.bytes, self.says) = (name, bytes, says)
        }
    }

    private static let head = "apiVersion: reeve/v1\nkind: NodePool\nmetadata: {name: hostile}\n"

    private static var aliasBomb: String {
        let levels = ["a", "b", "c", "d", "e", "f", "g"]
        let rest = zip(levels.dropFirst(), levels).map { name, below in
            "\(name): &\(name) [" + Array(repeating: "*\(below)", count: 9).joined(separator: ", ") + "]"
        }
        return (["a: &a [x, x, x, x, x, x, x, x, x]"] + rest).joined(separator: "\n")
    }

    static let cases = [
        Case("an alias bomb", aliasBomb, says: "50000"),
        Case("64 KB of brackets", String(repeating: "[", count: 1 << 16), says: "64"),
        Case("a key twice", head + "spec: {max_nodes: 5, max_nodes: 6}\n", says: "max_nodes"),
        Case("a foreign tag", head + "spec: {max_nodes: !!python/object 5}\n", says: "tag"),
        Case("no in a Boolean field", head + "spec: {auto_scaling: no}\n", says: "spec.auto_scaling"),
        Case(
            "an integer of 40 digits", head + "spec: {max_nodes: \(String(repeating: "9", count: 40))}\n",
            says: "spec.max_nodes"),
        Case("NaN for a number", head + "spec: {resource_limits: {cpu_percent: .nan}}\n", says: "cpu_percent"),
        Case("UTF-16", [0xFF, 0xFE] + head.utf8.flatMap { [$0, 0] }, says: "UTF-8"),
        Case("an empty file", "", says: "empty"),
        Case("a NUL", Array(head.utf8) + [0] + Array("spec: {}\n".utf8), says: "NUL"),
        Case(
            "a document of 5 MiB", head + "spec: {description: \"\(String(repeating: "x", count: 5 << 20))\"}\n",
            says: "larger"),
    ]

    @Test func `each is refused with its place, and what was declared stays`() async throws {
        try await Sandbox.run { sandbox in
            let good = Self.head + "spec: {max_nodes: 5, description: good}\n"
            try await sandbox.apply(good)
            let before = try await sandbox.documents("desired")
            for hostile in Self.cases {
                let file = "\(sandbox.folder)/hostile.yaml"
                try Data(hostile.bytes).write(to: URL(fileURLWithPath: file))
                let outcome = try await sandbox.reeve("apply", "-f", file, exit: 3)
                #expect(
                    outcome.errors.hasPrefix("\(file):"), "\(hostile.testDescription): \(outcome.errors.prefix(300))")
                #expect(
                    outcome.errors.contains(hostile.says), "\(hostile.testDescription): \(outcome.errors.prefix(300))")
                #expect(outcome.errors.utf8.count < 10_000, "\(hostile.testDescription)")
                #expect(outcome.elapsed < .seconds(5), "\(hostile.testDescription)")
            }
            #expect(try await sandbox.documents("desired") == before)
        }
    }

    @Test func `a byte-order mark is no fault`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            try await sandbox.reeve("validate", "-f", "-", input: "\u{FEFF}" + Self.head + "spec: {max_nodes: 5}\n")
        }
    }

    @Test(arguments: [["-R"], []])
    func `of a directory what is hidden or ignored is passed over, and what can't be read is named`(
        _ depth: [String]
    ) async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let directory = "\(sandbox.folder)/manifests"
            for folder in ["", "/below", "/drafts"] {
                try FileManager.default.createDirectory(
                    atPath: directory + folder, withIntermediateDirectories: true)
            }
            _ = try sandbox.write("manifests/pool.yaml", Self.head + "spec: {max_nodes: 5}\n")
            _ = try sandbox.write("manifests/.pool.yaml.swp", "half writ")
            _ = try sandbox.write("manifests/README.md", "# no manifest")
            _ = try sandbox.write("manifests/.reeveignore", "drafts/\n*-old.yaml\n")
            _ = try sandbox.write("manifests/drafts/pool.yaml", "half writ")
            _ = try sandbox.write("manifests/pool-old.yaml", "half writ")
            let arguments = ["validate", "-f", directory] + depth
            #expect(try await sandbox.reeve(arguments).output == "1 manifest is valid\n")
            #expect(mkfifo("\(directory)/pipe.yaml", 0o600) == 0)
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/nowhere.yaml", withDestinationPath: "missing")
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/below/circle", withDestinationPath: directory)
            let refused = try await sandbox.reeve(arguments, exit: 3).errors
            #expect(refused.contains("\(directory)/pipe.yaml:1:1: error: is a pipe; only files are read [not-a-file]"))
            #expect(refused.contains("\(directory)/nowhere.yaml:1:1: error: the link leads to nothing"))
            #expect(refused.contains("\(directory)/below/circle") == !depth.isEmpty, "\(refused)")
        }
    }

    @Test func `a directory without manifests of its own says how those below are read`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let directory = "\(sandbox.folder)/manifests"
            try FileManager.default.createDirectory(atPath: directory + "/below", withIntermediateDirectories: true)
            _ = try sandbox.write("manifests/below/pool.yaml", Self.head + "spec: {max_nodes: 5}\n")
            let empty = try await sandbox.reeve("validate", "-f", directory, exit: 3)
            #expect(empty.errors.contains("there are no manifests in \(directory) (-R reads the directories below"))
            // Named by two ways it is there twice.
            let twice = try await sandbox.reeve(
                "validate", "-R", "-f", directory, "-f", "\(directory)/below/pool.yaml", exit: 3)
            #expect(
                twice.errors.contains("declared a second time; the first stands at \(directory)/below/pool.yaml:1:1"))
        }
    }

    @Test func `a hook of git reads the work tree that git has locked`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let directory = "\(sandbox.folder)/manifests"
            try FileManager.default.createDirectory(atPath: directory + "/.git", withIntermediateDirectories: true)
            for name in ["HEAD", "index.lock"] { _ = try sandbox.write("manifests/.git/\(name)", "") }
            _ = try sandbox.write("manifests/pool.yaml", Self.head + "spec: {max_nodes: 5}\n")
            #expect(try await sandbox.reeve("validate", "-f", directory).output == "1 manifest is valid\n")
        }
    }
}
