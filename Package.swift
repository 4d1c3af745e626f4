// swift-tools-version: 6.2
import PackageDescription

// Exclusive access is proven by the tests, which are built to check it at each access; the release does not check it again.
let quick: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

// Exact versions: no lock file is kept, so this file alone says what is built. Why each is here: docs/dependencies.md.
let package = Package(
    name: "hallkeeper",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "hallkeeper", targets: ["hallkeeper"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .target(name: "WorkCalendar", swiftSettings: quick),
        .target(name: "Regulation", dependencies: ["WorkCalendar", .product(name: "Yams", package: "Yams")], swiftSettings: quick),
        .target(name: "Store", dependencies: ["WorkCalendar", "CCrypto"], swiftSettings: quick),
        .target(
            name: "StoreSQLite",
            dependencies: ["Store", "CSQLite", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift")],
            swiftSettings: quick),
        .target(name: "StorePostgres", dependencies: ["Store", "CLibPQ"], swiftSettings: quick),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CGD", pkgConfig: "gdlib", providers: [.apt(["libgd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CXlsxWriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),
        .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .executableTarget(name: "embed"),
        .plugin(name: "EmbedAssets", capability: .buildTool(), dependencies: ["embed"]),
        .target(
            name: "Hallkeeper",
            dependencies: [
                "WorkCalendar", "Regulation", "Store", "StoreSQLite", "StorePostgres", "CArgon2", "CGD", "CZlib", "CQREncode", "CCairo", "CXlsxWriter", "CCurl", "CEpoll",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            exclude: ["Assets", "Words", "Migrations"],
            swiftSettings: quick,
            plugins: ["EmbedAssets"]),
        .executableTarget(
            name: "hallkeeper",
            dependencies: ["Hallkeeper", "WorkCalendar", "Regulation", "Store", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .executableTarget(
            name: "yardstick",
            dependencies: ["Store", "StoreSQLite", .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log")],
            path: "Benchmarks/yardstick"),
        .testTarget(name: "WorkCalendarTests", dependencies: ["WorkCalendar"], exclude: ["cases"]),
        .testTarget(name: "RegulationTests", dependencies: ["Regulation"]),
        .testTarget(name: "StoreTests", dependencies: ["Store", "StoreSQLite", "StorePostgres"]),
        .testTarget(name: "HallkeeperTests", dependencies: ["Hallkeeper"]),
    ],
    swiftLanguageModes: [.v6]
)
