import Autodiff
import Kernels
import Layers

/// A residual block of SAGAN's discriminator (the authors' code of arXiv 1805.08318): ReLU, 3×3, ReLU, 3×3, and beside it
/// 1×1. What halves the resolution ends with means of 2×2 pixels on both ways; the last block does not, and as its channels
/// stay, what it is given goes by as it is. The first block, which is given images, has no leading ReLU.
struct SAGANDiscriminatorBlock: Sendable {
    enum Place: Sendable { case first, middle, last }

    /// Of its result.
    let resolution: Int
    private let place: Place
    private let conv1: GlorotConvolution
    private let conv2: GlorotConvolution
    private let skip: GlorotConvolution?

    init(
        _ name: String, _ place: Place, input: Int, output: Int, resolution: Int, padding: Padding,
        in builder: inout ParameterBuilder
    ) {
        precondition(place != .last || input == output, "\(name): \(input) channels to \(output)")
        self.resolution = resolution
        self.place = place
        let resampling: ResolutionChange = place == .last ? .none : .down
        conv1 = GlorotConvolution(
            "\(name)/sn_conv1", input: input, output: output, kernel: 3, padding: padding, activation: Self.relu,
            in: &builder)
        conv2 = GlorotConvolution(
            "\(name)/sn_conv2", input: output, output: output, kernel: 3, resampling: resampling,
            padding: padding, in: &builder)
        skip =
            place == .last
            ? nil
            : GlorotConvolution(
                "\(name)/sn_conv3", input: input, output: output, kernel: 1, resampling: .down, in: &builder)
    }

    static let relu = Activation(slope: 0, gain: 1)

    /// - Parameter x: [N, 2h, 2w, input], or [N, h, w, input] of the last block.
    /// - Returns: [N, h, w, output]
    func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let start = place == .first ? x : x.activated(Self.relu)
        let y = conv2(conv1(start, weights), weights)
        return (skip?(x, weights) ?? x) + y
    }
}
