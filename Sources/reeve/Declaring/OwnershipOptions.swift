import ArgumentParser
import Fleet
import Manifests
import Planning

/// Whose the declarations become, and what of that owner's goes.
struct OwnershipOptions: ParsableArguments {
    @Flag(help: "Take over what others own: each resource that is taken is named.")
    var force = false

    @Option(help: ArgumentHelp("Declare for this set, which owns what it declares.", valueName: "name"))
    var set: String?

    @Flag(help: "Delete what the set owns and the manifests do not declare.")
    var prune = false

    @OptionGroup var limits: PruneOptions

    func validate() throws {
        if limits.isGiven, !prune {
            throw ValidationError("--prune-limit and --prune-percent are about what --prune deletes.")
        }
        if prune, set == nil { throw ValidationError("--prune needs the --set that it is about.") }
        if let set { try SetName.check(set) }
    }

    /// Whether anything was asked for.
    var isStated: Bool { force || set != nil || prune || limits.isGiven }

    /// What is not read would seem to have left the input.
    func check(beside input: InputOptions) throws {
        guard prune, input.selector != nil else { return }
        throw ValidationError("Either -l or --prune, not both.")
    }

    func request(_ loaded: LoadedManifests, continues: Bool) -> DeclarationRequest {
        var request = loaded.request(continues: continues)
        request.takesOver = force
        guard let set else { return request }
        request.set = set
        request.manager = Desired.syncManager(of: set)
        if prune { request.pruning = Pruning(budget: limits.budget, digest: "") }
        return request
    }
}
