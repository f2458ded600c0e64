/// Graphics processors, as `nvidia-smi --query-gpu=… --format=csv` tells of them.
package struct GraphicsReading: Hashable, Sendable {
    /// Percent; of several the highest.
    package var usage: Double?
    /// Bytes; of several the sum.
    package var memoryUsed: Int64?
    package var memoryTotal: Int64?
    /// Degrees Celsius; of several the highest.
    package var temperature: Double?

    /// What `init` reads, in this order.
    package static let query = [
        "--query-gpu=utilization.gpu,memory.used,memory.total,temperature.gpu", "--format=csv,noheader,nounits",
    ]

    /// A line for each processor. What one does not know (`[N/A]`) is absent, and with it the sum over all; nil when
    /// there is no line of four figures, as when the driver only complains.
    package init?(csv text: String) {
        let rows = text.lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            .filter { $0.count == 4 }
            .map { row in row.map { Double($0.trimmed).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } } }
        guard !rows.isEmpty, rows.contains(where: { $0.contains { $0 != nil } }) else { return nil }
        usage = rows.compactMap { $0[0] }.max()
        memoryUsed = GraphicsReading.bytes(rows.map { $0[1] })
        memoryTotal = GraphicsReading.bytes(rows.map { $0[2] })
        temperature = rows.compactMap { $0[3] }.max()
    }

    /// The figures are in MiB.
    private static func bytes(_ figures: [Double?]) -> Int64? {
        let known = figures.compactMap(\.self)
        guard known.count == figures.count else { return nil }
        return Int64(exactly: (known.reduce(0, +) * 1_048_576).rounded())
    }
}
