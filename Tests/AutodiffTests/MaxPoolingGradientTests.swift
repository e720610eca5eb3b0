import Autodiff
import Testing

@Suite struct MaxPoolingGradientTests {
    /// No two of four are nearer than a half: steps of a thirty-second change no choice.
    private static let apart = GradientCase.Input(shape: [2, 4, 6, 3]) { samples, count in
        (0..<count).map { i in
            let (row, column) = (i / 18 % 4, i / 3 % 6)
            return Float((row % 2 * 2 + column % 2) * 3 + samples.int(0...1)) * 0.25 * (i % 3 == 0 ? -1 : 1)
        }
    }
    static let cases: [GradientCase] = [
        GradientCase("max pooling", apart) { $0[0].maxPooled() },
        GradientCase("of a square", apart) { ($0[0] * $0[0] * $0[0]).maxPooled() },
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }
}
