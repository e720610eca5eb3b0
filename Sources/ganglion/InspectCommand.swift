import ArgumentParser
import Failure
import Foundation
import Reporting
import Storage

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Print what an HDF5 file or a run folder holds.",
        discussion: """
            Examples:

              ganglion inspect runs/first
              ganglion inspect runs/first/checkpoints/00060000.h5
              ganglion inspect data/fashion/shard-00000.h5

              ganglion inspect runs/first/checkpoints/00060000.h5 --compare runs/second/checkpoints/00060000.h5

            A checkpoint's checksums are verified; one that holds ∞ or NaN ends with 65 as well. --compare ends with 65 unless both hold the same bits.
            """)

    @Argument(help: "Checkpoint, shard or other HDF5 file, or a run folder.")
    var path: String

    @Option(help: "Another checkpoint: tell whether both hold the same state, bit for bit.")
    var compare: String?

    func run() throws {
        if let compare { return try compareCheckpoints(path, compare) }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw DatasetError.missingInput("\(path): no such file or folder")
        }
        if isFolder.boolValue { try inspectRun() } else { try inspectFile(path) }
    }

    private func inspectRun() throws {
        let run = RunFolder(path)
        let folder = CheckpointFolder(run.checkpoints)
        let names = try folder.list()
        guard !names.isEmpty || FileManager.default.fileExists(atPath: run.configuration) else {
            throw DatasetError.badData("\(path): is no run folder: it has neither config.yaml nor checkpoints")
        }
        print("run          \(path)")
        print("checkpoints  \(names.isEmpty ? "none" : names.joined(separator: " "))")
        print("latest       \(folder.latestName() ?? "none")")
        if let last = try? Files.lastLine(of: run.stats) {
            print("last line of stats.jsonl:")
            print(last)
        }
        guard let choice = try folder.openNewestUsable() else { return }
        for rejected in choice.rejected { print("damaged      \(rejected.path): \(rejected.reason)") }
        print("")
        try inspectFile(choice.path)
    }

    private func inspectFile(_ path: String) throws {
        try FileSeal.check(path)
        let file = try HDF5File(reading: path)
        defer { file.close() }
        print(path)
        var long: [(String, String)] = []
        for (name, value) in try file.attributes() {
            let text = "\(value)"
            if text.contains("\n") { long.append((name, text)) } else { print("  \(name) = \(text)") }
        }
        for (name, text) in long {
            print("  \(name) =")
            for line in text.split(separator: "\n") { print("    \(line)") }
        }
        var table = TableFormatter([.init("dataset"), .init("type"), .init("shape"), .init("elements", .right)])
        var total = 0
        for name in try file.datasetPaths() {
            let dataset = try file.dataset(name)
            total = [total, dataset.count].checkedSum() ?? .max
            let shape = dataset.shape.map(String.init).joined(separator: " × ")
            table.add([
                name, dataset.kind.rawValue, shape.isEmpty ? "scalar" : shape, NumberText.grouped(dataset.count),
            ])
        }
        table.addRule()
        table.add(["all", "", "", NumberText.grouped(total)])
        printBlock(table.text)
        if try file.attribute("format") == .string(CheckpointFile.format) {
            _ = try CheckpointFile.read(path)
            print("all checksums agree, and all values are finite")
        }
    }

    /// Attributes that are part of a run's state.
    private static let stateAttributes = [
        "images_shown", "step", "dataset_id", "optimizer_steps_generator", "optimizer_steps_discriminator",
        "level_resolution", "level_fade", "growth", "guard_left_out", "guard_left_out_in_a_row",
    ]

    /// Networks, moments, counters and growth; not the number of ranks, the machine's own settings and where the data
    /// lie.
    private func compareCheckpoints(_ first: String, _ second: String) throws {
        let (a, b) = (try CheckpointFile.read(first), try CheckpointFile.read(second))
        let paths = Set(a.arrays.map(\.path)).union(b.arrays.map(\.path)).sorted()
        var differences = paths.filter { path in
            a.array(path)?.values.map(\.bitPattern) != b.array(path)?.values.map(\.bitPattern)
        }
        for name in Self.stateAttributes where a.attribute(name) != b.attribute(name) {
            differences.append("attribute \(name)")
        }
        guard let one = differences.first else {
            return print("same bits in \(paths.count) arrays: \(first) and \(second)")
        }
        throw CheckpointError(
            path: second,
            reason: "differs from \(first) in \(differences.count) of \(paths.count) arrays, '\(one)' for one",
            exitCode: ExitCode.badData)
    }
}
