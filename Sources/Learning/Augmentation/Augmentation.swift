import Autodiff

/// Transforms that the discriminator sees images through, so that it cannot learn a small data set by heart (arXiv
/// 2006.06676, 2006.10738): reals and fakes alike, in its own phases and in the generator's.
public protocol Augmentation: Sendable {
    /// What the draws make of it, for as many samples.
    func drawn(_ draws: AugmentationDraws) -> any DrawnAugmentation
}

/// An augmentation whose draws are made: one transform for each sample of a microbatch.
public protocol DrawnAugmentation {
    /// What the discriminator sees in place of images, differentiable any number of times.
    ///
    /// - Parameter x: [N, H, W, C], nominally in [-1, 1].
    func images(_ x: Tensor) -> Tensor

    /// Does to feature maps of the same samples what was done to the place of things in the images, and nothing else: what
    /// guides the discriminator must lie where it sees it (arXiv 2207.13320, section 3.3).
    ///
    /// - Parameter x: [N, h, w, channels] of any resolution.
    func features(_ x: Tensor) -> Tensor
}

/// The random numbers of an augmentation: pure functions of step, phase and sample number.
public struct AugmentationDraws {
    /// Samples.
    public let count: Int
    private let drawUniforms: (_ slot: Int, _ count: Int) -> [Float]
    private let drawNormals: (_ slot: Int, _ count: Int) -> [Float]
    private let drawNoise: (_ shape: [Int]) -> Tensor

    /// Numbers below which slots are told apart.
    public static let slots = 63

    /// - Parameters:
    ///   - uniforms: as ``uniforms(_:count:)``.
    ///   - normals: as ``normals(_:count:)``.
    ///   - noise: as ``noise(shape:)``.
    public init(
        count: Int, uniforms: @escaping (_ slot: Int, _ count: Int) -> [Float],
        normals: @escaping (_ slot: Int, _ count: Int) -> [Float], noise: @escaping (_ shape: [Int]) -> Tensor
    ) {
        self.count = count
        (drawUniforms, drawNormals, drawNoise) = (uniforms, normals, noise)
    }

    /// Numbers in [0, 1), `count` for each sample, one sample after another.
    ///
    /// - Parameter slot: of the transform, from 0 to 62. It never changes: then a transform's draws do not depend on which
    ///   others there are.
    public func uniforms(_ slot: Int, count: Int = 1) -> [Float] {
        precondition((0..<Self.slots).contains(slot), "augmentation: slot \(slot)")
        return drawUniforms(slot, count)
    }

    /// N(0, 1) numbers, otherwise as ``uniforms(_:count:)``.
    public func normals(_ slot: Int, count: Int = 1) -> [Float] {
        precondition((0..<Self.slots).contains(slot), "augmentation: slot \(slot)")
        return drawNormals(slot, count)
    }

    /// N(0, 1) numbers [N] + `shape`.
    public func noise(shape: [Int]) -> Tensor { drawNoise(shape) }
}
