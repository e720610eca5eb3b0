import Failure
import Foundation
import Layers
import Recipes
import Session
import SmallRuns
import State
import Storage
import TestSupport
import Testing

/// Graphs of ONNX.
@Suite struct ONNXTests {
    private static let python = Python.interpreter(with: "onnxruntime")

    /// Runs a model on raw little-endian floats, NAME SHAPE FILE for each input, and writes its only output's.
    private static let runner = """
        import sys, numpy as np, onnxruntime as ort
        options = ort.SessionOptions()
        options.log_severity_level = 3
        model = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
        words = sys.argv[3:]
        feed = {}
        for name, shape, path in zip(words[::3], words[1::3], words[2::3]):
            feed[name] = np.fromfile(path, "<f4").reshape([int(n) for n in shape.split("x")])
        out = model.run(None, feed)[0]
        out.astype("<f4").tofile(sys.argv[2])
        print(model.get_outputs()[0].name, list(out.shape), [i.name for i in model.get_inputs()])
        """

    struct Family: Sendable, CustomTestStringConvertible {
        let name: String
        let overrides: [String]
        /// Of images, after three steps.
        var side = 16
        var testDescription: String { name }
    }
    private static let growing = ["growing.enabled=true", "growing.start=4", "growing.transition_kimg=10"]
    private static let fading = growing + ["growing.training_kimg=0.001"]
    static let families = [
        Family(name: "stylegan2", overrides: []),
        Family(name: "stylegan2, periodic", overrides: ["model.padding=periodic"]),
        Family(name: "stylegan2, reflected", overrides: ["model.padding=reflect"]),
        Family(name: "stylegan2, classes, attention", overrides: ["data.labels=true", "model.attention=8"]),
        Family(name: "pggan", overrides: Small.progressive),
        Family(name: "pggan, periodic", overrides: Small.progressive + ["model.padding=periodic"]),
        Family(name: "sagan", overrides: Small.selfAttention),
        Family(name: "r3gan", overrides: Small.r3gan),
        Family(name: "pggan, while 8² fades in", overrides: Small.progressive + fading, side: 8),
        Family(name: "stylegan2, while 8² fades in", overrides: fading, side: 8),
        Family(name: "stylegan2, at 4²", overrides: growing + ["growing.training_kimg=10"], side: 4),
    ]

    private func write(_ values: [Float], _ path: String) throws -> String {
        try RawFloats.write(values, to: path)
        return path
    }

    private func read(_ path: String) throws -> [Float] {
        RawFloats.read([UInt8](try #require(FileManager.default.contents(atPath: path)))[...])
    }

    private func channelsFirst(_ values: [Float], _ n: Int, _ h: Int, _ w: Int, _ c: Int) -> [Float] {
        var ordered = values
        for i in values.indices {
            let (sample, pixel, channel) = (i / (h * w * c), i / c % (h * w), i % c)
            ordered[(sample * c + channel) * h * w + pixel] = values[i]
        }
        return ordered
    }

    private func relative(_ a: [Float], _ b: [Float]) -> Double {
        let difference = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
        return (difference / b.reduce(0.0) { $0 + Double($1) * Double($1) }).squareRoot()
    }

    /// Sixteen seeds, and as many samples at a time as one likes.
    @Test(
        .enabled(if: python != nil, "no Python has onnxruntime (pip install onnxruntime; GANGLION_PYTHON names one)"),
        arguments: families)
    func runtimeAndSamplerAgree(_ family: Family) throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", family.overrides, steps: 3)
            let file = try GeneratorFile(path)
            #expect(file.level.isFading == (family.overrides.contains("growing.training_kimg=0.001")))
            let model = scene.path + "/a.onnx"
            try ExportSession(checkpoint: path, format: "onnx", out: model, network: nil).run { _ in }
            let python = try #require(Self.python)
            for (seeds, psi) in [(Array(0..<16), Float(1)), ([21], 1), ([3, 4, 5], 0.5)] {
                guard psi == 1 || file.hasStyles else { continue }
                let count = seeds.count
                let classes = file.classCount == 0 ? nil : seeds.map { $0 % file.classCount }
                var call = [
                    "z", "\(count)x\(file.generator.zDim)",
                    try write(file.latents(seeds: seeds), scene.path + "/z"),
                ]
                if let classes {
                    let labels = classes.flatMap { label in (0..<file.classCount).map { Float($0 == label ? 1 : 0) } }
                    call += ["labels", "\(count)x\(file.classCount)", try write(labels, scene.path + "/labels")]
                }
                if file.hasStyles { call += ["truncation", "1x1", try write([psi], scene.path + "/psi")] }
                let result = try ChildProcess.run(
                    ["/usr/bin/env", python, "-c", Self.runner, model, scene.path + "/out"] + call, timeout: 120)
                try #require(result.status == 0, "\(result.stderr)")
                let side = family.side
                #expect(result.stdout.hasPrefix("image [\(count), 3, \(side), \(side)]"), "\(result.stdout)")
                let expected = channelsFirst(
                    try file.values(
                        seeds: seeds, conditions: classes.map { .classes($0.map(Int32.init)) }, truncation: psi,
                        noise: .const), count, side, side, 3)
                let found = relative(try read(scene.path + "/out"), expected)
                #expect(found < 1e-5, "\(family.name), \(count) samples, ψ \(psi): \(found)")
            }
        }
    }

    static let pairs =
        SmallPairs.families + [
            SmallPairs.pix2pix.with(["model.norm=instance"], "by instance"),
            SmallPairs.ccfpse.with(["model.z_dim=5"], "from z"),
        ]

    /// Images that condition are in [-1, 1] where they are pictures.
    @Test(
        .enabled(if: python != nil, "no Python has onnxruntime (pip install onnxruntime; GANGLION_PYTHON names one)"))
    func picturesConditionAsNetworksSeeThem() throws {
        try withTranslation { scene in
            let path = try scene.pix2pix()
            let (file, model) = (try GeneratorFile(path), scene("a.onnx"))
            try ExportSession(checkpoint: path, format: "onnx", out: model, network: nil).run { _ in }
            let values = TranslationScene.grey(1).map { Float($0) / 127.5 - 1 }
            let conditions = PixelConditions.images(values, height: 16, width: 16)
            let python = try #require(Self.python)
            let result = try ChildProcess.run(
                [
                    "/usr/bin/env", python, "-c", Self.runner, model, scene("out"), "condition", "1x1x16x16",
                    try write(values, scene("c")),
                ], timeout: 120)
            try #require(result.status == 0, "\(result.stderr)")
            let expected = channelsFirst(
                try SampleImages.translatedValues(
                    file.generator, file.parameters, conditions: conditions, seeds: [0]), 1, 16, 16, 3)
            #expect(relative(try read(scene("out")), expected) < 1e-5)
        }
    }

    /// Of label maps and of images; dropout's draws are inputs.
    @Test(
        .enabled(if: python != nil, "no Python has onnxruntime (pip install onnxruntime; GANGLION_PYTHON names one)"),
        arguments: pairs)
    func runtimeAndTranslatorAgree(_ family: SmallPairs) throws {
        try withTemporaryFolder { folder in
            let engine = try family.engine()
            try family.run(engine, steps: 2)
            let path = folder + "/a.h5"
            let (side, beside) = (family.side, engine.configuration.imageConditionChannels)
            let description = DatasetDescription(
                format: .picture(resolution: side, channels: engine.configuration.channels),
                imageCondition: beside > 0 ? .picture(resolution: side, channels: beside) : nil)
            try CheckpointFile.write(
                engine.checkpoint(datasetID: "set", ranks: 1, description: description), to: path)
            let file = try GeneratorFile(path)
            let model = folder + "/a.onnx"
            try ExportSession(checkpoint: path, format: "onnx", out: model, network: nil).run { _ in }
            let python = try #require(Self.python)
            let (size, channels) = (file.generator.imageSize, file.generator.conditionChannels)
            for seeds in [Array(0..<16), [21]] {
                let count = seeds.count
                let pixels = (0..<count * size.height * size.width).map { $0 / 5 % 7 + $0 / size.width / 3 }
                let conditions: PixelConditions =
                    file.conditionClasses > 0
                    ? .maps(pixels.map { UInt8($0 % channels) }, height: size.height, width: size.width)
                    : .images(
                        (0..<pixels.count * channels).map {
                            Float(pixels[$0 / channels] % 11 + $0 % channels) / 8 - 0.7
                        },
                        height: size.height, width: size.width)
                let input = file.translationInput(conditions: conditions, seeds: seeds)
                // Channels that are no picture's go in as they are measured.
                let isPicture = file.conditionFormat?.isPicture ?? true
                let condition = try #require(input.condition).affine(isPicture ? 1 : 127.5, isPicture ? 0 : 127.5)
                var call = [
                    "condition", "\(count)x\(channels)x\(size.height)x\(size.width)",
                    try write(
                        channelsFirst(condition.array, count, size.height, size.width, channels), folder + "/c"),
                ]
                if file.generator.zDim > 0 {
                    call += ["z", "\(count)x\(file.generator.zDim)", try write(input.z.array, folder + "/z")]
                }
                for (place, factors) in (input.dropout ?? []).enumerated() {
                    let shape = factors.shape
                    call += [
                        "dropout_\(place)", "\(count)x\(shape[3])x\(shape[1])x\(shape[2])",
                        try write(
                            channelsFirst(factors.array, count, shape[1], shape[2], shape[3]), folder + "/d\(place)"),
                    ]
                }
                let result = try ChildProcess.run(
                    ["/usr/bin/env", python, "-c", Self.runner, model, folder + "/out"] + call, timeout: 120)
                try #require(result.status == 0, "\(result.stderr)")
                let expected = channelsFirst(
                    try SampleImages.translatedValues(
                        file.generator, file.parameters, conditions: conditions, seeds: seeds), count, size.height,
                    size.width, file.generator.imageChannels)
                let found = relative(try read(folder + "/out"), expected)
                #expect(found < 1e-5, "\(family), \(count) samples: \(found)")
            }
        }
    }

    /// Fields come out in physical units, and numbers that condition go in so.
    @Test(
        .enabled(if: python != nil, "no Python has onnxruntime (pip install onnxruntime; GANGLION_PYTHON names one)"))
    func fieldsAndConditions() throws {
        try withTemporaryFolder { folder in
            let curves: [ChannelTransform.Curve] = [
                .linear, .asinh(scale: 2), .log1p, .ratio(a: 3), .power(exponent: 0.5),
            ]
            for curve in curves {
                var (format, numbers) = (SmallFields.format, SmallFields.vector)
                for place in format.channels.indices {
                    format.channels[place].transform = ChannelTransform(curve: curve, center: 0.3, scale: 0.5)
                }
                for place in numbers.components.indices {
                    numbers.components[place].transform = ChannelTransform(curve: curve, center: 0.2, scale: 1.5)
                }
                let description = DatasetDescription(format: format, classes: 0, vector: numbers)
                let engine = try Small.fieldEngine(["data.condition=vector"])
                let path = folder + "/fields.h5"
                try CheckpointFile.write(
                    engine.checkpoint(datasetID: "set", ranks: 1, description: description), to: path)
                let file = try GeneratorFile(path)
                let vector = try #require(file.vectorFormat)
                try ExportSession(checkpoint: path, format: "onnx", out: folder + "/f.onnx", network: nil).run { _ in }
                let python = try #require(Self.python)
                let seeds = [1, 2, 3]
                // The smallest tell whether 1 + x has left anything of x.
                let physical: [Float] = [0.25, 1.5, 2e-6, 0.5, 3, 1e-6]
                let size = file.generator.imageSize
                let channels = file.generator.imageChannels
                let result = try ChildProcess.run(
                    [
                        "/usr/bin/env", python, "-c", Self.runner, folder + "/f.onnx", folder + "/out",
                        "z", "3x\(file.generator.zDim)", try write(file.latents(seeds: seeds), folder + "/z"),
                        "condition", "3x2", try write(physical, folder + "/c"),
                        "truncation", "1x1", try write([1], folder + "/psi"),
                    ], timeout: 120)
                try #require(result.status == 0, "\(result.stderr)")
                let values = try file.values(
                    seeds: seeds, conditions: .vectors(vector.normalized(physical), components: 2), truncation: 1,
                    noise: .const)
                let stored = try #require(file.sampleFormat)
                let expected = channelsFirst(
                    stored.physical(values).values, 3, size.height, size.width, channels)
                let found = relative(try read(folder + "/out"), expected)
                #expect(found < 1e-5, "\(curve): \(found)")
            }
        }
    }

    @Test func onlyTheAveragedGeneratorIsWrittenDown() throws {
        let network = thrown(UsageError.self) {
            try ExportSession(checkpoint: "a.h5", format: "onnx", out: "a.onnx", network: "discriminator")
        }
        #expect(network?.description.hasPrefix("--network goes with safetensors") == true)
    }

    /// All families are written down, whether a runtime is there or not.
    @Test(arguments: families) func inputsAndOutputStandInTheFile(_ family: Family) throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", family.overrides, steps: 3)
            var said: [String] = []
            let out = scene.path + "/a.onnx"
            try ExportSession(checkpoint: path, format: "onnx", out: out, network: nil).run { said.append($0) }
            let file = try GeneratorFile(path)
            let names = ["z"] + (file.classCount > 0 ? ["labels"] : []) + (file.hasStyles ? ["truncation"] : [])
            let side = family.side
            #expect(said == ["images of \(side)×\(side) with 3 channels from \(names.joined(separator: ", ")): \(out)"])
            let bytes = try #require(FileManager.default.contents(atPath: out))
            // Not much more than the parameters: nothing is in it twice.
            let active = file.generator.activeParameters
            let numbers = file.generator.declarations.filter { !$0.isTrained || active.contains($0.name) }.reduce(0) {
                $0 + $1.layout.count
            }
            #expect(
                (family.side < 16 || bytes.count > 4 * numbers - 4000) && bytes.count < 5 * numbers + 60_000,
                "\(bytes.count) for \(numbers)")
        }
    }
}
