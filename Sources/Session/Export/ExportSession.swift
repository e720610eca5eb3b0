import Failure
import Recipes
import Reporting
import Storage

/// A network's parameters, written for other programs.
public struct ExportSession: Sendable {
    private let checkpoint: String
    private let out: String
    /// A group of the file; nil for the averaged generator, or where there is none for the generator.
    private let network: String?
    private let format: String

    /// What a file can be written as.
    public static let formats = ["onnx", "safetensors"]

    /// Groups of a checkpoint that are no network's.
    private static let otherGroups: Set = ["optimizer", "state"]

    /// - Parameters:
    ///   - checkpoint: a file, or a run folder, of which the newest is taken.
    ///   - format: one of ``formats``.
    ///   - out: the file.
    ///   - network: a group of the checkpoint, such as discriminator.
    /// - Throws: ``UsageError``.
    public init(checkpoint: String, format: String, out: String, network: String?) throws(UsageError) {
        guard Self.formats.contains(format) else {
            throw UsageError("--format \(format): expected \(Self.formats.joined(separator: " or "))")
        }
        guard out.hasSuffix(".\(format)") else { throw UsageError("--out \(out): expected FILE.\(format)") }
        guard format == "safetensors" || network == nil else {
            throw UsageError("--network goes with safetensors; a graph of ONNX is the averaged generator's")
        }
        (self.checkpoint, self.out, self.network, self.format) = (checkpoint, out, network, format)
    }

    /// Writes the file, and says so.
    ///
    /// - Parameter say: takes a line at a time.
    /// - Throws: errors that name the file and what is wrong with it.
    public func run(_ say: (String) -> Void = { printLine($0) }) throws {
        let named = try NamedCheckpoint(checkpoint)
        named.notes.forEach(say)
        let contents = try CheckpointFile.read(named.path, verification: .ifPresent)
        let metadata = Self.metadata(contents)
        guard format == "safetensors" else {
            let file = try GeneratorFile(contents, path: named.path)
            let model = try ONNXGenerator(file, metadata: metadata)
            try AtomicFile.write(model.bytes, to: out)
            say("\(model.text): \(out)")
            return
        }
        let groups = Self.groups(of: contents)
        guard let group = network ?? groups.first(where: { $0 == "ema" }) ?? groups.first(where: { $0 == "generator" }),
            groups.contains(group)
        else {
            throw DatasetError.usage(
                "--network \(network ?? "generator"): \(named.path) has "
                    + (groups.isEmpty ? "no network" : groups.joined(separator: ", ")))
        }
        let prefix = group + "/"
        let arrays = contents.arrays.filter { $0.path.hasPrefix(prefix) }.map {
            (name: String($0.path.dropFirst(prefix.count)), shape: $0.shape, values: $0.values)
        }
        let names = arrays.map(\.name)
        guard Set(names).count == names.count, !names.contains(SafetensorsFile.metadataName) else {
            throw DatasetError.badData(
                "\(named.path): \(group) has an array named \(SafetensorsFile.metadataName), or two of one name, which safetensors "
                    + "cannot hold")
        }
        try SafetensorsFile.write(
            arrays,
            metadata: Dictionary(uniqueKeysWithValues: metadata + [("format", "pt"), ("network", group)]), to: out)
        let numbers = arrays.reduce(0) { $0 + $1.values.count }
        say("\(group): \(arrays.count) arrays, \(NumberText.grouped(numbers)) numbers: \(out)")
    }

    /// What a file says of itself.
    private static func metadata(_ contents: CheckpointContents) -> [(String, String)] {
        var metadata = [("source", "ganglion")]
        for name in ["config", "dataset_id"] {
            if let text = contents.attribute(name)?.stringValue { metadata.append((name, text)) }
        }
        for name in ["resolution", "channels", "classes", "images_shown"] {
            if let number = contents.attribute(name)?.intValue { metadata.append((name, "\(number)")) }
        }
        return metadata
    }

    /// The networks that a checkpoint holds, in its order.
    private static func groups(of contents: CheckpointContents) -> [String] {
        var groups: [String] = []
        for array in contents.arrays {
            guard let group = array.path.split(separator: "/").first.map(String.init), array.path.contains("/"),
                !otherGroups.contains(group), !groups.contains(group)
            else { continue }
            groups.append(group)
        }
        return groups
    }
}
