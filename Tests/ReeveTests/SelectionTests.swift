import ArgumentParser
import Fleet
import Testing

@testable import reeve

struct SelectionTests {
    @Test(arguments: [
        (["nodes"], ObjectSelection.kinds([.node])), (["pools,Node"], .kinds([.nodePool, .node])),
        (["all"], .kinds(Kind.allCases)),
        (["node", "x", "node_y"], .keys([.init(.node, "node_x"), .init(.node, "node_y")])),
        (["node/x", "pool/p", "node/node_x"], .keys([.init(.node, "node_x"), .init(.nodePool, "pool_p")])),
    ])
    func `what is asked for is read`(words: [String], selection: ObjectSelection) throws {
        #expect(try ObjectSelection(words) == selection)
    }

    @Test(arguments: [
        (["pool_x"], [ResourceKey(.nodePool, "pool_x")]),
        (["pool/x", "node_y"], [.init(.nodePool, "pool_x"), .init(.node, "node_y")]),
        (["node_y", "pool/x"], [.init(.node, "node_y"), .init(.nodePool, "pool_x")]),
        (["pools", "x", "pool_x"], [.init(.nodePool, "pool_x")]),
    ])
    func `objects are named with their kind or by their whole ids`(words: [String], keys: [ResourceKey]) throws {
        #expect(try ObjectName.keys(words) == keys)
    }

    @Test(arguments: [[], ["nods"], ["nodes,"], ["all", "x"], ["node/"]])
    func `what names nothing is wrong usage`(words: [String]) {
        #expect(throws: ValidationError.self) { try ObjectSelection(words) }
    }

    @Test(arguments: [
        ("team=render", true), ("team==web", false), ("team!=web", true), ("tier!=web", true),
        ("team in (web, render)", true), ("team notin (web, render)", false), ("team", true), ("!team", false),
        ("!tier", true), ("team=render,tier", false), ("tier", false),
    ])
    func `labels are selected by`(selector: String, matches: Bool) throws {
        let selector = try #require(LabelSelector(argument: selector))
        #expect(selector.matches([Label("team", "render")]) == matches)
    }

    private let object = FieldValue.record([
        .init("metadata", .record([.init("name", .string("x"))])),
        .init("spec", .record([.init("max_nodes", .int(4)), .init("list", .list([.int(7)]))])),
    ])

    @Test(arguments: [
        ("spec.max_nodes", FieldValue.int(4)), ("{.spec.max_nodes}", .int(4)), (".metadata.name", .string("x")),
        ("max_nodes", .int(4)), ("name", .string("x")), ("spec.list.0", .int(7)),
    ])
    func `a path to sort by leads to a value`(path: String, value: FieldValue) throws {
        #expect(try #require(SortPath(argument: path)).value(in: object) == value)
    }

    @Test(arguments: ["spec.list.1", "spec.none", "none"])
    func `a path may lead nowhere`(path: String) throws {
        #expect(try #require(SortPath(argument: path)).value(in: object) == nil)
    }

    @Test(arguments: [
        ("spec.hardware_info.cpu.cores", true), ("hardware_info.cpu.cores", true), ("metadata.labels.team", true),
        ("status.last_heartbeat", true), ("lifecycle.drift", true), ("spec.max_nodes", false), ("spec.coers", false),
        ("hardware_info.cpu.coers", false),
    ])
    func `a path of a node's is known or not`(path: String, isKnown: Bool) throws {
        #expect(try #require(SortPath(argument: path)).isKnown(of: [.node]) == isKnown)
    }

    @Test(arguments: ["", "spec..x", "."])
    func `what is no path is refused`(path: String) { #expect(SortPath(argument: path) == nil) }

    @Test func `numbers go by size and what has no value comes last`() {
        let values: [FieldValue?] = [nil, .int(10), .double(9.5), .int(2)]
        #expect(values.sorted(by: SortPath.precedes) == [.int(2), .double(9.5), .int(10), nil])
    }

    @Test func `what does not exist is told with the nearest name`() {
        let line = NotFound.line(ResourceKey(.node, "node_fra-1"), among: ["node_fra-01", "node_par-01"])
        #expect(line == "there is no Node/node_fra-1; did you mean Node/node_fra-01?")
        #expect(NotFound.line(ResourceKey(.node, "node_zzz"), among: ["node_fra-01"]) == "there is no Node/node_zzz")
    }
}
