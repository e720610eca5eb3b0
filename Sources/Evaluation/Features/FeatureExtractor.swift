/// A network that turns images into vectors whose distances are worth something: what Fréchet distance, KID, Inception
/// score, precision and recall and their kin look at instead of pixels.
///
/// A distance is one *in the features of* an extractor, and numbers of two extractors cannot be compared: whoever prints
/// one prints ``name`` beside it.
public protocol FeatureExtractor: AnyObject {
    /// In keys and labels: `inception-pytorch`, `classifier`. Lower case, digits and `-`.
    var name: String { get }
    /// A line for reports: which network, trained on what, with which resize.
    var title: String { get }
    /// A hash of all weights and of the rule by which images are resized and scaled: what statistics are cached under.
    var identity: String { get }
    /// Length of a feature vector.
    var dimension: Int { get }
    /// Of which it tells probabilities; 0 where it tells none.
    var classes: Int { get }

    /// Whether images of this size can be looked at.
    ///
    /// - Throws: ``EvaluationError`` that names the extractor's file, what was found and what was expected.
    func check(resolution: Int, channels: Int) throws

    /// What the network says of images. A pure function of each image: the same whichever images are beside it, however
    /// many threads there are.
    ///
    /// - Parameter pixels: [N, H, W, C], values of 0…255, not quantised unless the caller did so.
    /// - Throws: ``EvaluationError`` as ``check(resolution:channels:)``.
    func features(of pixels: [Float], count: Int, resolution: Int, channels: Int) throws -> ExtractedFeatures
}

/// What an extractor says of some images.
public struct ExtractedFeatures: Sendable {
    /// [N, ``FeatureExtractor/dimension``]
    public var features: [Float]
    /// [N, ``FeatureExtractor/classes``], each row's sum 1; empty where there are no classes.
    public var probabilities: [Float]

    public init(features: [Float], probabilities: [Float]) {
        self.features = features
        self.probabilities = probabilities
    }
}
