/// One row of the design's table: what a target may import.
struct Floor {
    var target: String
    /// Targets of this package and modules of other packages.
    var modules: Set<String>
    /// Modules of the toolchain and the system.
    var system: Set<String>
    /// Modules that only the files named here may import.
    var only: [String: Set<String>] = [:]

    /// swift-collections, whole or in part.
    private static let collections: Set<String> = [
        "Collections", "DequeModule", "HeapModule", "OrderedCollections", "BasicContainers",
    ]
    private static let foundation: Set<String> = [
        "Foundation", "FoundationEssentials", "FoundationInternationalization", "Synchronization",
    ]
    private static let service: Set<String> = ["Logging", "Metrics", "ServiceLifecycle", "UnixSignals"]

    /// The table is law; a row is changed with a reason in the decision log, or not at all.
    static let all: [Floor] = [
        Floor(target: "YAML", modules: ["CYAML"], system: ["Synchronization"]),
        Floor(
            target: "BSON", modules: ["CBSON"], system: ["Glibc", "Synchronization"],
            // Reading and writing pass 300,000 documents a second; Codable's own types are Foundation's.
            only: ["FoundationEssentials": ["BSONEncoder.swift", "BSONDecoder.swift"]]),
        Floor(
            target: "MongoDB", modules: ["BSON", "CBSON", "CMongoC", "Logging", "NIOCore", "NIOPosix"],
            system: foundation.union(["Dispatch", "Glibc"])),
        Floor(target: "Fleet", modules: [], system: []),
        Floor(target: "Manifests", modules: ["YAML", "Fleet"], system: foundation),
        Floor(target: "Planning", modules: collections.union(["Fleet"]), system: foundation),
        Floor(
            target: "FleetStore", modules: ["Fleet", "BSON", "MongoDB", "Logging"],
            system: foundation.union(["Dispatch"])),
        Floor(target: "Declaring", modules: ["Fleet", "Planning", "FleetStore"], system: foundation),
        Floor(
            target: "Syncing",
            modules: service.union([
                "Fleet", "Manifests", "Planning", "Declaring", "FleetStore", "CFileFacts", "Crypto",
            ]),
            system: foundation.union(["Dispatch", "Glibc"])),
        Floor(target: "Engine", modules: service.union(["Fleet", "Planning", "FleetStore"]), system: foundation),
        Floor(
            target: "Agent",
            modules: service.union(["Fleet", "AsyncHTTPClient", "NIOCore", "NIOSSL", "NIOHTTP1", "NIOFoundationCompat"]
            ),
            system: foundation.union(["Dispatch", "Glibc"])),
        Floor(
            target: "Web",
            modules: service.union([
                "BSON", "Fleet", "Planning", "FleetStore", "Hummingbird", "HummingbirdCore", "HummingbirdTLS",
                "Mustache",
                "HTTPTypes", "NIOCore", "NIOHTTP1", "NIOSSL", "NIOHTTPCompression", "Crypto",
            ]),
            system: foundation.union(["Dispatch"])),
        Floor(
            target: "LocalMongo", modules: ["BSON", "MongoDB", "Logging"],
            system: foundation.union(["Dispatch", "Glibc"])),
        Floor(
            target: "reeve",
            modules: service.union([
                "YAML", "BSON", "MongoDB", "Fleet", "Manifests", "Planning", "FleetStore", "Declaring", "Engine",
                "Web", "Agent", "Syncing", "LocalMongo", "CFileFacts", "ArgumentParser", "Crypto",
            ]),
            system: foundation.union(["Dispatch", "Glibc"])),
    ]

    /// What a file imports against this row.
    func breaches(in source: SwiftSource) -> [String] {
        source.imports.filter { name in
            if let files = only[name] { return !files.contains { source.path.hasSuffix("/" + $0) } }
            return !modules.contains(name) && !system.contains(name)
        }.map { "\(source.path) imports \($0), which \(target) may not" }
    }
}
