import Metrics
import Synchronization

/// What the daemon counts, for `/metrics`.
package struct DaemonMetrics: Sendable {
    let registry = MetricRegistry()

    package init() {}

    /// Makes it what swift-metrics writes to: once in a process, before anything counts.
    package func install() { MetricsSystem.bootstrap(registry) }
}

/// Where swift-metrics leaves what the daemon counts, and where `/metrics` reads it.
///
/// Making an instrument takes the registry's lock; using one takes at most its own. A name that is one kind of metric
/// already gives an instrument that nobody sees, because a page that holds a name twice is refused whole.
final class MetricRegistry: MetricsFactory {
    private struct Family {
        let declaration: MetricDeclaration
        /// By the text of their labels.
        var series: [String: (name: SeriesName, instrument: any Instrument)] = [:]
    }

    private let families: Mutex<[String: Family]>
    /// Those of the table, which `destroy` leaves: alerts count on them.
    private let declared: Set<ObjectIdentifier>

    init(_ declarations: [MetricDeclaration] = MetricCatalogue.all) {
        var families: [String: Family] = [:]
        var declared: Set<ObjectIdentifier> = []
        for declaration in declarations {
            var family = Family(declaration: declaration)
            for labels in declaration.series {
                let instrument = Self.instrument(declaration.kind)
                declared.insert(ObjectIdentifier(instrument))
                let name = SeriesName(declaration.name, labels)
                family.series[name.labels] = (name, instrument)
            }
            families[declaration.name] = family
        }
        self.declared = declared
        self.families = Mutex(families)
    }

    /// Every family as it stands now.
    func exposition() -> [FamilyText] {
        families.withLock(\.self).values.map { family in
            var text = FamilyText(
                name: family.declaration.name, kind: family.declaration.kind, help: family.declaration.help)
            for (_, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.instrument.expose(series.name, into: &text.samples)
            }
            return text
        }
    }

    private static func instrument(_ kind: MetricDeclaration.Kind) -> any Instrument {
        switch kind {
        case .counter: CountingInstrument()
        case .gauge: GaugeInstrument()
        case .histogram(let bounds): HistogramInstrument(bounds: bounds)
        }
    }

    /// The instrument of a series, made if there is none; nil when the name is another kind's.
    private func find<Wanted: Instrument>(
        _ type: Wanted.Type, _ label: String, _ dimensions: [(String, String)], _ kind: MetricDeclaration.Kind
    ) -> Wanted? {
        let name = label.metricName
        let series = SeriesName(name, dimensions)
        return families.withLock { families in
            var family =
                families[name] ?? Family(declaration: MetricDeclaration(name, kind, "Not described.", series: []))
            if let found = family.series[series.labels] { return found.instrument as? Wanted }
            guard let made = Self.instrument(family.declaration.kind) as? Wanted else { return nil }
            family.series[series.labels] = (series, made)
            families[name] = family
            return made
        }
    }

    private func remove(_ instrument: AnyObject) {
        guard !declared.contains(ObjectIdentifier(instrument)) else { return }
        families.withLock { families in
            for name in families.keys {
                guard let key = families[name]?.series.first(where: { $0.value.instrument === instrument })?.key
                else { continue }
                families[name]?.series[key] = nil
            }
        }
    }

    // MARK: MetricsFactory

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(CountingInstrument.self, label, dimensions, .counter) ?? HiddenInstrument()
    }

    func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        find(CountingInstrument.self, label, dimensions, .counter) ?? HiddenInstrument()
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(GaugeInstrument.self, label, dimensions, .gauge) ?? HiddenInstrument()
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else {
            return find(GaugeInstrument.self, label, dimensions, .gauge) ?? HiddenInstrument()
        }
        let kind = MetricDeclaration.Kind.histogram(MetricCatalogue.undeclared)
        return find(HistogramInstrument.self, label, dimensions, kind) ?? HiddenInstrument()
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let kind = MetricDeclaration.Kind.histogram(MetricCatalogue.undeclared)
        return find(HistogramInstrument.self, label, dimensions, kind) ?? HiddenInstrument()
    }

    func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
