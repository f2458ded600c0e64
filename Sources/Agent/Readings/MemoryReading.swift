/// Memory and swap in bytes, from `/proc/meminfo`.
package struct MemoryReading: Hashable, Sendable {
    package var total: Int64?
    package var used: Int64?
    package var free: Int64?
    package var cached: Int64?
    package var swapTotal: Int64?
    package var swapUsed: Int64?

    /// No sum of such figures overflows.
    private static let mostKilobytes: Int64 = 1 << 46

    package init(meminfo text: String) {
        var figures: [Substring: Int64] = [:]
        for line in text.lines {
            let words = line.words
            guard words.count >= 2, words[0].hasSuffix(":"), let value = Int64(words[1]),
                (0..<MemoryReading.mostKilobytes).contains(value)
            else { continue }
            // All of these are in kB, which are 1,024 bytes.
            figures[words[0].dropLast()] = value * 1024
        }
        total = figures["MemTotal"]
        free = figures["MemFree"]
        cached = figures["Cached"]
        // Kernels before 3.14 don't say what is available.
        let guess = figures["MemFree"].map { $0 + (figures["Buffers"] ?? 0) + (figures["Cached"] ?? 0) }
        if let total, let available = figures["MemAvailable"] ?? guess, available <= total { used = total - available }
        swapTotal = figures["SwapTotal"]
        if let swapTotal, let rest = figures["SwapFree"], rest <= swapTotal { swapUsed = swapTotal - rest }
    }
}
