import Autodiff
import Kernels
import NumericalTesting
import Testing

@Suite struct ProductGradientTests {
    static let products: [GradientCase] = [
        GradientCase("a·b", .any(3, 4), .any(4, 5)) { .product($0[0], $0[1]) },
        GradientCase("aᵀ·b", .any(4, 3), .any(4, 5)) { .product($0[0], $0[1], transposeA: true) },
        GradientCase("a·bᵀ", .any(3, 4), .any(5, 4)) { .product($0[0], $0[1], transposeB: true) },
        GradientCase("aᵀ·bᵀ", .any(4, 3), .any(5, 4)) {
            .product($0[0], $0[1], transposeA: true, transposeB: true)
        },
        GradientCase("stacks: a·b", .any(2, 3, 4), .any(2, 4, 5)) { .products($0[0], $0[1]) },
        GradientCase("stacks: aᵀ·b", .any(2, 4, 3), .any(2, 4, 5)) { .products($0[0], $0[1], transposeA: true) },
        GradientCase("stacks: a·bᵀ", .any(2, 3, 4), .any(2, 5, 4)) { .products($0[0], $0[1], transposeB: true) },
        GradientCase("stacks: aᵀ·bᵀ", .any(2, 4, 3), .any(2, 5, 4)) {
            .products($0[0], $0[1], transposeA: true, transposeB: true)
        },
        GradientCase("a·aᵀ", .any(3, 4)) { .product($0[0], $0[0], transposeB: true) },
    ]

    /// Half the weights' usual size: the second order squares the outputs.
    static func convolution(
        _ name: String, _ x: GradientCase.Input, _ w: GradientCase.Input, stride: Int = 1,
        _ resampling: ConvolutionShape.Resampling = .none, _ padding: Padding = .zero
    ) -> GradientCase {
        GradientCase(name, x, w) {
            .convolution($0[0], $0[1] * 0.5, stride: stride, resampling: resampling, padding: padding)
        }
    }

    static let convolutions: [GradientCase] = [
        convolution("1×1", .any(2, 3, 4, 3), .any(1, 1, 3, 2)),
        convolution("1×1, stride 2, odd", .any(2, 5, 3, 2), .any(1, 1, 2, 3), stride: 2),
        convolution("3×3", .any(2, 4, 4, 3), .any(3, 3, 3, 2)),
        convolution("3×3, odd", .any(1, 5, 7, 2), .any(3, 3, 2, 3)),
        convolution("3×3 on one pixel", .any(2, 1, 1, 3), .any(3, 3, 3, 2)),
        convolution("3×3, stride 2", .any(2, 4, 6, 2), .any(3, 3, 2, 3), stride: 2),
        convolution("3×3, stride 2, odd", .any(1, 5, 7, 2), .any(3, 3, 2, 3), stride: 2),
        convolution("3×3 up", .any(2, 3, 4, 2), .any(3, 3, 2, 3), .up),
        convolution("3×3 up, one pixel", .any(1, 1, 1, 2), .any(3, 3, 2, 2), .up),
        convolution("3×3 down", .any(2, 4, 6, 2), .any(3, 3, 2, 3), .down),
        convolution("3×3 down, odd", .any(1, 5, 7, 2), .any(3, 3, 2, 2), .down),
        convolution("3×3 nearest up", .any(2, 3, 4, 2), .any(3, 3, 2, 3), .nearestUp),
        convolution("3×3 nearest up, one pixel", .any(1, 1, 1, 2), .any(3, 3, 2, 2), .nearestUp),
        convolution("3×3 box down", .any(2, 4, 6, 2), .any(3, 3, 2, 3), .boxDown),
        convolution("3×3 box down, odd", .any(1, 5, 7, 2), .any(3, 3, 2, 2), .boxDown),
    ]

    static let winograd: [GradientCase] = [
        convolution("3×3, 32 channels", .any(2, 8, 8, 32), .any(3, 3, 32, 32)),
        convolution("3×3 up, 32 channels", .any(2, 8, 8, 32), .any(3, 3, 32, 32), .up),
        convolution("3×3 down, 32 channels", .any(2, 16, 16, 32), .any(3, 3, 32, 32), .down),
        convolution("3×3 nearest up, 32 channels", .any(2, 8, 8, 32), .any(3, 3, 32, 32), .nearestUp),
        convolution("3×3 box down, 32 channels", .any(2, 16, 16, 32), .any(3, 3, 32, 32), .boxDown),
    ]

    static let resamplings: [GradientCase] = [
        GradientCase("upsampled", .any(2, 3, 4, 2)) { $0[0].upsampled() },
        GradientCase("upsampled with gain, one pixel", .any(2, 1, 1, 3)) { $0[0].upsampled(gain: 0.5) },
        GradientCase("downsampled", .any(2, 4, 6, 2)) { $0[0].downsampled() },
        GradientCase("downsampled with gain", .any(1, 2, 2, 3)) { $0[0].downsampled(gain: 3) },
        GradientCase("convolution and bias", .any(2, 3, 4, 2), .any(3, 3, 2, 3), .any(3)) {
            .convolution($0[0], $0[1], bias: $0[2], .linear)
        },
        GradientCase("convolution from colours", .any(1, 6, 5, 3), .any(3, 3, 3, 16)) { .convolution($0[0], $0[1]) },
        GradientCase("convolution to colours", .any(1, 6, 5, 16), .any(3, 3, 16, 3)) { .convolution($0[0], $0[1]) },
        GradientCase("nearest upsampled and added", .any(2, 6, 8, 2), .any(2, 3, 4, 2)) {
            $0[0].addingNearestUpsampled($0[1])
        },
        GradientCase("nearest upsampled", .any(2, 3, 4, 2)) { $0[0].nearestUpsampled() },
        GradientCase("nearest upsampled with gain, one pixel", .any(2, 1, 1, 3)) { $0[0].nearestUpsampled(gain: 0.5) },
        GradientCase("box downsampled", .any(2, 4, 6, 2)) { $0[0].boxDownsampled() },
        GradientCase("box downsampled with gain", .any(1, 2, 2, 3)) { $0[0].boxDownsampled(gain: 3) },
    ]

    static let padded: [GradientCase] = [Padding.periodic, .reflect].flatMap { padding in
        let name = padding.rawValue
        return [
            convolution("1×1 \(name)", .any(2, 3, 4, 3), .any(1, 1, 3, 2), padding),
            convolution("3×3 \(name)", .any(2, 6, 4, 3), .any(3, 3, 3, 2), padding),
            convolution("3×3 \(name), odd", .any(1, 5, 7, 2), .any(3, 3, 2, 3), padding),
            convolution("3×3 \(name), one pixel", .any(2, 1, 1, 3), .any(3, 3, 3, 2), padding),
            convolution("3×3 \(name), two by one", .any(2, 2, 1, 3), .any(3, 3, 3, 2), padding),
            convolution("3×3 \(name), stride 2", .any(1, 5, 6, 2), .any(3, 3, 2, 3), stride: 2, padding),
            convolution("3×3 \(name) up", .any(2, 3, 4, 2), .any(3, 3, 2, 3), .up, padding),
            convolution("3×3 \(name) up, one pixel", .any(1, 1, 1, 2), .any(3, 3, 2, 2), .up, padding),
            convolution("3×3 \(name) down", .any(2, 4, 6, 2), .any(3, 3, 2, 3), .down, padding),
            convolution("3×3 \(name) down, two pixels", .any(1, 2, 2, 2), .any(3, 3, 2, 2), .down, padding),
            convolution("3×3 \(name) nearest up", .any(2, 3, 4, 2), .any(3, 3, 2, 3), .nearestUp, padding),
            convolution("3×3 \(name) box down", .any(2, 4, 6, 2), .any(3, 3, 2, 3), .boxDown, padding),
            convolution("3×3 \(name) box down, odd", .any(1, 5, 7, 2), .any(3, 3, 2, 2), .boxDown, padding),
            convolution("3×3 \(name) from colours", .any(1, 6, 5, 3), .any(3, 3, 3, 16), padding),
            convolution("3×3 \(name) to colours", .any(1, 6, 5, 16), .any(3, 3, 16, 3), padding),
            GradientCase("upsampled \(name)", .any(2, 3, 4, 2)) { $0[0].upsampled(gain: 0.5, padding: padding) },
            GradientCase("upsampled \(name), one pixel", .any(2, 1, 2, 2)) { $0[0].upsampled(padding: padding) },
            GradientCase("downsampled \(name)", .any(2, 4, 6, 2)) { $0[0].downsampled(gain: 3, padding: padding) },
            GradientCase("downsampled \(name), two pixels", .any(1, 2, 4, 3)) { $0[0].downsampled(padding: padding) },
            GradientCase("3×3 \(name), bias", .any(2, 3, 4, 2), .any(3, 3, 2, 3), .any(3)) {
                .convolution($0[0], $0[1], bias: $0[2], .linear, padding: padding)
            },
        ]
    }

    static let paddedWinograd: [GradientCase] = [Padding.periodic, .reflect].flatMap { padding in
        let name = padding.rawValue
        return [
            convolution("3×3 \(name), 32 channels", .any(2, 12, 8, 32), .any(3, 3, 32, 32), padding),
            convolution("3×3 \(name) up, 32 channels", .any(2, 6, 4, 32), .any(3, 3, 32, 32), .up, padding),
            convolution("3×3 \(name) down, 32 channels", .any(2, 12, 8, 32), .any(3, 3, 32, 32), .down, padding),
        ]
    }

    static func convolution(
        _ name: String, _ x: GradientCase.Input, _ w: GradientCase.Input, stride: Int = 1, _ padding: Padding
    ) -> GradientCase {
        convolution(name, x, w, stride: stride, .none, padding)
    }

    @Test("First and second order of maps that go on beyond their border", arguments: padded)
    func paddedDifferences(_ gradientCase: GradientCase) { gradientCase.verify() }

    @Test("The same where there is enough for Winograd, with a padding", arguments: paddedWinograd)
    func paddedWinogradDifferences(_ gradientCase: GradientCase) { gradientCase.verify(tolerance: 1.5e-4) }

    @Test("First and second order against differences", arguments: products + convolutions + resamplings)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }

    /// Winograd rounds to 4·10⁻⁶ of the result, which the step of 2⁻⁵ makes 1.3·10⁻⁴.
    @Test("The same where there is enough for Winograd", arguments: winograd)
    func winogradDifferences(_ gradientCase: GradientCase) { gradientCase.verify(tolerance: 1.5e-4) }

    @Test("A cache of transformed weights does not outlive or alter a gradient")
    func cache() {
        var samples = Samples(seed: 1)
        let shape = [3, 3, 32, 32]
        let values = samples.floats(9 * 32 * 32)
        let x = Tensor(samples.floats(8 * 8 * 32), shape: [1, 8, 8, 32])
        func run(_ w: Tensor) -> [[Float]] {
            let (w, x) = (w.variable(), x.variable())
            let y = Tensor.convolution(x, w)
            let found = gradients(of: y, seed: y.detached(), with: [x, w])
            return [y.array] + found.map { $0?.array ?? [] }
        }
        let plain = run(Tensor(values, shape: shape))
        let cached = Tensor(BufferView(values), shape: shape, cache: TransformCache())
        #expect(run(cached) == plain)
        #expect(run(cached) == plain)
    }
}
