import Autodiff
import Kernels
import Layers

/// A level of Pix2Pix's U-Net (arXiv 1611.07004, section 6.1.1), as in the authors' code: leaky ReLU, 4×4 with stride two,
/// normalised; on the way back ReLU, transposed 4×4 with stride two, normalised. The outermost level has neither the first
/// activation nor normalisations, the innermost none on the way down.
struct Pix2PixLevel: Sendable {
    /// Of the maps inside.
    let channels: Int
    private let halving: StridedConvolution
    private let downNorm: FeatureNormalization?
    private let doubling: TransposedConvolution
    private let upNorm: FeatureNormalization?
    /// Whether dropout follows the way back.
    let drops: Bool

    static let leaky = Activation(slope: 0.2, gain: 1)
    static let relu = Activation(slope: 0, gain: 1)

    /// - Parameter level: 0 is the outermost.
    init(_ shape: Pix2PixShape, level: Int, in builder: inout ParameterBuilder) {
        let (isOutermost, isInnermost) = (level == 0, level == shape.downs - 1)
        let stem = "model." + Self.stem(level)
        let outside = isOutermost ? shape.inputChannels : shape.generatorChannels(level: level - 1)
        channels = shape.generatorChannels(level: level)
        // What a batch normalisation takes the mean of needs no bias.
        let hasBias = shape.normalization == .instance
        func name(_ place: Int) -> String { "\(stem)model.\(place)" }
        func norm(_ place: Int, _ channels: Int, _ builder: inout ParameterBuilder) -> FeatureNormalization {
            FeatureNormalization(name(place), shape.normalization, channels: channels, in: &builder)
        }
        halving = StridedConvolution(
            name(isOutermost ? 0 : 1), input: outside, output: channels, kernel: 4, stride: 2, padding: 1,
            hasBias: hasBias, start: .normal(deviation: 0.02), in: &builder)
        downNorm = isOutermost || isInnermost ? nil : norm(2, channels, &builder)
        let output = isOutermost ? shape.outputChannels : outside
        doubling = TransposedConvolution(
            name(isOutermost || isInnermost ? 3 : 5), input: isInnermost ? channels : 2 * channels, output: output,
            kernel: 4, stride: 2, padding: 1, hasBias: hasBias || isOutermost, start: .normal(deviation: 0.02),
            in: &builder)
        upNorm = isOutermost ? nil : norm(isInnermost ? 4 : 6, output, &builder)
        drops = !isInnermost && level >= 4
    }

    /// Levels lie in one another: the outermost has the next in its second place, others in their fourth.
    private static func stem(_ level: Int) -> String {
        level == 0 ? "" : "model.1." + String(repeating: "model.3.", count: level - 1)
    }

    /// - Parameter parts: of each microbatch, already activated.
    /// - Returns: of each, half as large, activated as the next level wants it.
    func down(_ parts: [Tensor], _ weights: [Weights], activation: Activation) -> [Tensor] {
        guard let downNorm else { return zip(parts, weights).map { halving($0, $1, activation: activation) } }
        return downNorm(zip(parts, weights).map { halving($0, $1) }, weights, activation: activation)
    }

    /// - Parameters:
    ///   - parts: of each microbatch, already activated.
    ///   - dropout: of each, what the result is multiplied by before its activation; nil for nothing.
    /// - Returns: of each, twice as large, activated; the outermost level's as it is.
    func up(_ parts: [Tensor], dropout: [Tensor?], _ weights: [Weights]) -> [Tensor] {
        let made = zip(parts, weights).map { doubling($0, $1) }
        guard let upNorm else { return made }
        // Factors of no sign commute with a ReLU.
        return zip(upNorm(made, weights, activation: Self.relu), dropout).map { x, factors in
            factors.map { x * $0 } ?? x
        }
    }
}
