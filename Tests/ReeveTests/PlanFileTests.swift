import Fleet
import Foundation
import Planning
import Testing

@testable import reeve

struct PlanFileTests {
    private static func plan() -> SavedPlan {
        let declarations = (0..<5).map { number in
            var spec = Spec(.nodePool)
            spec[PoolLeaf.maxNodes] = .int(10)
            var declaration = Declaration(
                key: ResourceKey(.nodePool, "pool_pit\(number)"), name: "pit\(number)", spec: spec)
            declaration.source = SourceLocation(file: "site/\(number).yaml", line: number + 1, column: 1)
            return declaration
        }
        var request = DeclarationRequest(declarations, manager: Desired.syncManager(of: "site"))
        request.set = "site"
        request.pinned = [declarations[1].key, ResourceKey(.node, "node_left")]
        request.pruning = Pruning(budget: PruneBudget(objects: nil, percent: 7), digest: "")
        return SavedPlan(
            id: "one", made: Sample.now, request: request, guards: PlanGuards(),
            changes: [DeclarationResult(declarations[0].key, .created)])
    }

    /// How many texts of manifests the file holds, and what it is read as.
    private func roundTrip(longestText: Int) throws -> (texts: [String], read: SavedPlan) {
        let path = NSTemporaryDirectory() + "reeve-plan-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try PlanFile(Self.plan(), database: "reeve", by: "cli/ops", longestText: longestText).write(to: path)
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let json = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        let texts = (json?["plan"] as? [String: Any])?["manifests"] as? [String]
        return (try #require(texts), try PlanFile.read(path).plan(for: "cli/ann"))
    }

    /// However much is declared, none of them is longer than what is read again.
    @Test(arguments: [(1, 5), (300, 2), (PlanFile.longestText, 1)])
    func `a plan is read as it was saved, in however many texts its manifests stand`(
        _ longestText: Int, _ count: Int
    ) throws {
        let (texts, read) = try roundTrip(longestText: longestText)
        #expect(texts.count == count, "\(texts.map(\.utf8.count))")
        let saved = Self.plan()
        #expect(read.request.declarations == saved.request.declarations)
        #expect(read.request.declarations.map(\.source) == saved.request.declarations.map(\.source))
        #expect(read.request.pinned == saved.request.pinned)
        #expect(read.request.pruning?.budget == saved.request.pruning?.budget)
        #expect(read.request.manager == "sync/site")
        #expect(read.changes == saved.changes)
    }
}
