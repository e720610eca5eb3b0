import Evaluation
import Failure
import Foundation
import Recipes
import Reporting
import State
import Storage

/// What a run folder, a checkpoint or another HDF5 file holds, printed.
public struct InspectSession: Sendable {
    private let path: String
    private let arrays: Bool
    private let compare: String?

    /// - Parameters:
    ///   - path: run folder, checkpoint, shard or other HDF5 file.
    ///   - arrays: list every array, and print the whole configuration.
    ///   - compare: another checkpoint or run folder, to tell whether both hold the same bits.
    public init(path: String, arrays: Bool, compare: String?) {
        self.path = path
        self.arrays = arrays
        self.compare = compare
    }

    /// Prints it.
    ///
    /// - Throws: errors that name the file and what is wrong with it, among them that two hold different states.
    public func run() throws {
        if let compare { return try compareCheckpoints(named(path), named(compare)) }
        let run = RunFolder(path)
        if Files.isFolder(run.checkpoints) || FileManager.default.fileExists(atPath: run.configuration) {
            return try inspect(run)
        }
        if !Dataset.shardPaths(in: path).isEmpty {
            throw DatasetError.badData(
                "\(path): is a data set: `ganglion dataset info \(path)` shows it; `ganglion inspect` takes one of its "
                    + "shards, a checkpoint, or a run folder")
        }
        if Files.isFolder(path), !CheckpointFolder(run.path).isInUse {
            throw DatasetError.badData("\(path): is no run folder: it has neither config.yaml nor checkpoints")
        }
        try inspectFile(named(path), hasRun: false)
    }

    /// The file of a checkpoint that may have been named by its folder.
    private func named(_ name: String) throws -> String {
        let named = try NamedCheckpoint(name)
        for note in named.notes { printLine(note) }
        return named.path
    }

    private func inspect(_ run: RunFolder) throws {
        let folder = CheckpointFolder(run.checkpoints)
        let names = try folder.list()
        var table = [("run", run.path)]
        if FileManager.default.fileExists(atPath: run.configuration) {
            table.append(("configured", run.configuration))
        }
        if let sheet = try run.sheets().last { table.append(("samples", run.fakes(imagesShown: sheet))) }
        table.append(("checkpoints", names.isEmpty ? "none" : names.joined(separator: " ")))
        table.append(("latest", folder.latestName() ?? "none"))
        let last = try? Files.lastLine(of: run.stats)
        if let tick = last.flatMap(Self.tick) { table.append(("last tick", tick)) }
        for (name, value) in table { printLine(name.padding(toLength: 13, withPad: " ", startingAt: 0) + value) }
        if arrays, let last {
            printLine("last line of stats.jsonl:")
            printLine(last)
        }
        guard let choice = try folder.openNewestUsable() else { return }
        for rejected in choice.rejected { printLine("damaged      \(rejected.path): \(rejected.reason)") }
        printLine("")
        try inspectFile(choice.path, hasRun: true)
    }

    /// A line of the statistics in brief; nil for what is no such line.
    private static func tick(_ line: String) -> String? {
        guard (try? CheckedJSON.check(Array(line.utf8))) != nil else { return nil }
        let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
        guard let fields = object as? [String: Any], let images = fields["images"] as? Int else { return nil }
        let shown = [
            ("images_per_second", "", " img/s"), ("loss/generator", "G ", ""), ("loss/discriminator", "D ", ""),
        ]
        let parts = shown.compactMap { name, title, unit in
            (fields[name] as? Double).map { title + NumberText.short($0) + unit }
        }
        return (["\(NumberText.grouped(images)) images"] + parts).joined(separator: " · ")
    }

    /// - Parameter hasRun: whether the configuration stands in the run folder that is shown with it.
    private func inspectFile(_ path: String, hasRun: Bool) throws {
        try FileSeal.check(path)
        let file = try HDF5File(reading: path)
        defer { file.close() }
        printLine(path)
        var long: [(String, String)] = []
        for (name, value) in try file.attributes() {
            if let lines = Self.format(name, value, path: path) {
                for line in lines { printLine("  " + line) }
                continue
            }
            let text = "\(value)"
            if text.contains("\n") { long.append((name, text)) } else { printLine("  \(name) = \(text)") }
        }
        for (name, text) in long where arrays || !hasRun {
            printLine("  \(name) =")
            for line in text.split(separator: "\n") { printLine("    \(line)") }
        }
        let datasets = try file.datasetPaths().map { path in
            Listed(
                path: path, dataset: try file.dataset(path),
                origin: try file.attribute(Self.origin, on: path)?.stringValue)
        }
        printBlock(arrays || datasets.count <= Self.fewArrays ? Self.list(datasets) : Self.groups(datasets))
        if try file.attribute("format") == .string(CheckpointFile.format) {
            let contents = try CheckpointFile.read(path)
            for line in MeasuredNetworks.text(contents, path: path, all: arrays) { printLine(line) }
            printLine("all checksums agree, and all values are finite")
        }
        if try file.attribute("format") == .string(SealedFormat.features.name),
            let kind = try file.attribute("kind")?.stringValue, FeatureTask(rawValue: kind) != nil
        {
            printLine(
                try kind == FeatureTask.segmenter.rawValue
                    ? SegmenterOption.title(try LearnedFeaturesFile.readSegmenter(path).file)
                    : LearnedFeatures(path: path).title)
            printLine("all checksums agree, and all values are finite")
        }
    }

    /// What an attribute says of fields, or of the numbers that condition a generator, a line a channel; of what is damaged
    /// the text as it is, and why it cannot be read. Nil for other attributes, and for what is no such text.
    package static func format(_ name: String, _ value: AttributeValue, path: String) -> [String]? {
        guard let text = value.stringValue else { return nil }
        do {
            switch name {
            case SampleAttributes.sample:
                let format = try SampleFormat(json: text, path: path)
                return ["\(name) = \(format.element.rawValue) fields of \(format.sizeText)"]
                    + format.channels.map(\.line)
            case SampleAttributes.condition:
                let format = try SampleFormat(json: text, path: path)
                return ["\(name) = images that condition each pixel"] + format.channels.map(\.line)
            case SampleAttributes.vector:
                let format = try VectorFormat(json: text, path: path)
                return ["\(name) = \(format.count) number\(format.count == 1 ? "" : "s")"]
                    + format.components.map(\.line)
            default: return nil
            }
        } catch {
            // Whoever inspects a file may do so because it is damaged.
            return ["\(name) = \(text)", "  \(error)"]
        }
    }

    /// So many need no summary.
    private static let fewArrays = 16

    /// Of an array that `cluster/convert` has made: what it was.
    private static let origin = "converted_from"

    private struct Listed {
        var path: String
        var dataset: HDF5Dataset
        var origin: String?
    }

    private static func list(_ datasets: [Listed]) -> String {
        let isConverted = datasets.contains { $0.origin != nil }
        var table = TableFormatter(
            [.init("dataset"), .init("type"), .init("shape"), .init("elements", .right)]
                + (isConverted ? [.init("was")] : []))
        for listed in datasets {
            let shape = listed.dataset.shape.map(String.init).joined(separator: " × ")
            table.add(
                [
                    listed.path, listed.dataset.kind.rawValue, shape.isEmpty ? "scalar" : shape,
                    NumberText.grouped(listed.dataset.count),
                ] + (isConverted ? [listed.origin?.visible() ?? ""] : []))
        }
        table.addRule()
        table.add(["all", "", "", NumberText.grouped(count(datasets))] + (isConverted ? [""] : []))
        return table.text
    }

    private static func groups(_ datasets: [Listed]) -> String {
        let groups = Dictionary(grouping: datasets) { String($0.path.split(separator: "/").first ?? "") }
        var table = TableFormatter([.init("group"), .init("arrays", .right), .init("elements", .right)])
        for (name, members) in groups.sorted(by: { $0.key < $1.key }) {
            table.add([name, "\(members.count)", NumberText.grouped(count(members))])
        }
        table.addRule()
        table.add(["all", "\(datasets.count)", NumberText.grouped(count(datasets))])
        return table.text + "\n(--arrays lists them)"
    }

    private static func count(_ datasets: [Listed]) -> Int {
        datasets.reduce(0) { [$0, $1.dataset.count].checkedSum() ?? .max }
    }

    /// Networks, moments, counters and growth; not the number of ranks, the machine's own settings and where the data
    /// lie.
    private func compareCheckpoints(_ first: String, _ second: String) throws {
        let (a, b) = (try CheckpointFile.read(first), try CheckpointFile.read(second))
        let (differences, arrays) = StateComparison.differences(a, b)
        guard let one = differences.first else {
            return printLine("same bits in \(arrays) arrays: \(first) and \(second)")
        }
        throw CheckpointError(
            path: second,
            reason: "differs from \(first) in \(differences.count) arrays and attributes, '\(one)' for one",
            exitCode: ExitCode.badData)
    }
}

extension SampleFormat.Channel {
    /// "  temperature [K]: (log1p(x) − 1.5) / 0.4"
    fileprivate var line: String {
        let curve =
            switch transform.curve {
            case .linear: "x"
            case .log1p: "log(1 + x)"
            case .asinh(let scale): "asinh(x / \(scale))"
            case .ratio(let a): "x / (x + \(a))"
            case .power(let exponent): "x^\(exponent)"
            }
        return "  \(text): (\(curve) - \(transform.center)) / \(transform.scale)"
    }
}
