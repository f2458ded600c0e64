import Testing

/// Something that no Swift file in some directories may hold.
struct Law: Sendable, CustomTestStringConvertible {
    var name: String
    /// Beginnings of paths.
    var places: [String]
    /// Spellings that it must find, and one that it must let pass.
    var wrong: [String]
    var right: String
    /// A function, because a `Regex` is not `Sendable`.
    var pattern: @Sendable () -> Regex<Substring>

    var testDescription: String { name }

    private static let everywhere = ["Sources/", "Tests/"]
    private static let pure = ["Sources/Fleet/", "Sources/Planning/"]

    static let all: [Law] = [
        Law(
            name: "nothing is public", places: everywhere,
            wrong: ["public struct Node {}", "@inlinable public func f() {}", "open class C {}"],
            right: "package struct Node {}"
        ) { /\bpublic\b|\bopen\s+class\b/ },
        Law(
            name: "no failure is forced", places: everywhere,
            wrong: ["let a = try! f()", "let a = b as! C", "fatalError(\"no\")"],
            right: "let a = try? f()"
        ) { /\btry!|\bas!|\bfatalError\(/ },
        Law(
            name: "the clock is not read in Fleet and Planning", places: pure,
            wrong: [
                "let now = Date()", "f(at: .now)", "Date.now", "ContinuousClock.now", "clock.now", "time(nil)",
                "ContinuousClock().now", "clock_gettime(a, b)",
            ],
            right: "subject.now + self.now"
        ) {
            #/
            \bDate\(\)
            | \b(?:Date|\w*[cC]lock|DispatchTime|Instant)(?:\(\))?\.now\b
            | (?:^|[\s\(\[,:=])\.now\b
            | \btime\((?:nil|&)
            | \bclock_gettime\b | \bgettimeofday\b
            /#
        },
        Law(
            name: "no wall clock is read in Engine", places: ["Sources/Engine/"],
            wrong: [
                "let now = Date()", "Date.now", "SystemClock().now", "DispatchWallTime.now()", "time(nil)",
                "clock_gettime(CLOCK_REALTIME, &a)", "gettimeofday(&a, nil)", "import Foundation",
            ],
            right: "let now = clock.now()"
        ) {
            #/
            \bDate(?:\(\)|\.now\b) | \bSystemClock\b | \bDispatchWallTime\b | \btime\((?:nil|&)
            | \bclock_gettime\b | \bgettimeofday\b | \bimport\s+Foundation\b
            /#
        },
        Law(
            name: "the environment is not read in Fleet and Planning", places: pure,
            wrong: ["ProcessInfo.processInfo", "getenv(name)", "SystemRandomNumberGenerator()"],
            right: "let environment = subject"
        ) { /\bProcessInfo\b|\bgetenv\b|\bSystemRandomNumberGenerator\b/ },
        Law(
            name: "no file is touched in Fleet and Planning", places: pure,
            wrong: ["FileManager.default", "FileHandle.standardError", "Data(contentsOf: url)", "fopen(a, b)"],
            right: "Set(contents)"
        ) { /\bFileManager\b|\bFileHandle\b|\bcontentsOf(?:File)?:\s*(?:url|path|file)\b|\bfopen\(/ },
        Law(
            name: "no test waits by the clock", places: ["Tests/"],
            wrong: ["try await Task.sleep(for: a)", "usleep(10)", "sleep(1)", "Thread.sleep(forTimeInterval: 1)"],
            right: "func sleep(for time: Duration) { try await clock.sleep(for: time) }"
        ) { /\bTask\.sleep\b|\bThread\.sleep\b|(?:^|[^\w.\s]|\btry|\bawait|=)\s*(?:u|nano)?sleep\(/ },
    ]

    func breaches(in source: SwiftSource) -> [String] {
        places.contains { source.path.hasPrefix($0) } ? source.places(of: pattern()) : []
    }
}
