import Layers

/// What training, sampling and GGDR ask of a generator.
public protocol Generator: Sendable {
    /// Length of z.
    var zDim: Int { get }
    /// Length of what conditions it: of a one-hot label, or of a vector's numbers and one more; 0 for an unconditional
    /// network.
    var labelDim: Int { get }
    /// Channels of what conditions each pixel: classes of label maps, or channels of images; 0 for networks that nothing
    /// conditions so, which is the default.
    var conditionChannels: Int { get }
    /// What both sides of a condition must be multiples of, where the network makes images of any such size; nil where it
    /// makes those of its own size alone, which is the default.
    var sizeMultiple: Int? { get }
    /// Whether z may be another one at each pixel, [N, H, W, zDim]. False by default.
    var takesNoiseOfPixels: Bool { get }
    /// Numbers for each pixel of an image that are in memory together while it is made, at the least: of networks that make
    /// images of what stands at each pixel, see ``TranslationGenerator``. 0 by default.
    var floatsPerPixel: Int { get }
    /// Height, width and channels of each of the tensors that dropout multiplies maps by, of images of a size, in the order
    /// in which ``GeneratorInput/dropout`` has them: each number is 0, or 1/(1 − rate) for what stays. None by default.
    func dropoutSizes(height: Int, width: Int) -> [(height: Int, width: Int, channels: Int)]
    /// Nominal resolution of the images that it makes as it is now, see ``NetworkGrid``: height and width of squares that
    /// are a power of two wide.
    var resolution: Int { get }
    /// Height and width of its feature maps at a nominal resolution; squares by default.
    func mapSize(at resolution: Int) -> MapSize
    var imageChannels: Int { get }
    /// Length of a style; 0 for networks without styles.
    var wDim: Int { get }
    /// Layers that take a style; 0 for networks without styles.
    var styleCount: Int { get }
    /// In the order of computation. A network that grows declares the parameters of all levels.
    var declarations: [ParameterDeclaration] { get }
    /// Names of the trained parameters that take part; all by default.
    var activeParameters: Set<String> { get }

    /// Names of what a generator of other settings may not have; see ``Discriminator/partsThatOthersLack``. None by default.
    var partsThatOthersLack: Set<String> { get }

    /// Whether some layer looks at the whole batch: then all microbatches of a rank go forward and back together, with
    /// weights that know what sums the batch; images of one microbatch alone are made by moving averages. False by
    /// default.
    var looksAtWholeBatch: Bool { get }

    /// Images of its resolution.
    func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput
    /// Images of all of a rank's microbatches, each with weights of its own; one after another by default.
    func callAsFunction(_ inputs: [GeneratorInput], _ weights: [Weights]) -> [GeneratorOutput]
}

extension Generator {
    public func mapSize(at resolution: Int) -> MapSize { .square(resolution) }
    /// Height and width of the images that it makes as it is now.
    public var imageSize: MapSize { mapSize(at: resolution) }
    public var conditionChannels: Int { 0 }
    public var sizeMultiple: Int? { nil }
    public var takesNoiseOfPixels: Bool { false }
    public var floatsPerPixel: Int { 0 }
    public func dropoutSizes(height: Int, width: Int) -> [(height: Int, width: Int, channels: Int)] { [] }
    public var looksAtWholeBatch: Bool { false }
    public var partsThatOthersLack: Set<String> { [] }

    public func callAsFunction(_ inputs: [GeneratorInput], _ weights: [Weights]) -> [GeneratorOutput] {
        precondition(inputs.count == weights.count, "generator: \(inputs.count) inputs with \(weights.count) weights")
        return zip(inputs, weights).map { self($0, $1) }
    }

    public var activeParameters: Set<String> { Set(declarations.filter(\.isTrained).map(\.name)) }
}
