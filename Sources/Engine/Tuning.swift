/// The engine's figures, each with the law of LOOP that it comes from.
package struct Tuning: Sendable {
    /// Without a renewal for this long a lease may be taken by another.
    package var leaseDuration = Duration.seconds(15)
    /// A leader whose last renewal was sent this long ago stands down.
    package var renewalDeadline = Duration.seconds(10)
    package var renewalInterval = Duration.seconds(2)
    /// Every key is looked at again this often, or 200 × what looking at all of them takes, if that is longer.
    package var resyncInterval = Duration.seconds(600)
    package var resyncShare = 200
    /// How often heartbeats are looked at.
    package var healthInterval = Duration.seconds(5)
    /// How often the load of scaled pools is looked at.
    package var scalingInterval = Duration.seconds(5)
    /// Between two such looks at least, also when somebody changes a pool.
    package var scalingPause = Duration.seconds(1)
    /// What one transaction creates at most: larger ones gain nothing and hold changes up.
    package var creations = 500
    /// What one transaction changes at most: heartbeats write to `nodes`, too, and each of them can abort it.
    package var changes = 100
    /// A key that is in the way of others this often in a row goes alone.
    package var conflictsUntilAlone = 3
    /// A key that conflicts alone this often has failed.
    package var conflictsUntilFailed = 8
    /// More changes than this at a time are bulk: single changes pass them.
    package var bulk = 16
    /// How many lanes work on bulk at once: more only take turns on the server, and a change would wait for all of them.
    package var bulkLanes = 2
    /// How long a stop waits for the work in hand.
    package var stopGrace = Duration.seconds(4)

    package init() {}
}
