import Glibc
import Synchronization

/// The terminal's other screen, on which a picture is drawn again and again; what stood on the first one comes back at
/// the end. While it is open, keys arrive at once and unseen, Ctrl-C among them.
final class LiveScreen: Sendable {
    private struct State {
        /// As the terminal was; nil when the keyboard is none, and while nothing is to be given back.
        var before: termios?
        var ending: ExitStatus?
    }

    private static let quit = UInt8(ascii: "q")
    private static let controlC: UInt8 = 3

    private let state: Mutex<State>
    private let hasKeys: Bool

    init() {
        var before = termios()
        hasKeys = tcgetattr(STDIN_FILENO, &before) == 0
        state = Mutex(State(before: hasKeys ? before : nil))
        if hasKeys {
            var raw = before
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
            withUnsafeMutableBytes(of: &raw.c_cc) { characters in
                characters[Int(VMIN)] = 0
                characters[Int(VTIME)] = 0
            }
            tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        }
        // The other screen, no cursor, and lines that are too long end at the edge.
        Terminal.standardOutput("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
    }

    /// How it ended, once it has.
    var ending: ExitStatus? { state.withLock(\.ending) }

    /// Gives the terminal back as it was; the first ending counts.
    func end(_ status: ExitStatus) {
        state.withLock { state in
            guard state.ending == nil else { return }
            state.ending = status
            Terminal.standardOutput("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
            if var before = state.before { tcsetattr(STDIN_FILENO, TCSANOW, &before) }
        }
    }

    /// Draws over what stands there; nothing once it has ended.
    func show(_ lines: [String]) {
        let text = lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
        state.withLock { state in
            if state.ending == nil { Terminal.standardOutput("\u{1B}[H" + text + "\u{1B}[J") }
        }
    }

    /// Whether q or Ctrl-C was pressed since the last look; never waits.
    func endsByKey() -> Bool {
        guard hasKeys else { return false }
        var key: UInt8 = 0
        while read(STDIN_FILENO, &key, 1) == 1 {
            if key == Self.quit || key == Self.controlC { return true }
        }
        return false
    }

    /// In characters; a terminal that does not tell has the usual ones.
    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
