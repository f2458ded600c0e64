import Fleet

/// Whether the machine that reports is the one that is declared.
///
/// Cores are equal. Memory is 90 to 110 % of the declared: a kernel keeps some for itself, modules are sold in units of
/// 1000 or of 1024. Storage is at least 90 %: file systems keep some, and more than declared harms nobody.
struct HardwareMatch {
    private var found: [String] = []
    private var wrong: [String] = []

    /// Nil when the machine's size is not known.
    init?(_ spec: Spec, _ hardware: FoundHardware?) {
        guard let hardware else { return nil }
        compare(spec[NodeLeaf.cores]?.int, hardware.cores, HardwareMatch.cores, allowed: { $0...$0 })
        compare(
            spec[NodeLeaf.memory]?.int, hardware.memoryBytes, { HardwareMatch.gibibytes($0) + " of memory" },
            allowed: { $0 - $0 / 10...$0 + $0 / 10 })
        compare(
            spec[NodeLeaf.storage]?.int, hardware.storageBytes, { HardwareMatch.gibibytes($0) + " of storage" },
            allowed: { $0 - $0 / 10...Int64.max })
        if found.isEmpty { return nil }
    }

    var holds: Bool { wrong.isEmpty }
    var reason: String { holds ? "HardwareAsDeclared" : "HardwareDiffers" }
    var message: String { holds ? "found " + found.joined(separator: ", ") : wrong.joined(separator: "; ") }

    /// - Parameter allowed: the sizes that match a declared one.
    private mutating func compare(
        _ declared: Int64?, _ size: Int64?, _ text: (Int64) -> String, allowed: (Int64) -> ClosedRange<Int64>
    ) {
        guard let declared, let size else { return }
        found.append(text(size))
        if !allowed(declared).contains(size) {
            wrong.append("found \(text(size)), declared \(text(declared))")
        }
    }

    private static func cores(_ count: Int64) -> String { count == 1 ? "1 core" : "\(count) cores" }

    /// With one decimal, rounded down.
    private static func gibibytes(_ bytes: Int64) -> String {
        let tenths = ((bytes >> 20) * 10) >> 10
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
