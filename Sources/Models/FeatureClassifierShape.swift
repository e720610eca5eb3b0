/// The sizes of a ``FeatureClassifier``.
public struct FeatureClassifierShape: Hashable, Sendable {
    /// Of the images; a power of two.
    public let resolution: Int
    public let imageChannels: Int
    public let classes: Int
    /// Of the stem, then of the stage at half the resolution, and so on down to that at 4×4.
    public let widths: [Int]

    /// Images that a network can look at.
    public static let resolutions = 8...256
    /// What a width can be.
    public static let widthLimits = 1...512
    /// More classes than that no data set has.
    public static let mostClasses = 65_536

    /// - Parameter widths: nil for those of ``standardWidths(_:)``.
    public init(resolution: Int, imageChannels: Int, classes: Int, widths: [Int]? = nil) {
        let problem = Self.problem(
            resolution: resolution, imageChannels: imageChannels, classes: classes, widths: widths)
        precondition(problem == nil, "feature classifier: \(problem ?? "")")
        self.resolution = resolution
        self.imageChannels = imageChannels
        self.classes = classes
        self.widths = widths ?? Self.standardWidths(resolution)
    }

    /// What is wrong with sizes that came from outside; nil where they are those of a network.
    public static func problem(resolution: Int, imageChannels: Int, classes: Int, widths: [Int]?) -> String? {
        guard resolutions.contains(resolution), resolution & (resolution - 1) == 0 else {
            return "resolution is \(resolution), expected a power of two from \(resolutions.lowerBound) to "
                + "\(resolutions.upperBound)"
        }
        guard (1...4).contains(imageChannels) else { return "channels are \(imageChannels), expected 1 to 4" }
        guard (2...mostClasses).contains(classes) else {
            return "classes are \(classes), expected 2 to \(mostClasses)"
        }
        guard let widths else { return nil }
        guard widths.count == stages(resolution).count + 1 else {
            return "there are \(widths.count) widths, expected \(stages(resolution).count + 1) of a network for "
                + "\(resolution)×\(resolution)"
        }
        guard let wrong = widths.first(where: { !widthLimits.contains($0) }) else { return nil }
        return "a width is \(wrong), expected \(widthLimits.lowerBound) to \(widthLimits.upperBound)"
    }

    /// 128 channels at 4×4, and half as many whenever the side doubles, but not fewer than 16.
    public static func standardWidths(_ resolution: Int) -> [Int] {
        ([resolution] + stages(resolution)).map { max(16, min(128, 512 / $0)) }
    }

    /// resolution/2, … 8, 4.
    static func stages(_ resolution: Int) -> [Int] { Array(sequence(first: resolution / 2) { $0 > 4 ? $0 / 2 : nil }) }

    /// Length of a feature vector.
    public var dimension: Int { widths[widths.count - 1] }

    /// Numbers that an image's feature maps hold until its gradients are there, nearly: each convolution's, what is
    /// normalised of it, and what a stage is given and gives.
    public var activationCount: Int {
        let stages = zip(Self.stages(resolution), zip(widths, widths.dropFirst()))
        return stages.reduce(2 * resolution * resolution * widths[0]) { sum, stage in
            sum + stage.0 * stage.0 * (2 * stage.1.0 + 8 * stage.1.1)
        }
    }
}
