import Foundation

/// How many seeds of mutations are run: a few, or as many as `Tests/soak` asks for by `REEVE_MUTATION_SEEDS`.
enum SeedCount {
    static func orElse(_ usual: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment["REEVE_MUTATION_SEEDS"].flatMap(UInt64.init) ?? usual
    }
}
