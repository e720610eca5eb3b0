import Autodiff
import Foundation
import Layers
import Models
import Recipes
import Storage
import Testing
import Training

extension EndToEnd {
    /// A checkpoint built from the weights of the reference implementation: groups of arrays, and nothing else.
    @Suite struct ReferenceWeights {
        static let golden =
            ProcessInfo.processInfo.environment["GANGLION_GOLDEN"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Golden").path
        static let model = [
            "model.channel_base=512", "model.channel_max=24", "model.z_dim=24", "model.w_dim=24",
            "model.mapping_layers=2", "ggdr.resolution=16",
        ].flatMap { ["--set", $0] }

        private let golden: HDF5File
        private let scratch: Scratch
        private let path: String

        init() throws {
            golden = try HDF5File(reading: Self.golden + "/stylegan2_ggdr_32.h5")
            scratch = try Scratch()
            path = scratch("reference.h5")
            try build(path) { _ in true }
        }

        private func build(_ path: String, where isWanted: (String) -> Bool) throws {
            let file = try HDF5File(inMemory: path)
            for (source, target) in [("init/G", "generator"), ("init/D", "discriminator")] {
                for name in try golden.datasetPaths(under: source) {
                    let name = String(name.dropFirst(source.count + 1))
                    guard isWanted(name) else { continue }
                    let (shape, values) = try golden.floats("\(source)/\(name)")
                    try file.write(values, shape: shape, to: "\(target)/\(name)")
                }
            }
            try file.save(to: path)
        }

        @Test func givesTheReferencesImages() throws {
            let file = try GeneratorFile(path)
            let (shape, z) = try golden.floats("input/z")
            let (imageShape, expected) = try golden.floats("forward/image")
            let weights = file.parameters.weights(differentiable: false)
            let input = GeneratorInput(z: Tensor(z, shape: shape), labels: nil, noise: .constant)
            let generator = file.level.of(file.generator)
            let image = generator(input, weights).image.array
            let (n, c, h, w) = (imageShape[0], imageShape[1], imageShape[2], imageShape[3])
            #expect(image.count == expected.count)
            var (difference, norm) = (0.0, 0.0)
            for index in expected.indices {
                // NCHW there, NHWC here.
                let (i, channel, y, x) = (index / (c * h * w), index / (h * w) % c, index / w % h, index % w)
                let found = Double(image[((i * h + y) * w + x) * c + channel])
                difference += (found - Double(expected[index])) * (found - Double(expected[index]))
                norm += Double(expected[index]) * Double(expected[index])
            }
            #expect(n > 0 && norm > 0 && (difference / norm).squareRoot() < 1e-5)
        }

        @Test func isSampledAndInspected() throws {
            let result = try Program.run(["sample", path, "--out", scratch("images.h5"), "--count", "3"])
            expect(result, status: 0, says: "3 images of 32×32")
            #expect(try HDF5File(reading: scratch("images.h5")).dataset("images").shape == [3, 32, 32, 3])
            expect(try Program.run(["inspect", path, "--arrays"]), status: 0, says: "generator/synthesis.b4.const")
            expect(try Program.run(["inspect", path]), status: 0, says: "generator ", "--arrays lists them")
        }

        /// With a learning rate of next to nothing the networks stay what they were.
        @Test(arguments: [nil, 2] as [Int?]) func isTransferred(ranks: Int?) throws {
            let run = TestRun(
                data: try scratch.shapes(resolution: 32), folder: scratch("run"),
                options: TestRun.tiny + Self.model + [
                    "--transfer", path, "--set", "optimizer.g_lr=1e-30", "--set", "optimizer.d_lr=1e-30",
                ])
            let result = try run.train(images: 8, ranks: ranks)
            expect(result, status: 0, says: "networks transferred from \(path)")
            let contents = try run.contents(8)
            #expect(contents.attribute("step") == .int(1))
            for (source, target) in [("init/G", "generator"), ("init/G", "ema"), ("init/D", "discriminator")] {
                for array in contents.arrays where array.path.hasPrefix(target + "/") {
                    let name = String(array.path.dropFirst(target.count + 1))
                    if name == "mapping.w_avg" { continue }
                    let (shape, values) = try golden.floats("\(source)/\(name)")
                    #expect(array.shape == shape, "\(array.path)")
                    #expect(zip(array.values, values).allSatisfy { abs($0 - $1) < 1e-6 }, "\(array.path)")
                }
            }
        }

        @Test func withoutADecoderItKeepsItsInitialValues() throws {
            let bare = scratch("bare.h5")
            try build(bare) { !$0.contains("_dec.") }
            let run = TestRun(
                data: try scratch.shapes(resolution: 32), folder: scratch("run"),
                options: TestRun.tiny + Self.model + ["--transfer", bare])
            expect(try run.train(images: 8), status: 0, says: "discriminator/b8_dec.weight", "keeps its initial values")
        }

        @Test func isNoRunToGoOnWithAndFitsOneArchitecture() throws {
            let data = try scratch.shapes(resolution: 32)
            let resumed = TestRun(data: data, folder: scratch("run"), options: TestRun.tiny + Self.model)
            expect(try resumed.train(images: 8, "--resume", path), status: 65, says: path)
            let other = TestRun(data: data, folder: scratch("run"))
            expect(
                try other.train(images: 8, "--transfer", path), status: 78, says: path, "generator/", "has shape [24",
                "expected [16")
        }
    }
}
