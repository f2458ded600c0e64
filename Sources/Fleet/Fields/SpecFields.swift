// The fields of the three kinds. Ranges are the data model's; where it is silent, DESIGN's reading 11 gives them.

private let name = NamePattern()
private let gigabyte: Int64 = 1_000_000_000
// "1 GB is 10⁹ bytes in a minimum and 2³⁰ in a maximum, so both spellings of a limit are accepted" (reading 4).
private let memoryBytes = FieldType.bytes(gigabyte...(1 << 40))
private let storageBytes = FieldType.bytes((10 * gigabyte)...(100 << 40))
private let positiveBytes = FieldType.bytes(1...Int64.max)
private let percentage = FieldType.number(NumberRule(0...100))
private let positiveNumber = FieldType.number(NumberRule(positiveUpTo: 1e15))
private let text = FieldType.string(StringRule(length: 1...100))

/// Ids of the data model: pattern, 8 to 64 characters with the prefix, and the beginnings that are reserved for nodes
/// and pools (reading 3).
func idRule(_ kind: Kind) -> StringRule {
    let reserved =
        switch kind {
        case .node, .nodePool: ["system_", "admin_", "test_"].map { kind.idPrefix + $0 }
        case .scalingPolicy: [String]()
        }
    return StringRule(length: 8...64, pattern: NamePattern(prefix: kind.idPrefix), reserved: reserved)
}

/// A pool's limits are whole numbers ("must be positive integers"); a node's need only be positive.
private func resourceLimits(_ subject: String, whole: Bool) -> Field {
    Field(
        "resource_limits",
        .group([
            Field(
                "cpu_percent", whole ? .integer(1...100) : .number(NumberRule(positiveUpTo: 100)), unit: .percent,
                example: "80", "Most of the processors' time that work may use."),
            Field(
                "memory_bytes", positiveBytes, unit: .bytes, example: "48GiB",
                "Most memory that work may use; not above the hardware's."),
            Field(
                "disk_bytes", positiveBytes, unit: .bytes, example: "1TB",
                "Most disk space that work may use; not above the hardware's."),
            Field(
                "network_mbps", whole ? .integer(1...1_000_000_000_000_000) : positiveNumber,
                unit: .megabitsPerSecond, example: "1000",
                "Most network bandwidth that work may use; not above the fastest interface's speed."),
        ]), "What work on \(subject) may use.")
}

private let policyFields: [Field] = [
    Field(
        "scale_up_threshold", percentage, default: .int(85), unit: .percent, example: "80",
        "At or above this mean usage of its nodes the pool grows, at once."),
    Field(
        "scale_down_threshold", percentage, default: .int(65), unit: .percent, example: "55",
        "At or below this usage, for all of `window_minutes`, the pool may shrink; below `scale_up_threshold`."),
    Field(
        "min_nodes", .integer(1...1000), default: .int(1), example: "2", "Fewest nodes in use, whatever is measured."),
    Field(
        "max_nodes", .integer(1...1000), example: "30",
        "Most nodes in use; by default, and at most, the pool's `max_nodes`."),
    Field(
        "cooldown_minutes", .integer(0...10_080), default: .int(5), unit: .minutes, example: "5",
        "No scale-in until this long after any change of size; never delays growth."),
    Field(
        "metric", .oneOrMore(.choice(["cpu", "memory", "gpu"])), default: .string("cpu"), storage: .declaration,
        example: "[cpu, memory]", "What is compared with the thresholds; of several, the highest want wins."),
    Field(
        "window_minutes", .integer(1...1440), default: .int(60), unit: .minutes, storage: .declaration, example: "60",
        "A scale-in looks at the peak of this window, all of which must be known."),
    Field(
        "max_step_down_percent", .integer(1...100), default: .int(25), unit: .percent, storage: .declaration,
        example: "25", "Most of the nodes in use that leave at once; at least one may."),
    Field(
        "drain_seconds", .integer(0...86_400), default: .int(60), unit: .seconds, storage: .declaration,
        example: "60", "From the start of draining until a node is deactivated or deleted."),
    Field(
        "mode", .choice(["auto", "recommend", "off"]), default: .string("auto"), storage: .declaration,
        example: "recommend",
        "Whether decisions are carried out, only reported, or not made; `reeve scale` works in any mode."),
    Field(
        "standby_nodes", .integer(0...1000), default: .int(0), storage: .declaration, example: "1",
        "With a provider: nodes made ahead and kept inactive."),
    Field(
        "forecast", .boolean, default: .bool(false), storage: .declaration, example: "true",
        "Whether a forecast may raise what is wanted; it never lowers it."),
]

extension FieldTable {
    package static let scalingPolicy = FieldTable(
        .scalingPolicy,
        policyFields.map { field in
            // A policy of its own stands in `desired` alone; pools that name it hold its figures.
            var field = field
            field.storage = .declaration
            return field
        })

    package static let nodePool = FieldTable(
        .nodePool,
        [
            Field(
                "description", .string(StringRule(length: 0...500, multiline: true)), example: "Render nodes in Europe",
                "What the pool is for."),
            Field(
                "max_nodes", .integer(1...1000), default: .int(100), example: "40",
                "Most nodes that the pool may hold, whatever their status."),
            resourceLimits("each of the pool's nodes", whole: true),
            Field(
                "auto_scaling", .boolean, default: .bool(false), example: "true",
                "Whether Reeve sets how many nodes are in use; true needs `scaling_policy` or `scaling_policy_ref`."),
            Field(
                "scaling_policy", .group(policyFields.map(withoutDefault)),
                "The policy, written inline; an error beside `scaling_policy_ref`."),
            Field(
                "scaling_policy_ref", .string(idRule(.scalingPolicy)), storage: .declaration, example: "policy_steady",
                "The id of a ScalingPolicy."),
            Field(
                "pricing",
                .group([
                    Field(
                        "cost_per_hour",
                        .decimal(DecimalRule(maximum: DecimalNumber(1_000_000), fractionDigits: 8)),
                        example: "\"0.12\"", "What an hour of a node costs, as an exact decimal in quotes."),
                    Field(
                        "currency", .string(StringRule(length: 3...8, pattern: NamePattern(.capitals))),
                        example: "USDT", "The price's currency; required beside `cost_per_hour`."),
                ]), "What the pool's nodes cost."),
            providerField,
        ])

    package static let node = FieldTable(
        .node,
        [
            Field(
                "node_type", .choice(["worker", "validator", "storage", "compute"]), required: true,
                example: "worker", "What the node does."),
            Field(
                "status", .choice(["active", "inactive", "maintenance", "error"]), storage: .declaration,
                example: "maintenance",
                "The status that the node is held in; `error` quarantines it. Unstated: Reeve finds it."),
            Field(
                "pool_id", .string(idRule(.nodePool)), aliases: ["initial_pool_id"], example: "pool_render-eu",
                "The pool that the node belongs to; a change drains the node first."),
            Field("hardware_info", .group(hardwareFields), required: true, "The machine, as its owner states it."),
            Field("location", .group(locationFields), "Where the machine stands."),
            Field(
                "configuration",
                .group([
                    Field("max_sessions", .integer(0...1_000_000), example: "16", "Most sessions at a time."),
                    resourceLimits("the node", whole: false),
                    Field(
                        "auto_scaling", .boolean, example: "false",
                        "False keeps the scaler from activating or draining it; it counts anyway. Unstated is true."),
                    Field(
                        "maintenance_window",
                        .group([
                            Field(
                                "start_hour", .integer(0...23), required: true, unit: .hours, example: "2",
                                "The hour at which the daily window opens, in the node's own time zone."),
                            Field(
                                "duration_hours", .integer(1...24), required: true, unit: .hours, example: "4",
                                "How long the window stays open; it may pass midnight."),
                        ]), "A daily window in which the node is in maintenance."),
                ]), "How the node is to be used."),
        ])
}

private let providerField: Field = {
    var field = Field(
        "provider",
        .group([Field("exec", .group(programFields), required: true, "A program that runs beside the daemon.")]),
        "What makes nodes when the pool needs more of them, and takes them away.")
    field.details = [
        """
        The program reads one JSON request on standard input, writes one JSON answer on standard output, at most 1 MiB, \
        and exits with 0. Whatever else it does is a failure: the last line on standard error says why, and it is tried \
        again with a backoff.
        """,
        """
        Create: {"version": 1, "action": "create", "request_id": "...", "pool_id": "...", "node": {"id": "...", \
        "name": "..."}, "token": "...", "labels": {...}} is answered by {"node": {"spec": {...}}}, with the spec that a \
        manifest of the node would have.
        """,
        """
        Delete: {"version": 1, "action": "delete", "request_id": "...", "pool_id": "...", "node": {"id": "..."}} is \
        answered by {}. A node that is not there is deleted.
        """,
        """
        List: {"version": 1, "action": "list", "pool_id": "..."} is answered by {"nodes": [{"id": "...", "request_id": \
        "..."}]}, with all nodes of the pool that it has made and not deleted. Those that Reeve asked for \
        and doesn't know are deleted.
        """,
        """
        The program runs as the daemon, without its REEVE_MONGODB_URI: who may apply pools decides what the daemon runs.
        """,
        """
        A request comes again until it succeeds: the same request id answers the same node. The token is for the \
        node's agent; a repeated request brings a new one, and the one before is worth nothing from then on.
        """,
    ]
    return field
}()

private let programFields: [Field] = [
    Field(
        "command", .list(of: .string(StringRule(length: 1...4096, repeats: true)), count: 1...64), required: true,
        storage: .declaration, example: "[/usr/local/bin/make-node, --region, eu]",
        "The program, looked for on `PATH`, and its arguments; no secrets. No shell reads them."),
    withoutDefault(
        Field(
            "timeout_seconds", .integer(1...3600), default: .int(60), unit: .seconds, storage: .declaration,
            example: "60", "How long it may take; then it is ended, which is a failure.")),
]

/// A pool states only what it states: the defaults of its policy are filled in where the policy is resolved.
private func withoutDefault(_ field: Field) -> Field {
    var field = field
    field.resolvedDefault = field.defaultValue
    field.defaultValue = nil
    return field
}

private let hardwareFields: [Field] = [
    Field(
        "cpu",
        .group([
            Field("cores", .integer(1...128), required: true, example: "16", "Processor cores."),
            Field("frequency_mhz", positiveNumber, unit: .megahertz, example: "3200", "Processor frequency."),
            Field("architecture", text, example: "x86_64", "Instruction set."),
        ]), required: true, "The processor."),
    Field(
        "memory",
        .group([
            Field("total_bytes", memoryBytes, required: true, unit: .bytes, example: "64GiB", "Memory, 1 GB to 1 TB."),
            Field("type", text, example: "DDR5", "Kind of memory."),
        ]), required: true, "The memory."),
    Field(
        "storage",
        .group([
            Field(
                "total_bytes", storageBytes, required: true, unit: .bytes, example: "2TB", "Storage, 10 GB to 100 TB."),
            Field("type", text, example: "SSD", "Kind of storage."),
            Field("interface", text, example: "NVMe", "How the storage is attached."),
        ]), required: true, "The storage."),
    Field(
        "gpu",
        .group([
            Field("model", text, example: "RTX 4090", "Model of the graphics processor."),
            Field("memory_bytes", positiveBytes, unit: .bytes, example: "24GiB", "Its memory."),
            Field("compute_capability", text, example: "\"8.9\"", "Its compute capability."),
        ]), "The graphics processor, if there is one."),
    Field(
        "network",
        .list(
            of: .record([
                Field("interface", text, required: true, example: "eth0", "The interface's name."),
                Field(
                    "speed_mbps", positiveNumber, unit: .megabitsPerSecond, example: "10000", "The interface's speed."),
                Field(
                    "mac_address", .string(StringRule(length: 17...17, format: .mac)), example: "02:00:5e:10:00:01",
                    "The interface's hardware address."),
            ]), count: 1...64),
        required: true, example: "[{interface: eth0, speed_mbps: 10000}]", "The network interfaces; at least one."),
]

private let locationFields: [Field] = [
    Field("country", text, example: "DE", "Country."),
    Field("region", text, example: "Hesse", "Region."),
    Field("city", text, example: "Frankfurt", "City."),
    Field(
        "timezone", .string(StringRule(length: 1...100, format: .timeZone)), example: "Europe/Berlin",
        "IANA time zone; the maintenance window is read in it (UTC if none)."),
    Field(
        "coordinates",
        .group([
            Field(
                "latitude", .number(NumberRule(-90...90)), required: true, unit: .degrees, example: "50.11", "North."),
            Field(
                "longitude", .number(NumberRule(-180...180)), required: true, unit: .degrees, example: "8.68", "East."),
        ]), "Geographical position."),
]
