/// What an event is about: a resource, or the daemon itself.
package enum EventSubject: Hashable, Sendable {
    case resource(ResourceKey)
    /// By its instance's name.
    case daemon(String)

    /// What stands for `Kind` where a daemon is named: `Daemon/rack-7`.
    package static let daemonKind = "Daemon"

    /// As `description` writes it before the slash.
    package var kind: String {
        switch self {
        case .resource(let key): key.kind.rawValue
        case .daemon: Self.daemonKind
        }
    }

    package var id: String {
        switch self {
        case .resource(let key): key.id
        case .daemon(let instance): instance
        }
    }

    /// Nil for a kind that this version does not know.
    package init?(kind: String, id: String) {
        if kind == Self.daemonKind {
            self = .daemon(id)
        } else if let kind = Kind(rawValue: kind) {
            self = .resource(ResourceKey(kind, id))
        } else {
            return nil
        }
    }
}

extension EventSubject: Comparable {
    /// Resources in their own order, then daemons.
    package static func < (left: EventSubject, right: EventSubject) -> Bool {
        switch (left, right) {
        case (.resource(let left), .resource(let right)): left < right
        case (.daemon(let left), .daemon(let right)): left < right
        case (.resource, .daemon): true
        case (.daemon, .resource): false
        }
    }
}

extension EventSubject: CustomStringConvertible {
    package var description: String { "\(kind)/\(id)" }
}
