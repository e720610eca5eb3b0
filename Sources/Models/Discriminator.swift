import Autodiff
import Layers

/// What training and GGDR ask of a discriminator.
public protocol Discriminator: Sendable {
    /// Nil without GGDR, and while the network has not grown to its resolution.
    var decoder: GGDRDecoder? { get }
    /// What predicts label maps of images; nil without that supervision, which is the default, and while the network has
    /// not grown to its resolution.
    var labelDecoder: LabelDecoder? { get }
    /// Where the declarations of what tells numbers beside the score stand; nil without layers of its own, which is the
    /// default.
    var regressionPlaces: Range<Int>? { get }
    /// Nominal resolution of the images that it takes as it is now, see ``NetworkGrid``: height and width of squares that
    /// are a power of two wide.
    var resolution: Int { get }
    /// Height and width of its feature maps at a nominal resolution; squares by default.
    func mapSize(at resolution: Int) -> MapSize
    /// With the decoder's. A network that grows declares the parameters of all levels.
    var declarations: [ParameterDeclaration] { get }
    /// Names of the trained parameters that take part, the decoder's among them; all by default.
    var activeParameters: Set<String> { get }
    /// Names of what a discriminator of other settings may not have, so that a run may start from its networks
    /// nevertheless; none by default.
    var partsThatOthersLack: Set<String> { get }

    /// What it says of images.
    ///
    /// - Parameters:
    ///   - image: [N, H, W, imageChannels] of `imageSize`, nominally in [-1, 1].
    ///   - labels: [N, labelDim], or nil for an unconditional network; see ``ConditionKind``.
    func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput
    /// The same with what else it may be shown beside the images; of those and their labels alone by default.
    func callAsFunction(_ input: DiscriminatorInput, _ weights: Weights) -> DiscriminatorOutput

    /// Whether some layer looks at the whole batch; see ``Generator/looksAtWholeBatch``. False by default.
    var looksAtWholeBatch: Bool { get }
    /// What it says of all of a rank's microbatches, each with weights of its own; one after another by default.
    func callAsFunction(_ inputs: [DiscriminatorInput], _ weights: [Weights]) -> [DiscriminatorOutput]
}

extension Discriminator {
    public func mapSize(at resolution: Int) -> MapSize { .square(resolution) }
    /// Height and width of the images that it takes as it is now.
    public var imageSize: MapSize { mapSize(at: resolution) }
    public var labelDecoder: LabelDecoder? { nil }
    public var regressionPlaces: Range<Int>? { nil }
    public var looksAtWholeBatch: Bool { false }
    public var partsThatOthersLack: Set<String> { [] }

    public func callAsFunction(_ inputs: [DiscriminatorInput], _ weights: [Weights]) -> [DiscriminatorOutput] {
        precondition(
            inputs.count == weights.count, "discriminator: \(inputs.count) inputs with \(weights.count) weights")
        return zip(inputs, weights).map { self($0, $1) }
    }

    public func callAsFunction(_ input: DiscriminatorInput, _ weights: Weights) -> DiscriminatorOutput {
        self(input.image, labels: input.labels, weights)
    }

    public var activeParameters: Set<String> { Set(declarations.filter(\.isTrained).map(\.name)) }

    /// Images must be of its size.
    func check(_ image: Tensor, channels: Int) {
        let size = imageSize
        precondition(
            image.rank == 4 && image.shape == [image.shape[0], size.height, size.width, channels],
            "discriminator: images \(image.shape), expected [N, \(size.height), \(size.width), \(channels)]")
    }
}
