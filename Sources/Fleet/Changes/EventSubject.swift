/// What an event is about: a resource, or the daemon itself.
package enum EventSubject: Hashable, Sendable {
    case resource(ResourceKey)
    /// What a directory declares, by its name.
    case set(String)
    /// By its instance's name.
    case daemon(String)

    /// What stands for `Kind` where a daemon is named: `Daemon/rack-7`.
    package static let daemonKind = "Daemon"
    package static let setKind = "Set"

    /// As `description` writes it before the slash.
    package var kind: String {
        switch self {
        case .resource(let key): key.kind.rawValue
        case .set: Self.setKind
        case .daemon: Self.daemonKind
        }
    }

    package var id: String {
        switch self {
        case .resource(let key): key.id
        case .set(let name): name
        case .daemon(let instance): instance
        }
    }

    /// Nil for a kind that this version does not know.
    package init?(kind: String, id: String) {
        if kind == Self.daemonKind {
            self = .daemon(id)
        } else if kind == Self.setKind {
            self = .set(id)
        } else if let kind = Kind(rawValue: kind) {
            self = .resource(ResourceKey(kind, id))
        } else {
            return nil
        }
    }
}

extension EventSubject: Comparable {
    /// Resources in their own order, then sets, then daemons.
    package static func < (left: EventSubject, right: EventSubject) -> Bool {
        switch (left, right) {
        case (.resource(let left), .resource(let right)): left < right
        case (.set(let left), .set(let right)), (.daemon(let left), .daemon(let right)): left < right
        default: left.rank < right.rank
        }
    }

    private var rank: Int {
        switch self {
        case .resource: 0
        case .set: 1
        case .daemon: 2
        }
    }
}

extension EventSubject: CustomStringConvertible {
    package var description: String { "\(kind)/\(id)" }
}
