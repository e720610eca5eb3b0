import Foundation
import Storage
import TestSupport
import Testing

/// A run folder and the options that belong to it.
struct TestRun {
    let data: String
    let folder: String
    /// Where an option stands twice, the later one counts.
    var options = TestRun.tiny

    /// Thousands of images a second.
    static let tiny =
        ["--batch", "8", "--microbatch", "4", "--threads", "1", "--set", "snapshot.grid=2x2"] + tinyNetworks
    static let tinyNetworks = [
        "model.channel_base=256", "model.channel_max=16", "model.z_dim=16", "model.w_dim=16",
    ].flatMap { ["--set", $0] }
    /// The networks of the preset.
    static let quick = [
        "--preset", "quick-reference", "--batch", "32", "--microbatch", "4", "--threads", "1",
        "--set", "snapshot.grid=4x4",
    ]

    /// Runs `ganglion train` until `images` images are shown.
    func train(images: Int, ranks: Int? = nil, _ extra: String...) throws -> ProcessResult {
        try Program.run(arguments(images) + extra, ranks: ranks)
    }

    /// Trains, and expects that all is well.
    func finish(
        images: Int, ranks: Int? = nil, _ extra: String..., location: SourceLocation = #_sourceLocation
    ) throws {
        let result = try Program.run(arguments(images) + extra, ranks: ranks)
        #expect(result.status == 0, "\(result.stdout)\(result.stderr)", sourceLocation: location)
    }

    /// Trains half of the images on four ranks, and goes on on two.
    func finishInHalves(images: Int) throws {
        try finish(images: images / 2, ranks: 4)
        let resumed = try train(images: images, ranks: 2, "--resume", "auto")
        expect(resumed, status: 0, says: "resumed from")
    }

    func start(images: Int, ranks: Int? = nil, _ extra: String...) throws -> ChildProcess {
        try Program.start(arguments(images) + extra, ranks: ranks)
    }

    func arguments(_ images: Int) -> [String] {
        let preset = options.contains("--config") ? [] : ["--preset", "quick-reference"]
        return ["train", "--data", data, "--run", folder, "--kimg", "\(Double(images) / 1000)"] + preset + options
    }

    /// Waits for the first checkpoint; returns at once when the job has ended without one.
    func hasCheckpoint(of job: ChildProcess) throws -> Bool {
        // Ranks of emulated hosts share the cores with whatever else is tested.
        _ = try eventually(seconds: 300) {
            try !checkpoints.list().isEmpty || ChildProcess.hasEnded(job.pid, seconds: 0)
        }
        return try !checkpoints.list().isEmpty
    }

    var checkpoints: CheckpointFolder { CheckpointFolder(folder + "/checkpoints") }

    func checkpoint(_ images: Int) -> String { folder + "/checkpoints/" + Self.padded(images) + ".h5" }

    func contents(_ images: Int) throws -> CheckpointContents { try CheckpointFile.read(checkpoint(images)) }

    func sheet(_ images: Int) throws -> Data {
        try #require(FileManager.default.contents(atPath: "\(folder)/images/fakes-\(Self.padded(images)).png"))
    }

    /// The lines of stats.jsonl, each of which must be valid JSON.
    func statistics() throws -> [[String: Any]] { try Self.objects(in: folder + "/stats.jsonl") }

    /// The lines of stats.jsonl or metrics.jsonl without what takes another time or room on each run; none where the run
    /// wrote no such file.
    func results(_ name: String) throws -> [[String: Any]] {
        let path = folder + "/" + name
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let own = ["images_per_second", "memory", "communication", "ranks/"]
        return try Self.objects(in: path).map { line in
            line.filter { field in !field.key.contains("seconds") && !own.contains { field.key.hasPrefix($0) } }
        }
    }

    private static func objects(in path: String) throws -> [[String: Any]] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private static func padded(_ number: Int) -> String { String(format: "%08d", number) }
}

/// What differs between two states of a run: names of arrays and attributes. What belongs to one way of running it (ranks,
/// threads, memory, where the data lies, when it saves, where it is to end) does not count.
func differences(_ a: CheckpointContents, _ b: CheckpointContents) -> [String] {
    var names: [String] = []
    for path in Set((a.arrays + b.arrays).map(\.path)).sorted() {
        guard let x = a.array(path), let y = b.array(path) else {
            names.append("\(path): only in one")
            continue
        }
        let count = zip(x.values, y.values).count { $0.bitPattern != $1.bitPattern }
        if x.shape != y.shape || count > 0 { names.append("\(path): \(count) of \(x.values.count)") }
    }
    for name in Set((a.attributes + b.attributes).map(\.0)).sorted() where !["ranks", "config"].contains(name) {
        if a.attribute(name) != b.attribute(name) { names.append("attribute \(name)") }
    }
    func configuration(_ contents: CheckpointContents) -> [String]? {
        let lines = contents.attribute("config")?.stringValue?.split(separator: "\n").map(String.init)
        let own = ["threads:", "memory:", "kimg:", "  path:", "  stage:", "  every_minutes:"]
        return lines?.filter { line in !own.contains { line.hasPrefix($0) } }
    }
    if configuration(a) != configuration(b) { names.append("config") }
    return names
}
