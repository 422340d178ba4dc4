// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target of the package is built with the same rules; a warning is an error.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library room of the package and the rooms that it may know: the direction of the data, enforced by the compiler.
func room(_ name: String, knows dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// - Parameter data: folders of files that the tests read where they lie.
func tests(of name: String, _ more: [Target.Dependency] = [], data: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + more, exclude: data,
        swiftSettings: strict)
}

let log = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "clusterdns",
    products: [.executable(name: "clusterdns", targets: ["clusterdns"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // System libraries of Debian, and the one C shim.
        .systemLibrary(name: "CLDNS", pkgConfig: "ldns", providers: [.apt(["libldns-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
        // libre2-dev has no C interface.
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

        // The vocabulary.
        room("NetworkAddress", knows: []),
        room("Findings", knows: []),
        room("DNSWire", knows: ["NetworkAddress"]),
        room("FileWatch", knows: []),
        room("Protobuf", knows: []),
        room("Metrics", knows: []),
        room("Threads", knows: ["CLinux"]),
        room("TLS", knows: ["NetworkAddress", "COpenSSL"]),
        room("YAML", knows: ["Threads", "CYAML"]),
        room("HTTP", knows: ["NetworkAddress", "Threads", "CCurl", "CMicroHTTPD"]),
        room("StateFile", knows: [log, .product(name: "GRDB", package: "GRDB.swift")]),

        // The way of the data: source -> registry -> cluster zone -> answer table <- server.
        room("ServiceRegistry", knows: ["NetworkAddress", "Findings"]),
        room(
            "Manifests",
            knows: [
                "ServiceRegistry", "NetworkAddress", "Findings", "FileWatch", "StateFile", "Threads", "YAML", log,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        room(
            "Kubernetes",
            knows: [
                "ServiceRegistry", "NetworkAddress", "Findings", "HTTP", "Protobuf", "YAML", "StateFile", "Threads",
                "CLinux", log,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        room("ClusterZone", knows: ["ServiceRegistry", "NetworkAddress", "DNSWire"]),
        room("Corefile", knows: ["DNSWire", "NetworkAddress", "Findings"]),
        room("Patterns", knows: ["CRE2"]),
        room("Rewriting", knows: ["Corefile", "DNSWire", "NetworkAddress", "Patterns", "StaticZones"]),
        room(
            "Forwarding",
            knows: [
                "Corefile", "DNSWire", "NetworkAddress", "FileWatch", "Threads", "CLinux", "TLS", log,
                .product(name: "HeapModule", package: "swift-collections"),
            ]),
        room("StaticZones", knows: ["DNSWire", "NetworkAddress", "Findings", "CLDNS"]),
        room(
            "QueryLog",
            knows: [
                "DNSWire", "NetworkAddress", "ServiceRegistry", "Protobuf",
                .product(name: "HeapModule", package: "swift-collections"),
            ]),
        room("AnswerTable", knows: ["DNSWire", "NetworkAddress"]),
        room(
            "Plugins",
            knows: [
                "Corefile", "Forwarding", "ResponseCache", "Rewriting", "Patterns", "AnswerTable", "QueryLog",
                "DNSWire",
                "NetworkAddress",
                "Findings", "CLinux", "Threads", log,
            ]),
        room("Server", knows: ["Plugins", "QueryLog", "AnswerTable", "CLinux", "NetworkAddress", "Threads", log]),
        room("ResponseCache", knows: ["Corefile", "DNSWire", "AnswerTable"]),
        room("ProxyRules", knows: ["NetworkAddress", "Findings", "COpenSSL"]),
        room(
            "Diagnosis",
            knows: [
                "DNSWire", "NetworkAddress", "Findings", "ServiceRegistry", "Manifests", "ClusterZone", "AnswerTable",
                "CLDNS", "TLS", "ProxyRules", "QueryLog",
            ]),

        .executableTarget(
            name: "clusterdns",
            dependencies: [
                "Server", "Plugins", "Corefile", "Forwarding", "ResponseCache", "Rewriting", "Manifests", "Kubernetes",
                "StateFile", "StaticZones", "ClusterZone", "Diagnosis", "QueryLog", "Threads", "Patterns",
                "AnswerTable", "DNSWire", "Findings",
                "ServiceRegistry", "NetworkAddress", "FileWatch", "Metrics", "HTTP", "CLinux", log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        tests(of: "NetworkAddress"),
        tests(of: "FileWatch"),
        tests(of: "Metrics"),
        tests(of: "HTTP", ["NetworkAddress"]),
        tests(of: "ServiceRegistry", ["NetworkAddress"]),
        tests(of: "DNSWire", ["CLDNS", "NetworkAddress"]),
        tests(of: "Manifests", ["ServiceRegistry", "NetworkAddress", "Findings"], data: ["Documents"]),
        tests(
            of: "Kubernetes",
            [
                "HTTP", "Protobuf", "Manifests", "ServiceRegistry", "NetworkAddress", "Findings", "StateFile",
                "Threads",
                log,
                .product(name: "GRDB", package: "GRDB.swift"),
            ], data: ["Objects/Fixtures"]),
        tests(of: "ClusterZone", ["ServiceRegistry", "NetworkAddress", "DNSWire", "AnswerTable", "CLDNS"]),
        tests(of: "Patterns"),
        tests(of: "Rewriting", ["Corefile", "DNSWire", "NetworkAddress", "StaticZones"]),
        tests(of: "Forwarding", ["Corefile", "DNSWire", "NetworkAddress", "COpenSSL", "Threads", log]),
        tests(of: "Corefile", ["DNSWire", "NetworkAddress", "Findings"], data: ["Fixtures"]),
        tests(of: "StaticZones", ["DNSWire", "Findings", "NetworkAddress"], data: ["Zones"]),
        tests(of: "AnswerTable", ["DNSWire", "NetworkAddress", "CLDNS"]),
        tests(of: "ProxyRules", ["NetworkAddress"]),
        tests(of: "QueryLog", ["DNSWire", "NetworkAddress"]),
        tests(of: "Plugins", ["Corefile", "AnswerTable", "QueryLog", "DNSWire", "NetworkAddress", "Findings", log]),
        tests(of: "ResponseCache", ["AnswerTable", "Corefile", "DNSWire", "NetworkAddress"]),
        tests(of: "Server", ["Plugins", "AnswerTable", "DNSWire", "NetworkAddress", log]),
        tests(
            of: "Diagnosis",
            [
                "ClusterZone", "DNSWire", "NetworkAddress", "Findings", "ServiceRegistry", "Manifests", "CLDNS",
                "ProxyRules",
            ]
        ),
    ]
)
