import Autodiff
import Kernels

/// All random draws of a run: pure functions of seed, purpose, step and the sample's number in the global batch.
///
/// So they do not depend on how many ranks there are, and nothing has to be stored or kept in step.
public struct Randomizer: Sendable {
    public enum Purpose: UInt32, Sendable {
        case initialization = 1
        case latent, mixingLatent, mixingCutoff, noise, pathLengthNoise, label
        /// The latents of the sample sheet, fixed for a run.
        case sheet
        /// The latents of `ganglion sample`, one to a seed.
        case sample
        /// Between real and generated images, for the gradient penalty.
        case interpolation
        /// The latents that standing statistics are taken with.
        case standingStatistics
        /// What the discriminator sees images through.
        case augmentation
        /// Whose condition is left out.
        case conditionDropout
        /// What dropout leaves out of a generator's feature maps.
        case dropout
        /// Which classes LabelMix takes from real images.
        case labelMix
        /// What is added to the style that an image is projected to.
        case projection
    }

    private let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// Seeds that differ in any bit, or purposes that differ, give unrelated keys (SplitMix64's finaliser).
    public static func key(_ seed: UInt64, _ purpose: Purpose) -> UInt64 {
        var z = seed &+ UInt64(purpose.rawValue) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// N(0, 1) numbers, one row for each of `samples`.
    ///
    /// - Parameter stream: tells apart draws of one purpose within a step (phase, layer).
    public func normals(
        _ purpose: Purpose, stream: Int = 0, step: Int, samples: Range<Int>, shape: [Int]
    ) -> Tensor {
        let row = shape.reduce(1, *)
        let view = BufferView(count: samples.count * row)
        Draws.normals(
            key: Self.key(seed, purpose), firstRow: samples.lowerBound, c2: UInt32(truncatingIfNeeded: step),
            c3: UInt32(truncatingIfNeeded: stream), into: view, rowCount: row)
        return Tensor(view, shape: [samples.count] + shape)
    }

    /// Numbers in [0, 1), `count` for each of `samples`.
    public func uniforms(
        _ purpose: Purpose, stream: Int = 0, step: Int, samples: Range<Int>, count: Int
    ) -> [Float] {
        let view = BufferView(count: samples.count * count)
        Draws.uniforms(
            key: Self.key(seed, purpose), firstRow: samples.lowerBound, c2: UInt32(truncatingIfNeeded: step),
            c3: UInt32(truncatingIfNeeded: stream), into: view, rowCount: count)
        return view.array
    }
}
