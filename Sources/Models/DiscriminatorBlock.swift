import Autodiff
import Kernels
import Layers

/// One resolution of StyleGAN2's discriminator (arXiv 1912.04958, figure 7c):
/// [N, h, w, channels(r)] to [N, h/2, w/2, channels(r/2)].
struct DiscriminatorBlock: Sendable {
    let resolution: Int
    let places: Range<Int>
    private let conv0: EqualizedConvolution
    private let conv1: EqualizedConvolution
    private let skip: EqualizedConvolution?

    init(
        resolution: Int, shape: StyleGAN2Shape, architecture: StyleGAN2Discriminator.Architecture,
        in builder: inout ParameterBuilder
    ) {
        self.resolution = resolution
        let first = builder.count
        let name = "b\(resolution)"
        let channels = shape.channels(resolution)
        let half = shape.channels(resolution / 2)
        let plain = Activation(clamp: shape.clamp)
        conv0 = EqualizedConvolution(
            "\(name).conv0", input: channels, output: channels, kernel: 3, padding: shape.padding,
            activation: plain, in: &builder)
        // Two branches are summed: each is scaled by √½, so that the sum keeps its variance.
        let branch = architecture == .resnet ? Float(0.5).squareRoot() : 1
        conv1 = EqualizedConvolution(
            "\(name).conv1", input: channels, output: half, kernel: 3, resampling: .down, padding: shape.padding,
            activation: Activation(gain: plain.gain * branch, clamp: shape.clamp.map { $0 * branch }),
            in: &builder)
        skip =
            architecture == .resnet
            ? EqualizedConvolution(
                "\(name).skip", input: channels, output: half, kernel: 1, resampling: .down, padding: shape.padding,
                hasBias: false,
                activation: Activation(slope: 1, gain: branch), in: &builder) : nil
        places = first..<builder.count
    }

    func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let y = conv1(conv0(x, weights), weights)
        return skip.map { $0(x, weights) + y } ?? y
    }
}
