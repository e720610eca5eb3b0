import Foundation
import Storage

/// The sound inputs that cases are made from: small ones, made by the program itself or here, alike in every process.
///
/// Paths are relative and stay the same in every case's folder, since they stand in configurations and checkpoints.
public struct Originals: Sendable {
    /// Options of `train` for the smallest networks.
    static let tiny =
        ["--batch", "8", "--microbatch", "4", "--threads", "1"]
        + [
            "snapshot.grid=2x2", "model.channel_base=64", "model.channel_max=8", "model.z_dim=8", "model.w_dim=8",
            "checkpoint.every_kimg=0.008",
        ].flatMap { ["--set", $0] }
    /// A generator of the other family, conditional and growing.
    static let growing =
        ["--batch", "8", "--microbatch", "2", "--threads", "1"]
        + [
            "snapshot.grid=2x2", "model.channel_base=64", "model.channel_max=8", "model.z_dim=8",
            "checkpoint.every_kimg=0.008", "model.family=pggan", "model.discriminator=orig", "model.clamp=none",
            "loss.kind=wgan-gp", "loss.pl_weight=0", "loss.style_mixing=0", "ggdr.enabled=false", "data.labels=true",
            "growing.enabled=true", "growing.start=4", "growing.training_kimg=0.008", "growing.transition_kimg=0.008",
        ].flatMap { ["--set", $0] }

    let program: String
    /// Two shards in colour with labels and maps, below `data`.
    package let data: [String: [UInt8]]
    /// One grey shard, below `grey`.
    let grey: [String: [UInt8]]
    /// Two shards of fields of three channels with classes, maps, numbers and images beside them, below `fields`, and the same
    /// packed in one, below `packed`.
    package let fields: [String: [UInt8]]
    /// A run after 16 images with two checkpoints, below `run`.
    package let run: [String: [UInt8]]
    /// The growing one, below `grown`.
    let grown: [String: [UInt8]]
    /// A staged copy of `data`, below `stage`.
    let stage: [String: [UInt8]]
    /// HDF5 files without seals: samples, and shards as another program would have written them.
    package let foreign: [[UInt8]]
    /// Images of all forms.
    package let images: Images
    /// Where the structures of shards and checkpoints lie.
    let maps: [String: HDF5Map]
    let foreignMaps: [HDF5Map]
    /// Checkpoints that translate, and what goes with them.
    let translators: Translators
    /// What checkpoints and segmenters hold, by their paths.
    let contents: [String: CheckpointContents]

    /// Makes all of them with the program under test.
    ///
    /// - Throws: ``FuzzError`` where it fails: then nothing can be tried.
    public init(program: String, guardian: String) throws {
        self.program = program
        let folder = try Scratch()
        let process = FuzzedProcess(guardian: guardian, FuzzLimits())
        func run(_ arguments: String...) throws { try Self.run(process, [program] + arguments, in: folder) }
        func train(_ options: [String], _ more: String...) throws {
            try Self.run(process, [program, "train"] + options + more, in: folder)
        }
        try run("dataset", "synthesize", "--out", "data", "--count", "24", "--resolution", "8", "--shards", "2")
        try run(
            "dataset", "synthesize", "--out", "grey", "--count", "9", "--resolution", "8", "--channels", "1", "--seed",
            "7")
        try train(Self.tiny, "--data", "data", "--run", "run", "--kimg", "0.016")
        try train(Self.growing, "--data", "data", "--run", "grown", "--kimg", "0.016")
        try train(Self.tiny, "--data", "data", "--run", "staging", "--kimg", "0.008", "--set", "data.stage=stage")
        let checkpoint = "run/checkpoints/00000016.h5"
        try run("sample", checkpoint, "--out", "samples.h5", "--count", "2")
        data = try folder.files(below: "data")
        grey = try folder.files(below: "grey")
        try Self.writeFields(folder.path + "/fields", shards: 2, .none)
        try Self.writeFields(folder.path + "/packed", shards: 1, .deflate)
        fields = try folder.files(below: "fields").merging(folder.files(below: "packed")) { $1 }
        self.run = try folder.files(below: "run")
        grown = try folder.files(below: "grown")
        stage = try folder.files(below: "stage")
        foreign =
            [try folder.bytes("samples.h5")]
            + [data, grey].map { Seals.split($0.sorted { $0.key < $1.key }[0].value).content }
        foreignMaps = foreign.map { HDF5Map($0) }
        images = try Images()
        translators = try Translators(folder) { try Self.run(process, [program] + $0, in: folder) }
        let sealed = data.merging(grey) { $1 }.merging(fields) { $1 }.merging(self.run) { $1 }.merging(grown) { $1 }
            .merging(translators.files) { $1 }
        maps = sealed.filter { $0.key.hasSuffix(".h5") }.mapValues { HDF5Map(Seals.split($0).content) }
        var contents = translators.contents
        for path in [checkpoint, "grown/checkpoints/00000016.h5"] {
            contents[path] = try CheckpointFile.read(folder.path + "/" + path)
        }
        self.contents = contents
        guard self.run[checkpoint] != nil, grown["grown/checkpoints/00000016.h5"] != nil, stage.count == 4 else {
            throw FuzzError(
                "the program made other files than expected: \(self.run.keys.sorted() + stage.keys.sorted())")
        }
    }

    private static func writeFields(_ folder: String, shards: Int, _ compression: DatasetCompression) throws {
        func channels(_ names: String...) -> [SampleFormat.Channel] {
            names.map {
                SampleFormat.Channel(
                    name: $0, unit: "m", transform: ChannelTransform(curve: .log1p, center: 1, scale: 2))
            }
        }
        let description = DatasetDescription(
            format: SampleFormat(element: .float32, height: 12, width: 8, channels: channels("a", "b", "c")),
            classes: 3, semanticClasses: 2, vector: VectorFormat(components: channels("energy", "angle")),
            imageCondition: SampleFormat(element: .uint16, height: 12, width: 8, channels: channels("mask")))
        let writer = try DatasetWriter(
            folder: folder, description: description, shards: shards, compression: compression)
        for row in 0..<24 {
            try writer.append(
                field: (0..<288).map { Float($0 * 7 % 31 + row) / 8 }, label: Int32(row % 3),
                semantic: (0..<96).map { UInt8(($0 / 5 + row) % 2) }, vector: [Float(row), 0.5],
                imageCondition: (0..<96).map { Float($0 * row) })
        }
        _ = try writer.finish()
    }

    private static func run(_ process: FuzzedProcess, _ arguments: [String], in folder: Scratch) throws {
        let ended = try process.run(
            arguments.map { Array($0.utf8) }, in: folder.path, environment: FuzzRunner.environment,
            output: folder.outer + "/output")
        guard ended.ending == .exit(0) else {
            throw FuzzError("\(arguments.joined(separator: " ")): \(ended.ending): \(ended.output)")
        }
    }
}

/// A folder that is gone when nobody needs it any more.
package final class Scratch: Sendable {
    /// The folder, and the one around it that nobody else knows.
    package let path: String
    package let outer: String

    package init() throws {
        let place = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(place)/ganglion-fuzz-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FuzzError("\(place): \(String(cString: strerror(errno)))") }
        outer = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        path = outer + "/case"
        mkdir(path, 0o755)
    }

    deinit { try? FileManager.default.removeItem(atPath: outer) }

    func bytes(_ name: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path + "/" + name) else {
            throw FuzzError("\(path)/\(name): cannot be read")
        }
        return [UInt8](data)
    }

    /// Every file below a folder, by its path from here.
    func files(below folder: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in FileManager.default.enumerator(atPath: path + "/" + folder)?.compactMap({ $0 as? String }) ?? [] {
            var isFolder: ObjCBool = false
            let file = folder + "/" + name
            if FileManager.default.fileExists(atPath: path + "/" + file, isDirectory: &isFolder), !isFolder.boolValue {
                files[file] = try bytes(file)
            }
        }
        return files
    }
}
