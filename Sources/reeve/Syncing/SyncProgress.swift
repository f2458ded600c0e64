import Foundation
import Synchronization

/// One line on standard error that shows how far a large sync is: on a terminal alone, and gone when it is over.
final class SyncProgress: Sendable {
    private let isShown: Bool
    private let isOpen = Mutex(false)

    /// Fewer are done before anybody has read the line.
    private static let least = 200
    private static let width = 30

    init(_ terminal: Terminal) {
        isShown = terminal.showsProgress
    }

    /// A stage of which nobody knows how long it takes.
    func show(_ stage: String, of count: Int? = nil) {
        if let count, count < Self.least { return end() }
        write(stage + (count.map { " \($0)" } ?? "") + "…")
    }

    func show(_ stage: String, _ done: Int, of count: Int) {
        guard count >= Self.least else { return }
        let filled = done * Self.width / count
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        write("\(stage) \(bar) \(done)/\(count)")
    }

    /// Takes the line away.
    func end() {
        isOpen.withLock { isOpen in
            if isOpen { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
            isOpen = false
        }
    }

    private func write(_ text: String) {
        guard isShown else { return }
        isOpen.withLock { isOpen in
            FileHandle.standardError.write(Data("\r\u{1B}[K\(text.printable)".utf8))
            isOpen = true
        }
    }
}
