import Autodiff

/// What the discriminator's maps of an image differ in from those of the real image (arXiv 1711.11585, equation 4; as in
/// arXiv 1910.06809): the mean over the maps of the mean absolute difference of each.
public enum FeatureMatching {
    /// Shape []. No gradient comes to the real image's maps.
    ///
    /// - Parameters:
    ///   - fake: maps of the generator's image.
    ///   - real: those of the real one.
    public static func loss(fake: [Tensor], real: [Tensor]) -> Tensor {
        precondition(
            !fake.isEmpty && fake.count == real.count, "feature matching: \(fake.count) maps against \(real.count)")
        let parts = zip(fake, real).map { AbsoluteDistance.loss($0, $1) }
        return parts.dropFirst().reduce(parts[0], +) * (1 / Float(parts.count))
    }
}
