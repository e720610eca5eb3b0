/// How the convolutions of an attention block, or of the residual block in its place, are named in files and how their
/// weights start: as the family of the network has it.
public struct AttentionConvention: Sendable {
    enum Part: String, Sendable { case query, key, value, output, conv1, conv2, conv3 }

    private let separator: String
    private let weight: String
    private let gain: String
    /// As the authors of arXiv 1805.08318 have them; other parts by their own names.
    private let names: [Part: String]
    /// Nil for weights that start as Glorot's.
    private let scaling: HeScaling?

    /// SAGAN's (arXiv 1805.08318): names of the authors' code, such as `sn_conv_theta/w` and `sigma_ratio`; Glorot's weights.
    public static let sagan = AttentionConvention(
        separator: "/", weight: "w", gain: "sigma_ratio",
        names: [
            .query: "sn_conv_theta", .key: "sn_conv_phi", .value: "sn_conv_g", .output: "sn_conv_attn",
            .conv1: "sn_conv1", .conv2: "sn_conv2", .conv3: "sn_conv3",
        ], scaling: nil)

    /// StyleGAN2's: `query.weight` …, `gain`; equalised learning rate.
    public static let styleGAN2 = AttentionConvention(
        separator: ".", weight: "weight", gain: "gain", names: [:], scaling: HeScaling(gain: 1))

    /// That of progressive networks: `query/weight` …, `gain`.
    public static func progressive(_ scaling: HeScaling) -> AttentionConvention {
        AttentionConvention(separator: "/", weight: "weight", gain: "gain", names: [:], scaling: scaling)
    }

    /// A weight without bias, [kernel, kernel, input, output].
    func declare(
        _ part: Part, of block: String, kernel: Int = 1, input: Int, output: Int, in builder: inout ParameterBuilder
    ) -> ParameterHandle {
        let name = [block, names[part] ?? part.rawValue, weight].joined(separator: separator)
        let layout = ParameterLayout.convolution(kernel: kernel, input: input, output: output)
        let taps = kernel * kernel
        return builder.declare(
            scaling?.declaration(name, layout, fanIn: taps * input, for: builder)
                ?? GlorotScaling.declaration(name, layout, fanIn: taps * input, fanOut: taps * output))
    }

    /// The factor of what a block adds, which starts at 0: at first the block changes nothing.
    func declareGain(of block: String, in builder: inout ParameterBuilder) -> ParameterHandle {
        var declaration = ParameterDeclaration(block + separator + gain, .plain([]), initial: .constant(0))
        declaration.isReported = true
        return builder.declare(declaration)
    }
}
