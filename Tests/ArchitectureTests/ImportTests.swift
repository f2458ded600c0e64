import Testing

/// Who may import whom, in every file.
struct ImportTests {
    @Test(arguments: Floor.all.map(\.target))
    func `a target imports what the table allows`(target: String) throws {
        let floor = try #require(Floor.all.first { $0.target == target })
        let sources = Repository.this.sources.filter { $0.target == target }
        try #require(!sources.isEmpty)
        let breaches = sources.flatMap(floor.breaches)
        #expect(breaches.isEmpty, "\(breaches.joined(separator: "\n"))")
    }

    @Test func `the table has a row for every directory of sources`() {
        let directories = Set(Repository.this.sources.filter { $0.path.hasPrefix("Sources/") }.map(\.target))
        #expect(directories == Set(Floor.all.map(\.target)))
    }

    @Test func `every directory with Swift in it is a target`() {
        let targets = Repository.this.targets
        #expect(targets.count > 20, "Package.swift was not understood: \(targets)")
        let orphans = Repository.this.sources.filter { !targets.contains($0.target) }.map(\.path)
        #expect(orphans.isEmpty, "these files are built by nobody: \(orphans)")
    }

    @Test(arguments: [
        ("import MongoDB", ["MongoDB"]),
        ("package import Fleet", ["Fleet"]),
        ("@testable import YAML", ["YAML"]),
        ("@preconcurrency internal import Logging", ["Logging"]),
        ("import struct Foundation.Date", ["Foundation"]),
        ("import Fleet\nimport YAML", ["Fleet", "YAML"]),
        ("// import MongoDB", []),
        ("let text = \"\"\"\n    import sys\n    \"\"\"", []),
    ])
    func `an import is seen however it is written`(text: String, modules: [String]) {
        #expect(SwiftSource(path: "Sources/Fleet/X.swift", text: text).imports == modules)
    }

    @Test func `what the table does not allow is refused`() throws {
        let fleet = try #require(Floor.all.first { $0.target == "Fleet" })
        let source = SwiftSource(path: "Sources/Fleet/X.swift", text: "import Foundation\nimport Planning\n")
        #expect(fleet.breaches(in: source).count == 2)
        let bson = try #require(Floor.all.first { $0.target == "BSON" })
        let essentials = "import FoundationEssentials"
        #expect(bson.breaches(in: SwiftSource(path: "Sources/BSON/DocumentView.swift", text: essentials)).count == 1)
        #expect(bson.breaches(in: SwiftSource(path: "Sources/BSON/BSONEncoder.swift", text: essentials)).isEmpty)
    }
}
