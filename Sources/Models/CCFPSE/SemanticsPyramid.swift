import Autodiff
import Kernels
import Layers

/// The feature pyramid of the semantics in CC-FPSE's generator (arXiv 1910.06809, section 3.1): 3×3 at full size and then
/// with stride two; back from the smallest map, pixels repeated and what stood there on the way down added through a 1×1,
/// then 3×3. Each layer spectrally normalised, normalised by batch, leaky ReLU.
struct SemanticsPyramid: Sendable {
    private struct Layer: Sendable {
        let convolution: PlainConvolution
        let norm: BatchNormalization

        init(
            _ name: String, input: Int, output: Int, kernel: Int, stride: Int = 1, in builder: inout ParameterBuilder
        ) {
            convolution = PlainConvolution(
                "\(name).0.0", input: input, output: output, kernel: kernel, stride: stride, hasBias: false,
                in: &builder)
            norm = BatchNormalization("\(name).0.1", channels: output, gainDeviation: 0.02, in: &builder)
        }

        func callAsFunction(_ parts: [Tensor], _ weights: [Weights]) -> [Tensor] {
            norm(
                zip(parts, weights).map { convolution($0, $1) }, weights, activation: Activation(slope: 0.2, gain: 1))
        }
    }

    private let encoder: [Layer]
    private let lateral: [Layer]
    private let decoder: [Layer]

    init(_ shape: CCFPSEShape, in builder: inout ParameterBuilder) {
        let width = shape.generatorWidth
        encoder = (1...shape.ups + 1).map { level in
            Layer(
                "labelenc\(level)", input: level == 1 ? shape.semantics : width, output: width, kernel: 3,
                stride: level == 1 ? 1 : 2, in: &builder)
        }
        lateral = (1...shape.ups).map {
            Layer("labellat\($0)", input: width, output: width, kernel: 1, in: &builder)
        }
        decoder = (1...shape.ups).map {
            Layer("labeldec\($0)", input: width, output: width, kernel: 3, in: &builder)
        }
    }

    /// - Parameter semantics: of each microbatch, [N, H, W, semantics].
    /// - Returns: from the smallest to full size, of each microbatch.
    func callAsFunction(_ semantics: [Tensor], _ weights: [Weights]) -> [[Tensor]] {
        var x = semantics
        var encoded: [[Tensor]] = []
        for layer in encoder {
            x = layer(x, weights)
            encoded.append(x)
        }
        var decoded = [x]
        for level in decoder.indices {
            let beside = lateral[level](encoded[encoded.count - 2 - level], weights)
            x = decoder[level](zip(beside, x).map { $0.addingNearestUpsampled($1) }, weights)
            decoded.append(x)
        }
        return decoded
    }
}
