import Glibc
import Testing

@testable import Syncing

struct FolderEventTests {
    private func bytes(_ watch: Int32, _ mask: Int, _ name: String = "", padding: Int = 0) -> [UInt8] {
        let name = Array(name.utf8) + [UInt8](repeating: 0, count: padding)
        let words = [UInt32(bitPattern: watch), UInt32(mask), 7, UInt32(name.count)]
        return words.flatMap { word in withUnsafeBytes(of: word) { Array($0) } } + name
    }

    private func events(_ bytes: [UInt8]) -> [FolderEvent] { bytes.withUnsafeBytes { FolderEvent.events(in: $0) } }

    @Test func `events are read one after the other, names without their padding`() {
        let all =
            bytes(3, Int(IN_CREATE), "a.yaml", padding: 10) + bytes(4, Int(IN_DELETE_SELF))
            + bytes(-1, Int(IN_Q_OVERFLOW)) + bytes(3, Int(IN_MOVED_TO), "..data", padding: 2)
        #expect(
            events(all) == [
                FolderEvent(watch: 3, mask: UInt32(IN_CREATE), name: Array("a.yaml".utf8)),
                FolderEvent(watch: 4, mask: UInt32(IN_DELETE_SELF), name: []),
                FolderEvent(watch: -1, mask: UInt32(IN_Q_OVERFLOW), name: []),
                FolderEvent(watch: 3, mask: UInt32(IN_MOVED_TO), name: Array("..data".utf8)),
            ])
    }

    @Test func `what is cut short is left out`() {
        let whole = bytes(3, Int(IN_CREATE), "a.yaml", padding: 10)
        for length in 0..<whole.count { #expect(events(Array(whole[..<length])).isEmpty) }
        #expect(events(whole + whole[..<20]).count == 1)
        // A length that is more than there is.
        var long = whole
        long[15] = 0xFF
        #expect(events(long).isEmpty)
    }

    // MARK: - What they mean

    private func folders() -> WatchedFolders {
        var folders = WatchedFolders()
        let interests = WatchedFolders.interests(folders: ["/srv/fleet", "/srv/fleet/eu"], roots: ["/srv/fleet"])
        #expect(interests["/srv"] == .names(["fleet"]))
        let watches: [(Int32, String)] = [(1, "/srv"), (2, "/srv/fleet"), (3, "/srv/fleet/eu")]
        let removed = folders.replace(watches.map { (watch: $0.0, folder: $0.1) }, interests: interests)
        #expect(removed == [])
        return folders
    }

    private func event(_ watch: Int32, _ mask: Int32, _ name: String = "") -> FolderEvent {
        FolderEvent(watch: watch, mask: UInt32(mask), name: Array(name.utf8))
    }

    @Test func `everything in the tree is a change, above it only the root itself`() {
        var folders = folders()
        #expect(folders.isChange(event(2, IN_MOVED_TO, "..data")) == true)
        #expect(folders.isChange(event(3, IN_CLOSE_WRITE, "a.yaml")) == true)
        #expect(folders.isChange(event(1, IN_CREATE, "fleet")) == true)
        #expect(folders.isChange(event(1, IN_DELETE_SELF)) == true)
        #expect(folders.isChange(event(1, IN_CREATE, "other")) == false)
        #expect(folders.isChange(event(9, IN_CREATE, "a.yaml")) == false)
    }

    @Test func `an overflow is a change of anything`() {
        var folders = folders()
        #expect(folders.isChange(event(-1, IN_Q_OVERFLOW)) == true)
    }

    @Test func `a watch that the kernel takes back is a change and forgotten, one that was given back is none`() {
        var folders = folders()
        #expect(folders.isChange(event(3, IN_IGNORED)) == true)
        #expect(folders.isChange(event(3, IN_CREATE, "a.yaml")) == false)
        let removed = folders.replace([(watch: 1, folder: "/srv")], interests: ["/srv": .names(["fleet"])])
        #expect(removed == [2])
        #expect(folders.isChange(event(2, IN_IGNORED)) == false)
    }

    @Test func `two places of a root are both looked for`() {
        let interests = WatchedFolders.interests(
            folders: ["/srv/releases/5"], roots: ["/srv/current", "/srv/releases/5", "/srv/next"])
        #expect(
            interests == [
                "/srv": .names(["current", "next"]), "/srv/releases": .names(["5"]), "/srv/releases/5": .everything,
            ])
        #expect(WatchedFolders.interests(folders: ["/"], roots: ["/"]) == ["/": .everything])
    }
}
