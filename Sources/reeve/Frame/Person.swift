import Foundation

/// Who runs the command, as the system knows them: what declarations, overrides and deletions are signed with.
enum Person {
    static var name: String {
        let name = NSUserName()
        return name.isEmpty ? "uid-\(getuid())" : name
    }
}
