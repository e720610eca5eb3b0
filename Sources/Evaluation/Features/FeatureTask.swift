/// What a network learns so that its features are worth something.
public enum FeatureTask: String, CaseIterable, Sendable {
    /// The classes of a labelled data set.
    case classifier
    /// By which of four quarter turns an image was turned (arXiv 1803.07728, section 2): for data without labels.
    case rotation
    /// The class of every pixel, of data with label maps: what ``MeanIntersection`` looks through.
    case segmenter

    /// Quarter turns.
    public static let turns = 4
    /// A label map has a byte a pixel.
    public static let mostMapClasses = 256
}
