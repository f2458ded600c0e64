/// What an interface has carried since the machine started.
package struct InterfaceCounters: Hashable, Sendable {
    package var name: String
    package var bytesIn: Int64
    package var bytesOut: Int64
    package var packetsIn: Int64
    package var packetsOut: Int64
    package var errorsIn: Int64
    package var errorsOut: Int64

    package init(
        name: String, bytesIn: Int64 = 0, bytesOut: Int64 = 0, packetsIn: Int64 = 0, packetsOut: Int64 = 0,
        errorsIn: Int64 = 0, errorsOut: Int64 = 0
    ) {
        self.name = name
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.packetsIn = packetsIn
        self.packetsOut = packetsOut
        self.errorsIn = errorsIn
        self.errorsOut = errorsOut
    }

    /// The interfaces of `/proc/net/dev` but the loopback, in the order of the file. A figure may follow the colon at
    /// once; a name may hold colons.
    package static func all(netdev text: String) -> [InterfaceCounters] {
        text.lines.compactMap { line in
            guard let colon = line.lastIndex(of: ":") else { return nil }
            let name = line[..<colon].trimmed
            let figures = line[line.index(after: colon)...].words.map { UInt64($0).map { Int64(clamping: $0) } }
            guard !name.isEmpty, name != "lo", figures.count >= 12, let bytesIn = figures[0],
                let packetsIn = figures[1],
                let errorsIn = figures[2], let bytesOut = figures[8], let packetsOut = figures[9],
                let errorsOut = figures[10]
            else { return nil }
            return InterfaceCounters(
                name: name, bytesIn: bytesIn, bytesOut: bytesOut, packetsIn: packetsIn, packetsOut: packetsOut,
                errorsIn: errorsIn, errorsOut: errorsOut)
        }
    }

    /// The sum of several; nil of none. Stops at the largest number instead of passing it.
    package static func total(_ interfaces: [InterfaceCounters]) -> InterfaceCounters? {
        guard var sum = interfaces.first else { return nil }
        for one in interfaces.dropFirst() {
            for counter in [
                \InterfaceCounters.bytesIn, \.bytesOut, \.packetsIn, \.packetsOut, \.errorsIn, \.errorsOut,
            ] {
                let (value, overflow) = sum[keyPath: counter].addingReportingOverflow(one[keyPath: counter])
                sum[keyPath: counter] = overflow ? .max : value
            }
        }
        return sum
    }
}

/// A machine's interfaces, those with hardware of their own apart: what passes a bridge or a tunnel passes one of them,
/// too, and must not be counted twice.
package struct InterfaceList: Hashable, Sendable {
    package var hardware: [InterfaceCounters]
    package var others: [InterfaceCounters]

    package init(of machine: some Machine) {
        let all = machine.text("/proc/net/dev").map(InterfaceCounters.all(netdev:)) ?? []
        hardware = all.filter { machine.link("/sys/class/net/\($0.name)/device") != nil }
        others = all.filter { machine.link("/sys/class/net/\($0.name)/device") == nil }
    }

    /// What counts for the machine: inside of a container nothing has hardware of its own.
    package var counted: [InterfaceCounters] { hardware.isEmpty ? others : hardware }
}
