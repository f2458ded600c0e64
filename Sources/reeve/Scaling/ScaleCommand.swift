import ArgumentParser
import Planning

struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Set by hand how many nodes of a pool are in use.",
        discussion: """
            The daemon brings the pool to that size at once, without waiting for any metric; which nodes come and go it \
            chooses as ever. From then on a pool that scales itself goes on from there, with a cooldown before anything \
            is taken away; a pool that does not keeps the size. No apply takes it back: it stands with the pool until it \
            is cleared or set anew, and `describe` shows it. Of several pools all are scaled, or with anything wrong none.

            Examples:
              reeve scale pool/render-eu --active 6 --reason "launch on Friday"
              reeve scale pools render-eu render-us --active 4 --wait --timeout 10m
              reeve scale pool/render-eu --clear

            Exit codes: 1 a pool is not declared, 2 it is no pool or can't have so many nodes, 4 it is suspended or being \
            deleted (nothing was changed), 6 with --wait: it came to another size, or is paused, 7 with --wait: timed out.
            """)

    @Option(help: ArgumentHelp("So many nodes in use, within the pool's bounds.", valueName: "nodes"))
    var active: Int64?
    @Flag(help: "Forget the size that was set by hand; the pool keeps the nodes that it has.") var clear = false
    @Option(help: "Why, in 1 to 500 characters; shown beside the pool.", transform: Reason.parse)
    var reason = "scaled by hand"
    @Flag(help: "Wait until so many nodes are active.") var wait = false
    @Option(help: "How long to wait at most.") var timeout = TimeSpan(seconds: 300)
    @OptionGroup var options: OverrideOptions

    func validate() throws {
        guard (active == nil) == clear else {
            throw ValidationError("Say either --active with a number of nodes, or --clear.")
        }
        if clear, wait { throw ValidationError("--wait goes with --active: there is nothing to wait for.") }
    }

    func run() async throws {
        guard let active else { return try await options.perform(.unscale, "no longer scaled by hand") }
        try await options.perform(
            .scale(nodes: active, reason: reason), "asked for \(active) \(active == 1 ? "node" : "nodes")",
            afterwards: { waiting, keys in if wait { try await waiting.untilScaled(keys, to: active) } },
            timeout: timeout)
    }
}
