import BSON

/// Who works on a fleet's database, each with the least that its work takes.
///
/// The table is what `reeve init --print-roles` prints. A role stands in the fleet's own database, so that two fleets on
/// one server know nothing of each other; what reaches beyond it stands in a role of its own, in `admin`.
package enum FleetRole: String, CaseIterable, Sendable {
    /// Operators and pipelines that declare: `apply`, `delete`, overrides, `adopt`, `token`.
    case declarer = "reeveDeclarer"
    /// Operators and pipelines that sync directories and take back what these declared.
    case syncer = "reeveSyncer"
    /// `reeve run`, the ingest and the page in it.
    case daemon = "reeveDaemon"
    /// The daemon, on the cluster: it ends the open transactions of a predecessor that died.
    case leads = "reeveLeads"
    /// Services that hand in proofs.
    case proofSubmitter = "reeveProofSubmitter"
    /// Reads everything, writes nothing.
    case auditor = "reeveAuditor"
    /// `reeve init`.
    case migrator = "reeveMigrator"

    /// For people: who gets it.
    package var purpose: String {
        switch self {
        case .declarer: "declares: apply, delete, cordon and the like, token; and looks"
        case .syncer: "what reeveDeclarer does, and sync, sync approve, undo and taking of what a set owns"
        case .daemon: "reconciles, takes in reports, and syncs directories (--watch)"
        case .leads: "beside reeveDaemon: ends the open transactions of a daemon that died"
        case .proofSubmitter: "inserts proofs"
        case .auditor: "looks at everything: get, describe, events, top"
        case .migrator: "reeve init"
        }
    }

    /// Where the role stands.
    package func database(of fleet: String) -> String { self == .leads ? "admin" : fleet }

    /// The `createRole` command that makes the role, to be run on its database.
    package func command(forFleet database: String) -> Document {
        Document { command in
            command.append("createRole", rawValue)
            command.append("privileges", privileges.map { $0.document(database) })
            command.append("roles", [] as [String])
        }
    }

    private var privileges: [Privilege] {
        switch self {
        case .declarer: Privilege.reading(Privilege.all) + Privilege.declaring
        case .syncer: Privilege.reading(Privilege.all) + Privilege.declaring + Privilege.syncing
        case .daemon:
            // A change stream is of the whole database.
            [Privilege(.database, ["find", "changeStream"])] + Privilege.leading + Privilege.ingesting
        case .leads: [Privilege(.cluster, ["inprog", "killAnySession"])]
        case .proofSubmitter: [Privilege(.collection("poot_validations"), ["insert"])]
        case .auditor: Privilege.reading(Privilege.all)
        case .migrator: Privilege.migrating
        }
    }
}

/// What may be done, and where.
private struct Privilege {
    enum Place {
        case collection(String)
        /// Every collection of the fleet's database.
        case database
        case cluster
    }

    var place: Place
    var actions: [String]

    init(_ place: Place, _ actions: [String]) {
        self.place = place
        self.actions = actions
    }

    func document(_ database: String) -> Document {
        Document { privilege in
            privilege.document("resource") { resource in
                switch place {
                case .collection(let name):
                    resource.append("db", database)
                    resource.append("collection", name)
                case .database:
                    resource.append("db", database)
                    resource.append("collection", "")
                case .cluster: resource.append("cluster", true)
                }
            }
            privilege.append("actions", actions)
        }
    }
}

// MARK: Who writes what.

extension Privilege {
    static let all = CollectionPlan.all.map(\.name)

    static func reading(_ collections: [String]) -> [Privilege] {
        collections.map { Privilege(.collection($0), ["find"]) }
    }

    /// An apply writes `desired` under its counter, keeps what it replaces and, of a saved plan, records that it was done.
    static let declaring = [
        Privilege(.collection("desired"), ["insert", "update"]),
        Privilege(.collection("desired_revisions"), ["insert", "remove"]),
        Privilege(.collection("revision"), ["update"]),
        Privilege(.collection("plans"), ["insert"]),
        Privilege(.collection("node_tokens"), ["insert", "update"]),
    ]

    /// How a set fares stands beside the statuses of resources, and what happened to it beside their events; nothing of
    /// either is removed.
    static let syncing = [
        Privilege(.collection("status"), ["insert", "update"]), Privilege(.collection("events"), ["insert"]),
    ]

    /// The leader writes documents and statuses, and records what it did: a record that stands is kept, which to the
    /// server is an update. It takes a deleted resource's declaration away, under the same counter, and with a node its
    /// right to report and what its agent told. Nodes that a provider makes it declares itself, with their tokens.
    static let leading = [
        Privilege(.collection("nodes"), ["insert", "update", "remove"]),
        Privilege(.collection("node_pools"), ["insert", "update", "remove"]),
        Privilege(.collection("status"), ["insert", "update", "remove"]),
        Privilege(.collection("node_history"), ["insert", "update"]),
        Privilege(.collection("events"), ["insert", "update"]),
        Privilege(.collection("decisions"), ["insert", "update", "remove"]),
        Privilege(.collection("tombstones"), ["insert", "update"]),
        Privilege(.collection("desired"), ["insert", "update", "remove"]),
        Privilege(.collection("desired_revisions"), ["insert", "update", "remove"]),
        Privilege(.collection("node_tokens"), ["insert", "update"]),
        Privilege(.collection("revision"), ["update"]),
        Privilege(.collection("fences"), ["update"]),
        Privilege(.collection("leases"), ["insert", "update", "remove"]),
    ]

    /// Heartbeats are updates of `nodes`, which the leader may do anyhow; it also removes what agents of removed nodes told.
    static let ingesting = [
        Privilege(.collection("resource_metrics"), ["insert"]),
        Privilege(.collection("agents"), ["insert", "update", "remove"]),
    ]

    /// Collections, indexes, validators and seeds. It reads what stands against a unique index.
    static let migrating =
        [Privilege(.database, ["listCollections"])]
        + all.map { name in
            Privilege(
                .collection(name),
                ["find", "createCollection", "collMod", "listIndexes", "createIndex", "dropIndex"])
        } + [
            Privilege(.collection("revision"), ["insert"]), Privilege(.collection("fences"), ["insert"]),
            Privilege(.collection("schema_version"), ["insert", "update"]),
        ]
}
