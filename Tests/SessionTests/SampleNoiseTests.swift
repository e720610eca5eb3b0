import Failure
import Recipes
import Session
import SmallRuns
import Storage
import TestSupport
import Testing

/// `ganglion sample --noise`.
@Suite struct SampleNoiseTests {
    private func sample(
        _ checkpoint: String, seeds: String, noise: String?, out: String
    ) throws -> (shape: [Int], values: [UInt8]) {
        try SampleSession(
            checkpoint: checkpoint, out: out, count: nil, seeds: seeds, truncation: 1, label: nil, grid: nil,
            noise: noise
        ).run()
        let file = try HDF5File(reading: out)
        defer { file.close() }
        return try file.bytes("images")
    }

    @Test func planesAreTheNetworksOrTheSeedsOrNone() throws {
        try withPictures { scene in
            // Strengths of the noise start at zero.
            let path = try scene.checkpoint("a.h5", ["optimizer.g_lr=0.1"], steps: 4)
            func made(_ noise: String?, seeds: String = "3-6") throws -> [UInt8] {
                try sample(path, seeds: seeds, noise: noise, out: scene.path + "/s.h5").values
            }
            let usual = try made(nil)
            #expect(try made("const") == usual)
            let (random, none) = (try made("random"), try made("none"))
            #expect(random != usual && none != usual && random != none)
            // Drawn for the seed, whatever stands beside it.
            let size = 16 * 16 * 3
            #expect(try made("random", seeds: "5") == Array(random[2 * size..<3 * size]))
            #expect(try made("random") == random)
        }
    }

    @Test func whatHasNoNoise() throws {
        try withPictures { scene in
            let plain = try scene.checkpoint("a.h5")
            let residual = try scene.checkpoint("b.h5", Small.selfAttention)
            let out = scene.path + "/s.h5"
            #expect(
                thrown(UsageError.self) { try sample(plain, seeds: "0", noise: "loud", out: out) }?.description
                    == "--noise loud: expected const, random or none")
            let error = refusal { _ = try sample(residual, seeds: "0", noise: "none", out: out) }
            let found = "\(error.map { "\($0)" } ?? "nothing")"
            #expect(found == "--noise none: the generator has no noise inputs; leave it out")
        }
    }
}
