/// One write to `desired`.
package enum DesiredWrite: Hashable, Sendable {
    case insert(Desired)
    /// Replaces the document that stands at `previous.revision`, which goes into `desired_revisions` if the generation moved.
    case replace(Desired, previous: Desired)

    package var desired: Desired {
        switch self {
        case .insert(let desired), .replace(let desired, _): desired
        }
    }
}
