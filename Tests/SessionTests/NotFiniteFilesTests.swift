import Cluster
import Configuration
import Failure
import Kernels
import Recipes
import Reporting
import Storage
import TestSupport
import SmallRuns
import Testing
import Training

/// Checkpoints that hold ∞ or NaN, and runs that would write one.
@Suite struct NotFiniteFilesTests {
    private func contents(_ path: String, _ value: Float) throws -> CheckpointContents {
        let engine = try Small.engine()
        try Small.run(engine, steps: 1)
        var contents = engine.checkpoint(datasetID: "set", ranks: 1)
        let index = try #require(contents.arrays.firstIndex { $0.path == path })
        contents.arrays[index].values[0] = value
        return contents
    }

    private func refuses(_ texts: String..., body: () throws -> Void) {
        #expect {
            try body()
        } throws: { error in
            (error as? any ExitCoded)?.exitCode == ExitCode.badData
                && texts.allSatisfy { text in "\(error)".contains(text) }
        }
    }

    @Test(arguments: [
        "generator/synthesis.b4.const", "discriminator/b8_dec.weight", "ema/mapping.w_avg", "optimizer/generator/v",
        "state/pl_mean",
    ])
    func nothingIsResumedFromThem(path: String) throws {
        for (value, name) in [(Float.nan, "nan"), (-Float.infinity, "-inf")] {
            let contents = try contents(path, value)
            let engine = try Small.engine()
            let before = EngineState(engine)
            refuses("a.h5: \(path) holds \(name)", "older checkpoint") {
                try engine.resume(contents, path: "a.h5", datasetID: "set")
            }
            #expect(EngineState(engine).differences(from: before).isEmpty)
        }
    }

    @Test func nothingIsTransferredFromThem() throws {
        let contents = try contents("discriminator/b8_dec.weight", .nan)
        refuses("a.h5: discriminator/b8_dec.weight holds nan") {
            _ = try Small.engine().transfer(contents, path: "a.h5")
        }
        // Moments stay behind.
        let moments = try self.contents("optimizer/generator/v", .infinity)
        #expect(try Small.engine().transfer(moments, path: "a.h5").isEmpty)
    }

    @Test func nothingIsSampledFromThem() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(try contents("ema/mapping.w_avg", .infinity), to: path)
            refuses("\(path): ema/mapping.w_avg holds inf") { _ = try GeneratorFile(path) }
            // Images come from the average alone.
            try CheckpointFile.write(try contents("optimizer/generator/v", .infinity), to: path)
            #expect(try GeneratorFile(path).images(seeds: [1], classes: nil, truncation: 1).count == 16 * 16 * 3)
        }
    }

    /// Finite parameters, and images that are not.
    @Test func imagesThatAreNotFinite() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            let engine = try Small.engine(["model.clamp=none"])
            let constant = try #require(engine.networks.average.entry(named: "synthesis.b4.const"))
            Elementwise.fill(engine.networks.average.view(constant), with: .greatestFiniteMagnitude)
            try CheckpointFile.write(engine.checkpoint(datasetID: "set", ranks: 1), to: path)
            let file = try GeneratorFile(path)
            refuses("\(path): the image of seed 7 is not finite") {
                _ = try file.images(seeds: [7, 8], classes: nil, truncation: 1)
            }
            #expect(throws: NotFiniteImage(place: 0)) {
                try SampleImages.make(
                    file.generator, file.parameters, seeds: Array(0..<20))
            }
        }
    }
}
