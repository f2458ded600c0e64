import ArgumentParser
import Planning

/// How much one change of a directory may delete without being asked.
struct PruneOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Delete at most so many resources that left the directory, or hold all of them; unlimited: any number (default: 10).",
            valueName: "count|unlimited"))
    var pruneLimit: PruneLimit?

    @Option(
        help: ArgumentHelp(
            "… and at most so many percent of the set and of its active nodes; one resource may always go (default: "
                + "20, with --prune-limit unlimited any share).", valueName: "percent"))
    var prunePercent: Int?

    func validate() throws {
        if let prunePercent, !(0...100).contains(prunePercent) {
            throw ValidationError("--prune-percent is from 0 to 100.")
        }
    }

    var isGiven: Bool { pruneLimit != nil || prunePercent != nil }

    var budget: PruneBudget {
        switch pruneLimit ?? .count(10) {
        case .count(let count): PruneBudget(objects: count, percent: prunePercent ?? 20)
        case .unlimited: PruneBudget(objects: nil, percent: prunePercent)
        }
    }
}

enum PruneLimit: ExpressibleByArgument {
    case count(Int)
    case unlimited

    init?(argument: String) {
        if argument == "unlimited" {
            self = .unlimited
        } else if let count = Int(argument), count >= 0 {
            self = .count(count)
        } else {
            return nil
        }
    }
}
