import ArgumentParser

/// A length of time as people write it: `30s`, `5m`, `1h30m`, `500ms`; a bare number is seconds.
struct TimeSpan: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration
    let description: String

    init(seconds: Int) {
        duration = .seconds(seconds)
        description = "\(seconds)s"
    }

    init?(argument: String) {
        var milliseconds: Int64 = 0
        var rest = Substring(argument)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            let factor: Int64
            switch unit {
            case "ms": factor = 1
            case "s": factor = 1000
            case "m": factor = 60_000
            case "h": factor = 3_600_000
            case "d": factor = 86_400_000
            case "" where digits.count == argument.count: factor = 1000
            default: return nil
            }
            // A thousand days: nothing that is waited for takes longer, and no sum overflows.
            guard let count = Int64(digits), count <= 86_400_000_000 / factor else { return nil }
            milliseconds += count * factor
        }
        duration = .milliseconds(milliseconds)
        description = argument.last?.isNumber == true ? argument + "s" : argument
    }
}
