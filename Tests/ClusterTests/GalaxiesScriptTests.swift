import Foundation
import TestSupport
import Testing

/// `cluster/examples/galaxies/run`, with stand-ins for Python and for the program.
@Suite struct GalaxiesScriptTests {
    /// What is under a name is whole: an import that fails leaves no shards, and what it has written is removed.
    @Test func leavesNoPartOfAnImport() throws {
        let folder = try Self.folder(importing: "mkdir \"$5\" && touch \"$5/shard-00000.h5\" && exit 65")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try Self.run(folder)
        #expect(result.status == 65, "\(result.stderr)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/data") == ["galaxies.h5"])
    }

    /// The images under both conditions go to the program, and what is there already is not made again.
    @Test func importsOnceAndTrains() throws {
        let folder = try Self.folder(importing: "echo \"$*\" >>\"$LOG\" && mkdir \"$5\"")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The stand-in trains nothing, so that cluster/launch does not take its 0 for done.
        #expect(try Self.run(folder).status == 70)
        #expect(try Self.run(folder).status == 70)
        let log = try String(contentsOfFile: folder + "/log", encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(log.filter { $0.contains("make.py") }.count == 1)
        let imports = log.filter { $0.hasPrefix("dataset import") }
        #expect(imports.count == 1)
        let choice = "--key images --condition half_light_radius,flux --transform images=asinh:"
        #expect(imports.first?.contains(choice) == true)
        let trainings = log.filter { $0.hasPrefix("train ") }
        #expect(trainings.count == 2)
        let settings = "--set data.condition=vector --set loss.regression_weight=1 --seed 3"
        #expect(trainings.allSatisfy { $0.contains(settings) })
    }

    @Test func tellsItsNameAndWhatIsMissing() throws {
        let result = try ChildProcess.run([Self.script, "--program", "/bin/true", "--asked", "none"])
        #expect(result.status == 64 && result.stderr.hasPrefix("cluster/examples/galaxies/run: "), "\(result.stderr)")
        let missing = try ChildProcess.run([Self.script, "--program", "/nowhere/ganglion"])
        #expect(missing.status == 66 && missing.stderr.contains("/nowhere/ganglion"), "\(missing.stderr)")
    }

    private static let script = Repository.script("examples/galaxies/run")

    private static func run(_ folder: String) throws -> (status: Int32, stdout: String, stderr: String) {
        let result = try ChildProcess.run(
            [
                script, "-n", "1", "--data", folder + "/data", "--run", folder + "/run", "--program",
                folder + "/program", "--python", folder + "/python", "--seed", "3",
            ], environment: ["LOG": folder + "/log"])
        return (result.status, result.stdout, result.stderr)
    }

    /// A folder with the stand-ins; what they are called with goes to its file `log`.
    private static func folder(importing: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/galaxies-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try writeScript(
            """
            #!/bin/bash
            [[ $1 != */make.py ]] || { echo "$*" >>"$LOG" && touch "$2"; }

            """, to: folder + "/python")
        try writeScript(
            """
            #!/bin/bash
            case "$1" in
                dataset) \(importing) ;;
                train) echo "$*" >>"$LOG" ;;
            esac

            """, to: folder + "/program")
        return folder
    }
}
