import Autodiff
import Layers
import Learning
import Models

/// A further term of the discriminator's loss on generated images, such as GGDR's: it sees how they were made, and what
/// the discriminator saw in them.
public protocol FakeTerm {
    var measure: Measure { get }
    var weight: Float { get }
    /// Shape [], not times the weight.
    ///
    /// - Parameters:
    ///   - generated: a constant.
    ///   - view: what the discriminator saw the images through; nil for nothing.
    ///   - weights: the discriminator's.
    func loss(
        generated: GeneratorOutput, view: (any DrawnAugmentation)?, seen: DiscriminatorOutput, _ weights: Weights
    ) -> Tensor
}

/// A further term of the discriminator's loss on real images: it sees what is known of them, and what the discriminator
/// saw in them.
public protocol RealTerm {
    var measure: Measure { get }
    var weight: Float { get }
    /// What else it measures; nothing by default.
    var further: [Measure] { get }
    /// Whether it reads the label maps of the images; false by default.
    var readsMaps: Bool { get }
    /// Shape [], not times the weight.
    ///
    /// - Parameters:
    ///   - view: what the discriminator saw the images through; nil for nothing.
    ///   - weights: the discriminator's.
    ///   - measurements: take what it measures besides.
    func loss(
        real: RealSamples, view: (any DrawnAugmentation)?, seen: DiscriminatorOutput, _ weights: Weights,
        _ measurements: inout Measurements
    ) -> Tensor
}

extension RealTerm {
    public var further: [Measure] { [] }
    public var readsMaps: Bool { false }
}

/// A microbatch of the data set.
public struct RealSamples {
    /// [N, r, r, C] in [-1, 1]
    public var images: Tensor
    /// One-hot [N, classes], or nil.
    public var labels: Tensor?
    /// Makes label maps [N, h, h, values], where a term reads them: the weight of a pixel's value in the channel of it, 0 in
    /// the others; or nil. They are large: a phase may hold all of a rank's samples, but not their maps.
    public var maps: (() -> Tensor)?
    /// What conditions each pixel, [N, H, W, conditionChannels]; nil where nothing does.
    public var condition: Tensor?

    public init(images: Tensor, labels: Tensor? = nil, maps: (() -> Tensor)? = nil, condition: Tensor? = nil) {
        self.images = images
        self.labels = labels
        self.maps = maps
        self.condition = condition
    }
}

/// What the discriminator sees images through in one of its phases, of a microbatch.
public struct Views {
    public var ofReals: (any DrawnAugmentation)?
    public var ofFakes: (any DrawnAugmentation)?
    /// Of images between reals and fakes.
    public var ofMixes: (any DrawnAugmentation)?

    public static var none: Views { Views() }

    public init(
        ofReals: (any DrawnAugmentation)? = nil, ofFakes: (any DrawnAugmentation)? = nil,
        ofMixes: (any DrawnAugmentation)? = nil
    ) {
        (self.ofReals, self.ofFakes, self.ofMixes) = (ofReals, ofFakes, ofMixes)
    }
}
