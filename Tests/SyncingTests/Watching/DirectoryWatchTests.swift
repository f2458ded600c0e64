import Fleet
import Foundation
import Glibc
import Logging
import Manifests
import Synchronization
import Testing

@testable import Syncing

/// With the real inotify. No poll comes within these tests, unless they are about it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DirectoryWatchTests {
    private let tree: TemporaryTree

    init() throws {
        tree = try TemporaryTree()
    }

    private func watch(
        _ name: String = "fleet", mode: DirectoryWatch.Mode = .events, poll: Duration = .seconds(36_000)
    ) -> DirectoryWatch {
        DirectoryWatch(tree.at(name), mode: mode, poll: poll, logger: Logger(label: "test"))
    }

    /// Reads at each hint until the directory has these pools; nil for as long as it is missing.
    private func until(_ names: [String]?, _ reader: DirectoryReader, _ watch: DirectoryWatch) async {
        for await _ in watch.hints where (try? await reader.read())?.names == names { return }
    }

    @Test func `each kind of change is noticed, in folders that came later as well`() async throws {
        try tree.write("fleet/a.yaml", TemporaryTree.pool("a"))
        let watch = watch()
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        #expect(try await reader.read().names == ["a"])
        #expect(watch.seesEvents)
        try tree.write("fleet/a.yaml", TemporaryTree.pool("b"))
        await until(["b"], reader, watch)
        try tree.write("fleet/deep/deeper/c.yaml", TemporaryTree.pool("c"))
        await until(["b", "c"], reader, watch)
        try tree.write("fleet/deep/deeper/c.yaml", TemporaryTree.pool("d"))
        await until(["b", "d"], reader, watch)
        try tree.rename("fleet/deep", to: "fleet/other")
        try tree.rename("fleet/a.yaml", to: "fleet/other/deeper/a.txt")
        await until(["d"], reader, watch)
        try tree.write("fleet/other/deeper/c.yaml", TemporaryTree.pool("e"))
        await until(["e"], reader, watch)
        try tree.remove("fleet/other")
        await until([], reader, watch)
        watch.end()
    }

    @Test func `a swap of the data link is noticed, again and again`() async throws {
        let watch = watch()
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        for (version, name) in ["one", "two", "three"].enumerated() {
            try tree.write("fleet/..\(version)/a.yaml", TemporaryTree.pool(name))
            try tree.link("fleet/..tmp", to: "..\(version)")
            try tree.rename("fleet/..tmp", to: "fleet/..data")
            if version == 0 {
                try tree.link("fleet/a.yaml", to: "..data/a.yaml")
                #expect(try await reader.read().names == ["one"])
            } else {
                try tree.remove("fleet/..\(version - 1)")
                await until([name], reader, watch)
            }
        }
        watch.end()
    }

    @Test func `a directory that goes and comes back is noticed, with all above it`() async throws {
        try tree.write("x/fleet/a.yaml", TemporaryTree.pool("a"))
        let watch = watch("x/fleet")
        let reader = DirectoryReader(tree.at("x/fleet"), watch: watch)
        #expect(try await reader.read().names == ["a"])
        try tree.rename("x", to: "y")
        await until(nil, reader, watch)
        try tree.rename("y", to: "x")
        await until(["a"], reader, watch)
        try tree.write("x/fleet/b.yaml", TemporaryTree.pool("b"))
        await until(["a", "b"], reader, watch)
        watch.end()
    }

    @Test func `a directory that is a link is followed when the link is swapped`() async throws {
        try tree.write("v1/a.yaml", TemporaryTree.pool("a"))
        try tree.write("v2/a.yaml", TemporaryTree.pool("b"))
        try tree.link("fleet", to: "v1")
        let watch = watch()
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        #expect(try await reader.read().names == ["a"])
        try tree.link("new", to: "v2")
        try tree.rename("new", to: "fleet")
        await until(["b"], reader, watch)
        watch.end()
    }

    @Test func `polling alone says now and then that it is time`() async throws {
        let watch = watch(mode: .polling, poll: .milliseconds(5))
        #expect(!watch.seesEvents)
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        try tree.write("fleet/a.yaml", TemporaryTree.pool("a"))
        await until(["a"], reader, watch)
        try tree.write("fleet/a.yaml", TemporaryTree.pool("b"))
        await until(["b"], reader, watch)
    }

    @Test func `a watch that ends or that nobody has any more gives its descriptors back`() async throws {
        try tree.folder("fleet")
        do {
            let ended = watch()
            #expect(inotifyDescriptors() == 1)
            ended.end()
            for await _ in ended.hints { Issue.record("a hint of an ended watch") }
        }
        #expect(inotifyDescriptors() == 0)
        let hints = watch().hints
        for await _ in hints { Issue.record("a hint of a lost watch") }
        #expect(inotifyDescriptors() == 0)
    }

    @Test func `descriptors are not inherited`() throws {
        try tree.folder("fleet")
        let watch = watch()
        for (descriptor, target) in descriptors() where target.contains("inotify") {
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        }
        #expect(inotifyDescriptors() == 1)
        watch.end()
    }

    private func inotifyDescriptors() -> Int { descriptors().count { $0.target.contains("inotify") } }

    private func descriptors() -> [(Int32, target: String)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name)
            return Int32(name).flatMap { number in target.map { (number, $0) } }
        }
    }
}
