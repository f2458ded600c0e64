import Foundation

/// What `Tests/soak`, or somebody by hand, asks for in the environment: how often, and from which seed.
enum RunSetting {
    static func named(_ name: String, orElse usual: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init) ?? usual
    }

    /// `REEVE_SEED`, or the test's own; what it prints repeats a run that failed.
    static func random(orElse usual: UInt64) -> SplitMix {
        let seed = named("REEVE_SEED", orElse: usual)
        print("REEVE_SEED=\(seed)")
        return SplitMix(state: seed)
    }
}

/// Random numbers that a seed repeats.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
