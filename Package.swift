// swift-tools-version: 6.2
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let lifecycleTestKit = Target.Dependency.product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "reeve",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    ],
    targets: [
        // The C boundary.
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CBSON", pkgConfig: "libbson-1.0", providers: [.apt(["libbson-dev"])]),
        .systemLibrary(name: "CMongoC", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"])]),

        .target(name: "CFileFacts"),

        // Foundations.
        .target(name: "YAML", dependencies: ["CYAML"]),
        .target(name: "BSON", dependencies: ["CBSON"]),
        .target(name: "MongoDB", dependencies: ["BSON", "CBSON", "CMongoC", logging]),

        // The domain, and every decision about it.
        .target(name: "Fleet"),
        .target(name: "Manifests", dependencies: ["YAML", "Fleet"]),
        .target(name: "Planning", dependencies: ["Fleet"]),

        // What touches MongoDB.
        .target(name: "FleetStore", dependencies: ["Fleet", "BSON", "MongoDB", logging]),
        .target(name: "Declaring", dependencies: ["Fleet", "Planning", "FleetStore"]),
        .target(
            name: "Syncing",
            dependencies: [
                "Fleet", "Manifests", "Planning", "Declaring", "FleetStore", "CFileFacts", crypto, logging, metrics,
                lifecycle,
            ]),
        .target(name: "Engine", dependencies: ["Fleet", "Planning", "FleetStore", logging, metrics, lifecycle]),

        // What stands at the network: the daemon's, and that of the machines which report.
        .target(
            name: "Web",
            dependencies: [
                "BSON", "Fleet", "Planning", "FleetStore", hummingbird, hummingbirdTLS, mustache, nioCore, nioHTTP1,
                nioSSL,
                httpCompression, httpTypes, crypto, logging, metrics, lifecycle,
            ]),
        .target(name: "Agent", dependencies: ["Fleet", httpClient, nioCore, nioHTTP1, nioSSL, logging, lifecycle]),
        .target(name: "LocalMongo", dependencies: ["BSON", "MongoDB"]),

        .executableTarget(
            name: "reeve",
            dependencies: [
                "YAML", "BSON", "MongoDB", "Fleet", "Manifests", "Planning", "FleetStore", "Declaring", "Engine",
                "Web", "Agent", "Syncing", "LocalMongo", "CFileFacts", argumentParser, crypto, logging, metrics,
                lifecycle, signals,
            ]
        ),

        .testTarget(name: "YAMLTests", dependencies: ["YAML"]),
        .testTarget(name: "BSONTests", dependencies: ["BSON", "CBSON"]),
        .testTarget(name: "MongoDBTests", dependencies: ["MongoDB", "BSON", "LocalMongo", logging]),
        .testTarget(name: "FleetTests", dependencies: ["Fleet"]),
        .testTarget(name: "ManifestsTests", dependencies: ["Manifests", "Fleet", "YAML"]),
        .testTarget(name: "PlanningTests", dependencies: ["Planning", "Fleet"]),
        .target(name: "MemoryStore", dependencies: ["Fleet", "FleetStore"], path: "Tests/MemoryStore"),
        .target(
            name: "TestServer", dependencies: ["FleetStore", "LocalMongo", "MongoDB", "BSON", logging],
            path: "Tests/TestServer"),
        .testTarget(
            name: "DeclaringTests", dependencies: ["Declaring", "MemoryStore", "Planning", "FleetStore", "Fleet"]),
        .testTarget(
            name: "SyncingTests",
            dependencies: [
                "Syncing", "MemoryStore", "Declaring", "Manifests", "Planning", "FleetStore", "Fleet", logging,
            ]),
        .testTarget(
            name: "FleetStoreTests",
            dependencies: ["FleetStore", "MemoryStore", "Fleet", "BSON", "MongoDB", "LocalMongo", logging]
        ),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine", "MemoryStore", "TestServer", "Declaring", "Planning", "FleetStore", "Fleet", "MongoDB",
                "BSON",
                logging,
            ]
        ),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Web", "MemoryStore", "TestServer", "FleetStore", "Fleet", "Planning", "MongoDB", "BSON", "LocalMongo",
                metrics,
                hummingbird, httpTypes, httpClient, nioCore, nioHTTP1, nioSSL, crypto, logging, lifecycleTestKit,
            ]),
        .testTarget(name: "AgentTests", dependencies: ["Agent", "Fleet", nioCore, logging]),
        .testTarget(
            name: "ReeveTests",
            dependencies: ["reeve", "Engine", "Fleet", "FleetStore", "Manifests", "Planning", argumentParser]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["reeve", "TestServer", "FleetStore", "LocalMongo", "MongoDB", "BSON"]
        ),
        .testTarget(name: "ArchitectureTests"),
    ]
)

// What stands on the network's packages, and the command line over it, are left out of the thread sanitizer's build:
// those packages would double the time that `Tests/run` takes, and what is judged there does not use them.
if Context.environment["REEVE_CORE_ONLY"] != nil {
    let outer: Set = [
        "Web", "Agent", "Syncing", "reeve", "SyncingTests", "WebTests", "AgentTests", "ReeveTests", "EndToEndTests",
    ]
    package.targets.removeAll { outer.contains($0.name) }
}

// One set of rules for every Swift target: warnings are errors, imports say who sees them.
for target in package.targets where target.type != .system {
    target.swiftSettings = [.treatAllWarnings(as: .error), .enableUpcomingFeature("MemberImportVisibility")]
}
