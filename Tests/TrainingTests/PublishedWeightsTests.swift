import Autodiff
import Foundation
import GoldenTesting
import Kernels
import Layers
import Models
import NumericalTesting
import Recipes
import Session
import SmallRuns
import Storage
import TestSupport
import Testing
import Training

/// `cluster/convert`, with pickles that have the form of published ones and the weights of golden files: the networks of the
/// checkpoint make what the reference implementations made.
@Suite(
    .enabled(if: Python.interpreter(with: "h5py") != nil, "Python has no h5py, which cluster/setup --tests installs"))
struct PublishedWeightsTests {
    /// Relative error allowed between two float32 implementations.
    private static let forward = 1e-5

    static let styleGAN2Files = GoldenFile.all(prefix: "stylegan2_")
    static let progressiveFiles = GoldenFile.all(prefix: "pggan_")
    static let selfAttentionFiles = GoldenFile.all(prefix: "sagan_")

    @Test func filesAreThere() {
        #expect(!Self.styleGAN2Files.isEmpty && !Self.progressiveFiles.isEmpty && !Self.selfAttentionFiles.isEmpty)
    }

    @Test(arguments: styleGAN2Files, ["pytorch", "tensorflow"])
    func styleGAN2(_ file: GoldenFile, _ form: String) throws {
        try withPublished(form, file) { path in
            let golden = try file.open()
            let labels = try golden.integer("cdim") > 0 ? try golden.tensor("input/c") : nil
            let networks = try Converted(path)
            let input = GeneratorInput(z: try golden.tensor("input/z"), labels: labels, noise: .constant)
            let image = networks.image(input)
            expect(image, try golden.tensor("forward/image"), "image")
            expect(
                networks.score(try golden.tensor("input/real"), labels), try golden.tensor("forward/logits_real"),
                "logits_real")
            expect(networks.score(image, labels), try golden.tensor("forward/logits_fake"), "logits_fake")
            // Only the pickle of PyTorch has the decoder.
            let decoded = networks.discriminator.decodedResolution
            #expect(decoded == (form == "pytorch" ? try golden.integer("ggdr") : nil))
        }
    }

    @Test(arguments: progressiveFiles, [["--unfused"], []])
    func progressiveGAN(_ file: GoldenFile, _ options: [String]) throws {
        let golden = try file.open()
        for lod in try golden.levels() {
            let name = lod.group.replacingOccurrences(of: "lod_", with: "")
            try withPublished("pggan", file, options + ["--lod", name]) { path in
                let networks = try Converted(path)
                #expect(networks.generator.level == lod.level)
                let labels = try golden.integer("labels") > 0 ? try golden.tensor("input/labels") : nil
                let input = GeneratorInput(z: try golden.tensor("input/z"), labels: labels, noise: .none)
                let image = networks.image(input)
                let shown = (0..<lod.halvings).reduce(image) { image, _ in image.nearestUpsampled() }
                expect(shown, try golden.tensor(lod.path("image")), "\(lod.group) image")
                expect(
                    networks.score(try golden.real(lod), labels), try golden.tensor(lod.path("score_real")),
                    "\(lod.group) score_real")
            }
        }
    }

    /// The file's images are those of batch statistics.
    @Test(arguments: selfAttentionFiles, [["--older"], []])
    func selfAttentionGAN(_ file: GoldenFile, _ options: [String]) throws {
        let golden = try file.open()
        let sagan = try GoldenSAGAN(file)
        try withPublished("sagan", file, options) { path in
            let networks = try Converted(path)
            let weights = networks.generator.parameters.weights(
                differentiable: false, batch: WholeBatch(microbatches: 1))
            let image = networks.generator.generator([sagan.input], [weights])[0].image
            expect(image, try golden.plain("forward/image"), "image")
            expect(
                networks.score(sagan.real, sagan.realLabels), try golden.plain("forward/logits_real"), "logits_real")
        }
    }

    /// Networks, and none of what only runs have; GGDR is as it was trained, and the first layers of D stay.
    @Test func runsStartFromThem() throws {
        let file = try #require(Self.styleGAN2Files.first { $0.testDescription.contains("ggdr_32") })
        try withPublished("pytorch", file) { path in
            let golden = try file.open()
            let engine = try Small.engine(
                [
                    "preset=stylegan2-ggdr", "batch=4", "microbatch=4",
                    "model.channel_base=\(try golden.integer("base"))",
                    "model.channel_max=\(try golden.integer("cmax"))", "model.z_dim=\(try golden.integer("w"))",
                    "model.w_dim=\(try golden.integer("w"))", "model.mapping_layers=\(try golden.integer("map"))",
                    "model.mbstd_group=4", "ggdr.resolution=\(try golden.integer("ggdr"))", "freeze_d=1",
                ], resolution: try golden.integer("res"))
            let contents = try CheckpointFile.read(path, verification: .ifPresent)
            #expect(try engine.transfer(contents, path: path).isEmpty)
            try Small.run(engine, steps: 1)
            let trained = engine.checkpoint(datasetID: "set", ranks: 1)
            let first = "discriminator/b\(try golden.integer("res")).fromrgb.weight"
            #expect(trained.array(first)?.values == contents.array(first)?.values)
            let next = "discriminator/b4.conv.weight"
            #expect(trained.array(next)?.values != contents.array(next)?.values)
        }
    }

    struct Damage: CustomTestStringConvertible, Sendable {
        var form: String
        var how: String
        var name: String
        var found: String
        var testDescription: String { "\(form), \(how) \(name)" }
    }

    static let damages = [
        Damage(
            form: "pytorch", how: "drop", name: "synthesis.b8.conv1.bias", found: "G has no synthesis.b8.conv1.bias"),
        Damage(
            form: "pytorch", how: "add", name: "synthesis.b8.more",
            found: "G has synthesis.b8.more of shape [3], for which ganglion's network has no place"),
        Damage(
            form: "pytorch", how: "nan", name: "mapping.w_avg",
            found: "G has mapping.w_avg with numbers that are not finite"),
        Damage(
            form: "tensorflow", how: "shape", name: "noise2", found: "G has synthesis/noise2 of shape [7, 1, 1, 8, 8]"),
        Damage(
            form: "pggan", how: "shape", name: "4x4/Conv/bias", found: "G has 4x4/Conv/bias of shape [7, "),
        Damage(form: "pggan", how: "drop", name: "8x8/Conv1/weight", found: "G has no 8x8/Conv1/weight"),
        Damage(form: "sagan", how: "drop", name: "linear.u0", found: "G has no spectral normalisation"),
        Damage(
            form: "sagan", how: "add", name: "shared.weight",
            found: "G has an embedding that its layers share: that is BigGAN, not SAGAN"),
    ]

    @Test(arguments: damages) func whatDoesNotFitIsNamed(_ damage: Damage) throws {
        let prefix = ["pggan": "pggan_", "sagan": "sagan_"][damage.form] ?? "stylegan2_"
        let file = try #require(GoldenFile.all(prefix: prefix).first)
        try withTemporaryFolder { folder in
            let sources = try Self.publish(damage.form, file, folder, ["--damage", damage.how, damage.name])
            let result = try Self.convert(sources + ["--out", folder + "/out.h5"])
            #expect(result.status == 65 && result.stderr.contains(damage.found), "\(result.status) \(result.stderr)")
            #expect(result.stderr.split(separator: "\n").count == 1)
            #expect(!FileManager.default.fileExists(atPath: folder + "/out.h5"))
        }
    }

    @Test func codeIsRefused() throws {
        try withTemporaryFolder { folder in
            let (file, mark) = (folder + "/code.pkl", folder + "/ran")
            try Self.runScript(["code", file, mark])
            let result = try Self.convert([file, "--out", folder + "/out.h5"])
            #expect(result.status == 65 && result.stderr.contains("its pickle names posix.system"), "\(result.stderr)")
            #expect(!FileManager.default.fileExists(atPath: mark))
        }
    }

    /// Code, states that are set behind a check, tensors beyond their storage, and what would take time or memory without an
    /// end: as pickles of a network, and as state dictionaries.
    @Test func hostileFilesAreRefused() throws {
        let names = try Self.runScript([], script: "hostile_pickles.py").stdout.split(separator: "\n").map(String.init)
        #expect(names.count > 30)
        try withTemporaryFolder { folder in
            for name in names {
                let file = folder + "/" + name
                try Self.runScript([name, file], script: "hostile_pickles.py")
                for arguments in [[file], ["--generator", file]] {
                    let result = try Self.convert(arguments + ["--out", folder + "/out.h5"])
                    #expect(
                        result.status == 65 && result.stderr.hasPrefix("cluster/convert: \(file): "),
                        "\(name): \(result.status) \(result.stderr)")
                    let isOneLine = result.stderr.filter { $0.isNewline }.count == 1
                    #expect(isOneLine && !result.stderr.contains("\u{1B}"), "\(name): \(result.stderr)")
                    #expect(result.stdout.isEmpty && !FileManager.default.fileExists(atPath: folder + "/out.h5"))
                }
            }
        }
    }

    @Test func whatCannotBeWrittenIsTold() throws {
        try withTemporaryFolder { folder in
            let sources = try Self.publish("pytorch", Self.styleGAN2Files[0], folder)
            let nowhere = try Self.convert(sources + ["--out", folder + "/none/out.h5"])
            #expect(
                nowhere.status == 73 && nowhere.stderr.contains("/none/out.h5: cannot be written"), "\(nowhere.stderr)")
            let full = try ChildProcess.run(
                ["bash", "-c", "ulimit -f 100; trap '' XFSZ; exec \"$@\"", "bash", Self.script] + sources
                    + ["--out", folder + "/out.h5"], timeout: 60)
            #expect(full.status == 73 && !full.stderr.contains("Traceback"), "\(full.status) \(full.stderr)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["network.pkl"])
        }
    }

    @Test func aGeneratorAloneMakesImages() throws {
        try withTemporaryFolder { folder in
            let sources = try Self.publish("sagan", Self.selfAttentionFiles[0], folder)
            let result = try Self.convert(Array(sources[..<2]) + ["--out", folder + "/out.h5"])
            #expect(result.status == 0 && result.stdout.contains("there is no discriminator in it"), "\(result.stderr)")
            #expect(try GeneratorFile(folder + "/out.h5").generator.zDim > 0)
        }
    }

    @Test(arguments: [0, 1, 100, 4096, -1, -100]) func filesThatWereCutShortAreRefused(_ length: Int) throws {
        try withTemporaryFolder { folder in
            for (form, file, options) in [
                ("pytorch", Self.styleGAN2Files[0], []), ("sagan", Self.selfAttentionFiles[0], []),
                ("sagan", Self.selfAttentionFiles[0], ["--older"]),
            ] as [(String, GoldenFile, [String])] {
                let sources = try Self.publish(form, file, folder, options)
                let path = sources.last ?? ""
                let content = try Data(contentsOf: URL(fileURLWithPath: path))
                let kept = content.prefix(length < 0 ? content.count + length : length)
                try Data(kept).write(to: URL(fileURLWithPath: path))
                let result = try Self.convert(sources + ["--out", folder + "/out.h5"])
                #expect(result.status == 65 && result.stderr.contains(path), "\(result.status) \(result.stderr)")
                #expect(!result.stderr.contains("Traceback"))
            }
        }
    }

    @Test func commandLinesAreChecked() throws {
        try withTemporaryFolder { folder in
            for (arguments, status) in [
                ([], 64), (["a.pkl"], 64), (["a.pkl", "--generator", "g", "--out", "o"], 64),
                (["--discriminator", "d", "--out", "o.h5"], 64), (["a.pkl", "--out", "o"], 64),
                (["a.pkl", "--ou", "o.h5"], 64), ([folder + "/none.pkl", "--out", "o.h5"], 66),
                ([folder, "--out", "o.h5"], 66),
            ] as [([String], Int32)] {
                let result = try Self.convert(arguments)
                #expect(result.status == status, "\(arguments): \(result.stderr)")
            }
            let own = folder + "/own.h5"
            try Data("here".utf8).write(to: URL(fileURLWithPath: own))
            #expect(try Self.convert([own, "--out", own]).status == 64)
            #expect(FileManager.default.contents(atPath: own) == Data("here".utf8))
            let noPython = try ChildProcess.run(
                [Self.script, own, "--out", folder + "/o.h5"], environment: ["GANGLION_PYTHON": folder + "/none"],
                timeout: 60)
            #expect(noPython.status == 69 && noPython.stderr.contains("GANGLION_PYTHON"), "\(noPython.stderr)")
        }
    }

    private func expect(_ found: Tensor, _ expected: Tensor, _ name: String) {
        #expect(found.shape == expected.shape, "\(name)")
        let error = relativeError(found.array, expected.array)
        #expect(error <= Self.forward, "\(name): \(error)")
    }

    private func withPublished(
        _ form: String, _ file: GoldenFile, _ options: [String] = [], _ body: (String) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let sources = try Self.publish(form, file, folder, options)
            let path = folder + "/converted.h5"
            let result = try Self.convert(sources + ["--out", path])
            try #require(result.status == 0, "\(result.stderr)")
            try body(path)
        }
    }

    /// - Returns: what `cluster/convert` is to be given.
    private static func publish(
        _ form: String, _ file: GoldenFile, _ folder: String, _ options: [String] = []
    ) throws -> [String] {
        let path = folder + (form == "sagan" ? "/sagan" : "/network.pkl")
        try runScript([form, file.path, path] + options)
        guard form == "sagan" else { return [path] }
        return ["--generator", path + "-G.pth", "--average", path + "-G_ema.pth", "--discriminator", path + "-D.pth"]
    }

    @discardableResult
    private static func runScript(
        _ arguments: [String], script: String = "published_weights.py"
    ) throws -> ProcessResult {
        let python = try #require(Python.interpreter(with: "h5py"))
        let path = Repository.path + "/Tests/Reference/" + script
        let result = try ChildProcess.run(["/usr/bin/env", python, path] + arguments, timeout: 60)
        try #require(result.status == 0, "\(result.stderr)")
        return result
    }

    private static let script = Repository.script("convert")

    private static func convert(_ arguments: [String]) throws -> ProcessResult {
        try ChildProcess.run([script] + arguments, timeout: 60)
    }
}

/// The networks of a converted file.
private struct Converted {
    let generator: GeneratorFile
    let discriminator: DiscriminatorFile

    init(_ path: String) throws {
        generator = try GeneratorFile(path)
        discriminator = try DiscriminatorFile(path)
    }

    func image(_ input: GeneratorInput) -> Tensor {
        Tape.paused { generator.generator(input, generator.parameters.weights(differentiable: false)).image }
    }

    func score(_ image: Tensor, _ labels: Tensor?) -> Tensor {
        let weights = discriminator.parameters.weights(differentiable: false)
        return Tape.paused { discriminator.discriminator(image, labels: labels, weights).logits }
    }
}
