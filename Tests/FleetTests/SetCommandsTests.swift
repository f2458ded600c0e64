import Fleet
import Testing

struct SetCommandsTests {
    @Test(arguments: [
        ("prod", "'prod'"), ("/srv/my fleet", "'/srv/my fleet'"), ("/srv/o'neil/fleet", #"'/srv/o'\''neil/fleet'"#),
        ("$(x)", "'$(x)'"), ("", "''"),
    ])
    func `a name is one word of a shell's command, whatever is in it`(_ name: String, _ word: String) {
        #expect(name.quotedWord == word)
    }

    @Test(arguments: [("0123456789abcdef", "0123456789"), ("0123", "0123"), (nil, nil)])
    func `a commit is shown by its first digits`(_ commit: String?, _ shown: String?) {
        let snapshot = SetSnapshot(
            digest: "d", commit: commit, files: 1, documents: 1, at: Timestamp(milliseconds: 0))
        #expect(snapshot.shortCommit == shown)
    }

    @Test func `an approval names the set and the mark of the list`() {
        let block = PruneBlock(digest: "d1", objects: [], reason: .overBudget, message: "too many")
        #expect(block.approval(ofSet: "o'neil") == #"reeve sync approve 'o'\''neil' \#(block.mark)"#)
    }
}
