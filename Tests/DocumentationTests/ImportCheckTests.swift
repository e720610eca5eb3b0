import Foundation
import TestSupport
import Testing

/// The script `.ci/imports`, which holds imports against Package.swift, on a package of two targets and their test.
@Suite struct ImportCheckTests {
    private static let manifest = """
        // swift-tools-version: 6.0
        import PackageDescription
        let package = Package(
            name: "house",
            targets: [
                .target(name: "Ground"),
                // .target(name: "Cellar"),
                .target(
                    name: "Floor",
                    dependencies: ["Ground", .product(name: "Yams", package: "yams")]),
                .executableTarget(name: "program", dependencies: ["Floor"], path: "Programs/program"),
                .testTarget(name: "FloorTests", dependencies: ["Floor", "program"]),
            ]
        )
        """
    private static let sources = [
        "Sources/Ground/Ground.swift": "import Foundation\n",
        "Sources/Floor/Floor.swift": "import Ground\nimport struct Yams.Node  // for lists\n",
        "Sources/Floor/Inner/Text.swift": "let text = \"\"\"\n    import photos\n    \"\"\"\nimport Floor\n",
        "Programs/program/main.swift": "#if os(Linux)\n    import Glibc\n#endif\ninternal import Floor\n",
        "Tests/FloorTests/FloorTests.swift": "import Testing\n\n@testable import Floor\n",
    ]

    /// What the script says of the package, with other texts in place of some.
    private func check(_ changes: [String: String]) throws -> ProcessResult {
        let folder = NSTemporaryDirectory() + "imports-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var files = Self.sources
        files["Package.swift"] = Self.manifest
        for (file, text) in files.merging(changes, uniquingKeysWith: { $1 }) {
            let path = folder + "/" + file
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        return try ChildProcess.run([Repository.path + "/.ci/imports", folder])
    }

    @Test func soundPackagesPass() throws {
        let result = try check([:])
        #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
    }

    @Test func anImportThatIsNotDeclaredFails() throws {
        let result = try check(["Tests/FloorTests/FloorTests.swift": "@testable import Floor\nimport Ground\n"])
        #expect(result.status == 65)
        #expect(
            result.stderr
                == ".ci/imports: Tests/FloorTests/FloorTests.swift imports Ground, which is no dependency of the target"
                + " FloorTests in Package.swift\n")
    }

    @Test func aDependencyThatNobodyImportsFails() throws {
        let result = try check(["Sources/Floor/Floor.swift": "// import Ground\nimport Yams\n"])
        #expect(result.status == 65)
        #expect(
            result.stderr
                == ".ci/imports: target Floor depends on Ground in Package.swift, but none of its files imports it\n")
    }

    @Test func exportingAnImportFails() throws {
        let result = try check(["Sources/Floor/Floor.swift": "@_exported import Ground\nimport Yams\n"])
        #expect(result.status == 65)
        #expect(result.stderr.contains("Sources/Floor/Floor.swift: @_exported import Ground"), "\(result.stderr)")
    }

    /// A manifest that is written in a way that the script does not read must not pass as one without faults.
    @Test func aManifestWithoutTargetsFails() throws {
        let result = try check(["Package.swift": "import PackageDescription\n"])
        #expect(result.status == 65 && result.stderr.contains("found no target"), "\(result.stderr)")
    }
}
