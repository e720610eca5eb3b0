// swift-tools-version: 6.0
import PackageDescription

// For `cluster/test --sanitize`.
let isSanitized = Context.environment["GANGLION_SANITIZED"] != nil

// The house, floor by floor: a target may use the floors below it, never one above.
let package = Package(
    name: "ganglion",
    products: [
        .executable(name: "ganglion", targets: ["ganglion"]),
        .library(name: "GanglionListen", type: .dynamic, targets: ["CListen"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
        .package(url: "https://github.com/jpsim/Yams", "5.0.0"..<"7.0.0"),
    ],
    targets: [
        // System libraries: a module map and the smallest shim that Swift needs.
        .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Innermost loops: Swift has no run-time dispatch by processor, and its debug loops are a hundred times slower.
        // What the sanitizers add, -O3 would turn over for minutes. Products are fused with sums where the source says so,
        // and nowhere else: compilers' versions differ in what they would fuse.
        .target(
            name: "CKernels",
            cSettings: [.unsafeFlags([isSanitized ? "-O1" : "-O3", "-fno-math-errno", "-ffp-contract=off"])]),
        // Signals, stream buffering and limits of a process.
        .target(name: "CSystem"),
        // Keeps mpirun and the ranks from listening on all interfaces: `cluster/launch` preloads it.
        // Nothing of Swift's in it: mpirun would load that, too.
        .target(
            name: "CListen", linkerSettings: [.unsafeFlags(["-nostartfiles", "-static-stdlib"])]),

        .target(name: "Randomness"),
        // The one kind of error that knows its exit code; arithmetic and text that come from outside.
        .target(name: "Failure"),
        .target(
            name: "Kernels", dependencies: ["CKernels", "COpenBLAS", "Failure"],
            swiftSettings: isSanitized ? [.define("SANITIZED")] : []),
        .target(
            name: "Storage",
            dependencies: [
                "CHDF5", "CPNG", "CSystem", "CTurboJPEG", "CXXHash", "CZlib", "Failure", "Randomness",
            ]),
        .target(name: "Cluster", dependencies: ["CMPI", "CKernels", "CSystem", "Failure"]),
        .target(name: "Autodiff", dependencies: ["CKernels", "Kernels"]),
        .target(name: "Layers", dependencies: ["Autodiff", "Kernels"]),
        .target(name: "Models", dependencies: ["Autodiff", "Kernels", "Layers"]),
        .target(name: "Configuration", dependencies: ["Failure", "Yams"]),
        .target(name: "Reporting", dependencies: ["Failure", "Storage"]),
        // Losses, regularisers, optimiser, averages: a file each, named as in its paper.
        .target(name: "Learning", dependencies: ["Autodiff", "Kernels", "Layers"]),
        // Metrics of sets of images, on all ranks.
        .target(
            name: "Evaluation",
            dependencies: [
                "Autodiff", "Cluster", "Failure", "Kernels", "Layers", "Models", "Randomness", "Storage",
            ]),
        // All that a run is between two steps.
        .target(name: "State", dependencies: ["Cluster", "Failure", "Kernels", "Layers", "Storage"]),
        // A file a method: its networks, phases and averages as data.
        .target(
            name: "Recipes",
            dependencies: [
                "Autodiff", "Configuration", "Evaluation", "Failure", "Kernels", "Layers", "Learning", "Models",
                "State",
                "Storage",
            ]),
        // The loop, and the engine that interprets a recipe's phases.
        .target(
            name: "Training",
            dependencies: [
                "Autodiff", "Cluster", "Configuration", "Evaluation", "Failure", "Kernels", "Layers", "Learning",
                "Models", "Randomness", "Recipes", "Reporting", "State", "Storage",
            ]),
        // A job from its first message to its exit code.
        .target(
            name: "Session",
            dependencies: [
                "Autodiff", "CSystem", "Cluster", "Configuration", "Evaluation", "Failure", "Kernels", "Layers",
                "Models",
                "Recipes", "Reporting", "State", "Storage", "Training",
            ]),
        // Measures; nothing but the program knows of it.
        .target(
            name: "Benchmarks",
            dependencies: [
                "Autodiff", "Cluster", "Configuration", "Failure", "Kernels", "Layers", "Reporting",
                "Session", "Storage", "Training", "Recipes",
            ]),
        .executableTarget(
            name: "ganglion",
            dependencies: [
                "Benchmarks", "CSystem", "Cluster", "Configuration", "Failure", "Reporting", "Session", "Storage",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // A rank for the multi-rank tests of Cluster: MPI must never be initialised inside `swift test`.
        .executableTarget(name: "RankProbe", dependencies: ["Cluster", "Failure", "Kernels"], path: "Tests/RankProbe"),

        // A process that ends before its time, for tests of what it leaves behind.
        .executableTarget(
            name: "ExitProbe", dependencies: ["Autodiff", "Kernels", "Storage"], path: "Tests/ExitProbe"),

        // What each kernel makes of fixed numbers, at the level that its environment names.
        .executableTarget(name: "KernelProbe", dependencies: ["Kernels"], path: "Tests/KernelProbe"),

        // How many images a second Inception-v3 takes, beside Tests/Reference/inception_speed.py.
        .executableTarget(
            name: "InceptionSpeed", dependencies: ["Evaluation", "Kernels"], path: "Tests/InceptionSpeed"),

        // Starts ranks and other processes, for the tests of whatever runs in a process of its own.
        .target(name: "TestSupport", path: "Tests/TestSupport"),

        // Arrays of random numbers, errors and gradient checks, for the tests of whatever computes.
        .target(name: "NumericalTesting", dependencies: ["Autodiff"], path: "Tests/NumericalTesting"),

        // Arrays that reference implementations computed, for the tests of networks and of training.
        .target(
            name: "GoldenTesting",
            dependencies: ["Autodiff", "Kernels", "Layers", "Models", "NumericalTesting", "Storage", "TestSupport"],
            path: "Tests/GoldenTesting"),

        // Networks that train in milliseconds, for the tests of whatever trains.
        .target(
            name: "SmallRuns",
            dependencies: [
                "Autodiff", "Cluster", "Configuration", "Kernels", "Recipes", "Session", "State", "Storage", "Training",
            ], path: "Tests/SmallRuns"),

        // Inputs with changes by seed, and what the program makes of them: some hundred of each kind in CI, any number by
        // hand with cluster/fuzz.
        .executableTarget(name: "FuzzGuard", path: "Tests/FuzzGuard"),
        .target(
            name: "Fuzzing",
            dependencies: ["CHDF5", "CTurboJPEG", "CXXHash", "CZlib", "Configuration", "Storage", "TestSupport"],
            path: "Tests/Fuzzing"),
        .executableTarget(
            name: "FuzzDriver", dependencies: ["FuzzGuard", "Fuzzing", "ganglion"], path: "Tests/FuzzDriver"),

        .testTarget(name: "FuzzTests", dependencies: ["FuzzGuard", "Fuzzing", "TestSupport", "ganglion"]),
        .testTarget(name: "FailureTests", dependencies: ["Failure"]),
        .testTarget(name: "RandomnessTests", dependencies: ["Randomness"]),
        .testTarget(
            name: "KernelsTests",
            dependencies: ["KernelProbe", "Kernels", "Randomness", "NumericalTesting", "TestSupport"]),
        .testTarget(
            name: "StorageTests",
            dependencies: ["CTurboJPEG", "CXXHash", "CZlib", "ExitProbe", "Failure", "Storage", "TestSupport"]),
        .testTarget(name: "ClusterTests", dependencies: ["Cluster", "RankProbe", "TestSupport"]),
        .testTarget(
            name: "AutodiffTests",
            dependencies: ["Autodiff", "ExitProbe", "Kernels", "NumericalTesting", "Storage", "TestSupport"]),
        .testTarget(name: "LayersTests", dependencies: ["Autodiff", "Kernels", "Layers", "NumericalTesting"]),
        .testTarget(
            name: "ModelsTests",
            dependencies: [
                "Autodiff", "GoldenTesting", "Kernels", "Layers", "Learning", "Models", "NumericalTesting", "Storage",
            ]),
        .testTarget(
            name: "LearningTests",
            dependencies: ["Autodiff", "GoldenTesting", "Kernels", "Layers", "Learning", "NumericalTesting"]),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "Failure", "TestSupport"]),
        .testTarget(name: "ReportingTests", dependencies: ["Failure", "Reporting", "Storage", "TestSupport"]),
        .testTarget(
            name: "EvaluationTests",
            dependencies: [
                "Cluster", "Evaluation", "Failure", "Kernels", "Layers", "Models", "NumericalTesting", "Storage",
                "TestSupport",
            ]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Autodiff", "Benchmarks", "Cluster", "Configuration", "Evaluation", "Failure", "GoldenTesting",
                "Kernels", "Layers",
                "Learning", "Models", "NumericalTesting", "Recipes", "Reporting", "Session", "SmallRuns", "State",
                "Storage", "TestSupport", "Training",
            ]),
        .testTarget(
            name: "RecipesTests",
            dependencies: [
                "Autodiff", "Cluster", "Configuration", "Evaluation", "Failure", "Kernels", "Layers", "Learning",
                "Models", "NumericalTesting", "Recipes", "SmallRuns", "State", "Storage", "TestSupport", "Training",
            ]),
        .testTarget(
            name: "StateTests",
            dependencies: [
                "Cluster", "Failure", "Kernels", "Layers", "Recipes", "SmallRuns", "State", "Storage", "TestSupport",
                "Training",
            ]),
        .testTarget(
            name: "SessionTests",
            dependencies: [
                "Autodiff", "Cluster", "Configuration", "Evaluation", "Failure", "Kernels", "Layers", "Models",
                "Recipes",
                "Reporting",
                "Session",
                "SmallRuns", "State", "Storage", "TestSupport", "Training",
            ]),
        .testTarget(
            name: "BenchmarksTests",
            dependencies: ["Benchmarks", "Configuration", "Kernels", "TestSupport", "Training"]),
        .testTarget(name: "DocumentationTests", dependencies: ["Configuration", "TestSupport", "ganglion"]),
        .testTarget(
            name: "GanglionTests",
            dependencies: [
                "Autodiff", "Benchmarks", "Cluster", "Evaluation", "Failure", "Kernels", "Layers", "Models", "Recipes",
                "SmallRuns", "Storage",
                "TestSupport",
                "Training",
                "ganglion",
            ]),
    ]
)

// Tests that compute little themselves: to optimise them takes the compiler longer than it saves them.
let calling = [
    "BenchmarksTests", "ClusterTests", "ConfigurationTests", "DocumentationTests", "GanglionTests", "RecipesTests",
    "ReportingTests", "SessionTests", "StateTests", "StorageTests", "TrainingTests",
]
for target in package.targets where calling.contains(target.name) {
    target.swiftSettings = [.unsafeFlags(["-Onone"], .when(configuration: .release))]
}

// The C code, what stands between it and Swift, and their tests. What nothing here could build is left out.
if isSanitized {
    let floors = [
        "CMPI", "CHDF5", "COpenBLAS", "CPNG", "CTurboJPEG", "CXXHash", "CZlib", "CKernels", "CSystem", "Randomness",
        "Failure",
        "Kernels", "Storage", "Cluster", "Autodiff", "ExitProbe", "KernelProbe", "RankProbe", "TestSupport",
        "NumericalTesting",
        "KernelsTests",
        "StorageTests", "ClusterTests",
    ]
    package.products = []
    package.targets = package.targets.filter { floors.contains($0.name) }
}
