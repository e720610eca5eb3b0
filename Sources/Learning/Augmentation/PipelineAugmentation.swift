import Autodiff

/// The transforms of adaptive discriminator augmentation (arXiv 2006.06676, section 2.2 and appendix B), each with a
/// probability that is the pipeline's factor times p.
public struct PipelineAugmentation: Augmentation {
    let pipeline: AugmentationPipeline
    /// p: asked for when draws are made.
    private let probability: @Sendable () -> Float

    /// - Parameter probability: in 0 … 1; may change from one asking to the next.
    public init(_ pipeline: AugmentationPipeline, probability: @escaping @Sendable () -> Float) {
        self.pipeline = pipeline
        self.probability = probability
    }

    public func drawn(_ draws: AugmentationDraws) -> any DrawnAugmentation {
        DrawnPipeline(pipeline, p: probability(), draws)
    }
}

/// What a pipeline's draws come to, for each sample of a microbatch.
private struct DrawnPipeline: DrawnAugmentation {
    private let pipeline: AugmentationPipeline
    private let p: Float
    private let draws: AugmentationDraws
    /// Nil where the pipeline moves nothing.
    private let geometry: [DrawnGeometry]?
    private let filters: [[Float]?]
    /// Standard deviation of what is added.
    private let noise: [Float]
    private let cuts: [(x: Float, y: Float)?]

    /// Of the standard deviation of the noise.
    private static let noiseDeviation: Float = 0.1

    init(_ pipeline: AugmentationPipeline, p: Float, _ draws: AugmentationDraws) {
        self.pipeline = pipeline
        self.p = p
        self.draws = draws
        geometry = pipeline.movesThings ? DrawnGeometry.drawn(pipeline, p: p, draws) : nil
        filters = FilterBands.drawn(pipeline.filter * p, draws)
        if pipeline.noise * p > 0 {
            let amounts = draws.normals(.noise)
            noise = draws.gated(.noise, pipeline.noise * p).enumerated().map { i, draw in
                draw.isOn ? abs(amounts[i]) * Self.noiseDeviation : 0
            }
        } else {
            noise = []
        }
        if pipeline.cutout * p > 0 {
            cuts = draws.gated(.cutout, pipeline.cutout * p, count: 2).map { draw in
                draw.isOn ? (x: draw.values.number(0), y: draw.values.number(1)) : nil
            }
        } else {
            cuts = []
        }
    }

    func images(_ x: Tensor) -> Tensor {
        let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
        var x = x
        if let geometry {
            let places = geometry.map { $0.inverse(height: height, width: width) }.map { $0 == .identity ? nil : $0 }
            if places.contains(where: { $0 != nil }) { x = x.resampled(by: places) }
        }
        if pipeline.changesColors {
            let colors = DrawnColors.drawn(pipeline, p: p, channels: channels, draws)
            if colors.contains(where: { $0 != nil }) { x = x.recolored(by: colors) }
        }
        if filters.contains(where: { $0 != nil }) { x = x.filtered(by: filters) }
        if noise.contains(where: { $0 > 0 }) {
            let amount = Tensor(noise, shape: [noise.count, 1, 1, 1])
            x = x + draws.noise(shape: [height, width, channels]) * amount
        }
        if cuts.contains(where: { $0 != nil }) { x = x * CutoutMask.mask(cuts, height: height, width: width) }
        return x
    }

    /// Geometry alone, as in the authors' code, which resamples the maps of images that stay as they are too: so a
    /// discriminator always learns to predict the same thing, maps as this sampling leaves them.
    func features(_ x: Tensor) -> Tensor {
        guard let geometry else { return x }
        return x.resampled(
            by: geometry.map { $0.inverse(height: x.shape[1], width: x.shape[2]) }, upsampling: .bilinear)
    }
}
