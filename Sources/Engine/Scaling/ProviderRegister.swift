import Fleet
import FleetStore
import Planning
import Synchronization

/// What was found out about provided nodes and waits for the pools' statuses to say it. Pools' plans read it, and settle
/// it when they are written.
final class ProviderRegister: Sendable {
    private struct State {
        var news: [String: ProviderNews] = [:]
        var tellings = 0
    }

    private let state = Mutex(State())
    /// Of a pool; about a program that keeps failing not everything is told.
    private static let mostTellings = 50

    /// Gives the pools in the view their news.
    func fill(_ view: inout FleetView) {
        state.withLock { state in
            guard !state.news.isEmpty else { return }
            for key in view.desired.keys where key.kind == .nodePool { view.provided[key.id] = state.news[key.id] }
        }
    }

    /// Adds facts; false when all of them are known.
    func note(_ facts: ProviderNews, of poolID: String) -> Bool {
        state.withLock { state in
            let before = state.news[poolID] ?? ProviderNews()
            var news = before
            news.declared.formUnion(facts.declared)
            news.forsaken.formUnion(facts.forsaken)
            news.gone.formUnion(facts.gone)
            guard news != before else { return false }
            state.news[poolID] = news
            return true
        }
    }

    /// Whether nothing of that node is left to do, though the pool's status may not say so yet.
    func isGone(_ nodeID: String, of poolID: String) -> Bool {
        state.withLock { $0.news[poolID]?.gone.contains(nodeID) ?? false }
    }

    func tell(_ severity: Event.Severity, _ reason: String, _ message: String, of poolID: String) {
        state.withLock { state in
            guard state.news[poolID]?.tellings.count ?? 0 < Self.mostTellings else { return }
            state.tellings += 1
            state.news[poolID, default: ProviderNews()].tellings.append(
                ProviderNews.Telling(
                    number: state.tellings, severity: severity, reason: reason, message: message))
        }
    }

    /// The pool's status says these.
    func settle(_ news: ProviderNews, of poolID: String) {
        state.withLock { state in
            guard var left = state.news[poolID] else { return }
            left.declared.subtract(news.declared)
            left.forsaken.subtract(news.forsaken)
            left.gone.subtract(news.gone)
            let last = news.tellings.last?.number ?? 0
            left.tellings.removeAll { $0.number <= last }
            state.news[poolID] = left.isEmpty ? nil : left
        }
    }
}
