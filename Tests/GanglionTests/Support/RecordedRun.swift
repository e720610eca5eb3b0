import Foundation
import Kernels
import Storage
import TestSupport
import Testing

/// A short run whose end is recorded.
struct RecordedRun: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let options: [String]
    /// 24 steps, or until the networks are grown.
    var images = 24 * 8
    /// Where a checkpoint of it was put by.
    var stop: Int?

    static let all = [
        RecordedRun(testDescription: "quick", options: TestRun.tiny + metrics, stop: 88),
        RecordedRun(testDescription: "conditional", options: TestRun.tiny + TestRun.sets("data.labels=true")),
        RecordedRun(testDescription: "orig", options: TestRun.tiny + TestRun.sets("model.discriminator=orig")),
        // StyleGAN2 alone, and what else may stand otherwise.
        RecordedRun(
            testDescription: "plain",
            options: TestRun.tiny
                + TestRun.sets(
                    "ggdr.enabled=false", "data.mirror=true", "loss.style_mixing=0", "loss.r1_interval=5",
                    "loss.pl_interval=3", "loss.pl_batch_shrink=8", "model.mapping_layers=3", "ema.ramp=none")),
        // In the middle of the fade to 16².
        RecordedRun(
            testDescription: "growing", options: TestRun.growing, images: EndToEnd.GrowingSameBits.images,
            stop: EndToEnd.GrowingSameBits.stop),
        RecordedRun(
            testDescription: "growing-on-plateaus",
            options: TestRun.growing
                + TestRun.sets(
                    "growing.trigger=plateau", "growing.plateau_patience=1", "growing.training_kimg=0.12",
                    "growing.plateau_window_kimg=0.016", "growing.plateau_tolerance=0.1"),
            images: 240),
        RecordedRun(
            testDescription: "progressive", options: TestRun.growingProgressive, images: EndToEnd.GrowingSameBits.images
        ),
        RecordedRun(
            testDescription: "progressive-of-classes",
            options: TestRun.growingProgressive + TestRun.sets("data.labels=true", "ggdr.enabled=true"),
            images: EndToEnd.GrowingSameBits.images),
        // Attention, spectral and batch normalisation, two discriminator phases a step.
        RecordedRun(
            testDescription: "self-attention",
            options: ["--preset", "quick-sagan"] + TestRun.tiny
                + TestRun.sets(
                    "loss.kind=hinge", "optimizer.g_lr=0.0005", "optimizer.d_lr=0.001", "loss.d_steps=2",
                    "ggdr.enabled=true"),
            images: 2 * 24 * 8),
    ]
    private static let metrics = TestRun.sets(
        "snapshot.metrics=swd,msssim", "snapshot.metric_images=16", "snapshot.every_kimg=0.096")

    /// With fewer channels than most tests have, so that the files are small.
    func job(_ data: String, _ folder: String, _ level: KernelLevel) -> TestRun {
        TestRun(
            data: data, folder: folder,
            options: options + TestRun.sets("model.channel_max=12", "cluster.kernels=\(level.name)"))
    }
}

/// What a run left, as lines in which a change can be read.
struct RunRecord {
    /// The first word of a line.
    enum Kind: String, CaseIterable {
        /// A group of arrays and the hash of their names and bits.
        case array
        /// An attribute of the checkpoint.
        case counter
        /// A number of `stats.jsonl`, after its images.
        case statistic
        /// A number of `metrics.jsonl`.
        case metric
        /// A picture and the hash of its pixels.
        case picture
    }

    static let folderToMake = ProcessInfo.processInfo.environment["GANGLION_RECORD"]
    private var lines: [String] = []

    init(_ job: TestRun, images: Int) throws {
        let contents = try job.contents(images)
        add(.array, Self.hashes(contents.arrays))
        let own: Set = ["ranks", "config", "dataset_id", "complete", "content_hash"]
        add(.counter, contents.attributes.filter { !own.contains($0.0) }.map { "\($0.0) \($0.1)" })
        for line in try job.results("stats.jsonl") { add(.statistic, try Self.numbers(line)) }
        for line in try job.results("metrics.jsonl") { add(.metric, try Self.numbers(line)) }
        for name in job.pictures().keys where name.hasSuffix(".png") {
            let pixels = try ImageFile.read("\(job.folder)/images/\(name)").pixels
            var hash = Hash()
            for pixel in pixels { hash.add(pixel) }
            add(.picture, ["\(name) \(hash)"])
        }
        lines.sort()
    }

    private mutating func add(_ kind: Kind, _ found: [String]) { lines += found.map { "\(kind) \($0)" } }

    /// Compares with what was recorded, or records it.
    func check(
        _ name: String, _ level: KernelLevel, among kinds: [Kind], _ job: String,
        location: SourceLocation = #_sourceLocation
    ) throws {
        // AVX2 and AVX-512 have the same bits.
        let file = "\(name)-\(min(level, .avx2).name).txt"
        if let folder = Self.folderToMake {
            return try (lines.joined(separator: "\n") + "\n").write(
                toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
        }
        let path = "\(Repository.path)/Tests/Golden/runs/\(file)"
        func among(_ lines: [String]) -> Set<String> {
            Set(lines.filter { line in kinds.contains { line.hasPrefix("\($0) ") } })
        }
        let recorded = among(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init))
        let found = among(lines)
        #expect(!recorded.isEmpty, "\(path)", sourceLocation: location)
        #expect(recorded.subtracting(found).sorted() == [], "not found: \(job), \(file)", sourceLocation: location)
        #expect(found.subtracting(recorded).sorted() == [], "not recorded: \(job), \(file)", sourceLocation: location)
    }

    private static func hashes(_ arrays: [(path: String, shape: [Int], values: [Float])]) -> [String] {
        var hashes: [String: Hash] = [:]
        for array in arrays.sorted(by: { $0.path < $1.path }) {
            let isOptimizer = array.path.hasPrefix("optimizer/")
            let group = isOptimizer ? array.path : String(array.path.prefix { $0 != "/" })
            var hash = hashes[group] ?? Hash()
            for byte in array.path.utf8 { hash.add(byte) }
            for value in array.values { hash.add(value.bitPattern) }
            hashes[group] = hash
        }
        return hashes.map { "\($0.key) \($0.value)" }
    }

    private static func numbers(_ line: [String: Any]) throws -> [String] {
        let images = try #require(line["images"] as? Int)
        return line.filter { $0.key != "images" }.map { name, value in
            "\(images) \(name) \((value as? Double).map { "\($0)" } ?? "\(value)")"
        }
    }

    /// FNV-1a, of words as they come.
    private struct Hash: CustomStringConvertible {
        private var value: UInt64 = 0xcbf2_9ce4_8422_2325
        mutating func add(_ word: some FixedWidthInteger) {
            value = (value ^ UInt64(truncatingIfNeeded: word)) &* 0x100_0000_01b3
        }
        var description: String { String(value, radix: 16) }
    }
}
