import Autodiff
import Kernels
import Layers

/// A residual block of OASIS's discriminator (arXiv 2012.04781, table E), as in the authors' code: leaky ReLU, 3×3, twice, at
/// twice the size on the way back and then halved on the way down; beside it what it was given, of its new size, and through
/// a 1×1 where channels change. The very first block, which is given images, has no leading activation.
struct OASISDiscriminatorBlock: Sendable {
    enum Place: Sendable { case first, down, up }

    private let place: Place
    private let conv1: PlainConvolution
    private let conv2: PlainConvolution
    private let skip: PlainConvolution?

    private static let leaky = OASISGeneratorBlock.leaky

    init(_ name: String, _ place: Place, input: Int, output: Int, in builder: inout ParameterBuilder) {
        self.place = place
        // Places in the authors' sequences: what has no parameters counts.
        let first = place == .first ? 0 : place == .down ? 1 : 2
        conv1 = PlainConvolution(
            "\(name).conv1.\(first)", input: input, output: output, kernel: 3,
            resampling: place == .up ? .up : .none, activation: Self.leaky, in: &builder)
        conv2 = PlainConvolution(
            "\(name).conv2.1", input: output, output: output, kernel: 3, resampling: place == .up ? .none : .down,
            in: &builder)
        skip =
            input == output && place != .first
            ? nil : PlainConvolution("\(name).conv_s", input: input, output: output, kernel: 1, in: &builder)
    }

    /// - Parameter x: [N, h, w, input]
    /// - Returns: [N, h', w', output], twice or half as large.
    func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let start = place == .first ? x : x.activated(Self.leaky)
        let y = conv2(conv1(start, weights), weights)
        // A 1×1 and its bias commute with either change of size: it works on the smaller map.
        func beside(_ x: Tensor) -> Tensor { skip?(x, weights) ?? x }
        return place == .up ? y.addingNearestUpsampled(beside(x)) : y + beside(x.boxDownsampled())
    }
}
