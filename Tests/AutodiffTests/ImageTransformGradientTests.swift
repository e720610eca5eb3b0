import Autodiff
import NumericalTesting
import Testing

/// What is done to images before they are judged: all linear in them, of each sample something else.
@Suite struct ImageTransformGradientTests {
    private static let maps: [InverseAffine?] = [
        InverseAffine(xx: 0.9, xy: -0.7, x: 1.5, yx: 0.4, yy: 1.1, y: -2.25), nil,
        InverseAffine(xx: -1, xy: 0, x: 2, yx: 0, yy: 1.3, y: 0.5),
    ]
    private static let colors: [ColorAffine?] = [
        ColorAffine(
            matrix: [0.5, -0.25, 0.125, 1.5, 0.75, 0, -0.375, 0.25, 1.25], offset: [0.5, -0.25, 0.125]), nil,
    ]
    private static let gray: [ColorAffine?] = [nil, ColorAffine(matrix: [-1.5], offset: [0.25])]
    private static let taps: [[Float]?] = [[0.25, -0.5, 1, 0.75, 0.125], nil, [0.5, 0.75]]

    static let cases: [GradientCase] = [
        GradientCase("resampled", .any(3, 6, 5, 2)) { $0[0].resampled(by: maps) },
        GradientCase("resampled, bilinear", .any(3, 6, 5, 2)) { $0[0].resampled(by: maps, upsampling: .bilinear) },
        GradientCase("resampled square", .any(3, 4, 4, 1)) { $0[0].squared().resampled(by: maps) },
        GradientCase("recoloured", .any(2, 3, 4, 3)) { $0[0].recolored(by: colors) },
        GradientCase("recoloured, one channel", .any(2, 3, 4, 1)) { $0[0].recolored(by: gray) },
        GradientCase("recoloured square", .any(2, 3, 4, 3)) { $0[0].squared().recolored(by: colors) },
        GradientCase("filtered", .any(3, 6, 4, 2)) { $0[0].filtered(by: taps) },
        GradientCase("filtered square", .any(3, 3, 5, 1)) { $0[0].squared().filtered(by: taps) },
        GradientCase("shifted", .any(3, 4, 5, 2)) { $0[0].shifted(rows: [1, 0, -2], columns: [-1, 0, 3]) },
        GradientCase("one after another", .any(2, 5, 4, 3)) {
            $0[0].squared().resampled(by: Array(maps.prefix(2))).recolored(by: colors).filtered(
                by: Array(taps.prefix(2))
            )
            .shifted(rows: [0, 1], columns: [1, 0])
        },
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }

    @Test("Where no sample has a transform, the images are the same tensor")
    func none() {
        var samples = Samples(seed: 1)
        let x = Tensor(samples.floats(2 * 4 * 4 * 3), shape: [2, 4, 4, 3])
        let results = [
            x.resampled(by: [nil, nil]), x.recolored(by: [nil, nil]), x.filtered(by: [nil, nil]),
            x.shifted(rows: [0, 0], columns: [0, 0]),
        ]
        for result in results { #expect(result.view.buffer === x.view.buffer) }
    }

    @Test("The identity changes last bits only")
    func identity() {
        var samples = Samples(seed: 2)
        let x = Tensor(samples.floats(2 * 9 * 12 * 3), shape: [2, 9, 12, 3])
        #expect(relativeError(x.resampled(by: [.identity, nil]).array, x.array) < 1e-6)
        let colors = ColorAffine(matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1], offset: [0, 0, 0])
        #expect(x.recolored(by: [colors, colors]).array == x.array)
        #expect(x.filtered(by: [[1], [0, 1, 0]]).array == x.array)
    }
}
