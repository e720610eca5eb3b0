import Autodiff
import Testing

@Suite struct ArithmeticGradientTests {
    static let cases: [GradientCase] = [
        GradientCase("+", .any(3, 4), .any(3, 4)) { $0[0] + $0[1] },
        GradientCase("+ broadcasting both", .any(3, 1, 4), .any(1, 5, 4)) { $0[0] + $0[1] },
        GradientCase("+ itself", .any(7)) { $0[0] + $0[0] },
        GradientCase("-", .any(3, 4), .any(3, 4)) { $0[0] - $0[1] },
        GradientCase("- broadcasting both", .any(2, 1, 3, 1), .any(1, 4, 3, 5)) { $0[0] - $0[1] },
        GradientCase("*", .any(3, 4), .any(3, 4)) { $0[0] * $0[1] },
        GradientCase("* broadcasting both", .any(2, 1, 3, 1), .any(1, 4, 3, 5)) { $0[0] * $0[1] },
        GradientCase("* by one element", .any(1, 1), .any(3, 4)) { $0[0] * $0[1] },
        GradientCase("* itself", .any(7)) { $0[0] * $0[0] },
        GradientCase("* scalars", .any(), .any()) { $0[0] * $0[1] },
        GradientCase("contract to a scalar", .any(3, 4), .any(3, 4)) { .contract($0[0], $0[1], to: [1, 1]) },
        GradientCase("contract outer axis", .any(5, 4), .any(5, 4)) { .contract($0[0], $0[1], to: [1, 4]) },
        GradientCase("contract inner axis", .any(5, 4), .any(5, 4)) { .contract($0[0], $0[1], to: [5, 1]) },
        GradientCase("contract broadcast operands", .any(3, 1, 4), .any(1, 5, 4)) {
            .contract($0[0], $0[1], to: [3, 5, 1])
        },
        GradientCase("contract over an axis of one operand", .any(3, 5), .any(3, 1)) {
            .contract($0[0], $0[1], to: [3, 1])
        },
        GradientCase("contract over an axis of neither", .any(3, 1, 2), .any(3, 1, 2)) {
            .contract($0[0], $0[1], to: [1, 4, 2])
        },
        GradientCase("contract middle axes", .any(2, 3, 4, 5), .any(2, 3, 1, 5)) {
            .contract($0[0], $0[1], to: [2, 1, 1, 5])
        },
        GradientCase("contract with itself", .any(2, 3, 4)) { .contract($0[0], $0[0], to: [2, 1, 4]) },
        GradientCase("contract with itself to a scalar", .any(3, 4)) { .contract($0[0], $0[0], to: [1, 1]) },
        GradientCase("contract with itself over an axis of neither", .any(3, 1, 2)) {
            .contract($0[0], $0[0], to: [1, 4, 2])
        },
        GradientCase("sum(to:) reducing", .any(3, 4, 5)) { $0[0].sum(to: [3, 1, 5]) },
        GradientCase("sum(to:) broadcasting", .any(3, 1)) { $0[0].sum(to: [3, 4]) },
        GradientCase("sum(to:) reducing and broadcasting", .any(3, 1, 4)) { $0[0].sum(to: [1, 5, 4]) },
        GradientCase("sum", .any(3, 4)) { $0[0].sum() },
        GradientCase("mean", .any(3, 4)) { $0[0].mean() },
        GradientCase("mean over axes", .any(3, 4, 2)) { $0[0].mean(over: [0, 2]) },
        GradientCase("channel sum", .any(2, 3, 4, 5)) { $0[0].channelSum() },
        GradientCase("affine", .any(11)) { $0[0].affine(-1.5, 0.25) },
        GradientCase("operators with constants", .any(5)) { -($0[0] * 3 + 0.5 - 0.25) },
        GradientCase("squared", .any(11)) { $0[0].squared() },
        GradientCase("power -1", .positive(11)) { $0[0].power(-1) },
        GradientCase("power -1/2", .positive(11)) { $0[0].power(-0.5) },
        GradientCase("power 1/2", .positive(11)) { $0[0].power(0.5) },
        GradientCase("power 2", .any(11)) { $0[0].power(2) },
        GradientCase("power 3", .any(11)) { $0[0].power(3) },
        GradientCase("softplus", .any(11)) { ($0[0] * 3).softplus() },
        GradientCase("sigmoid", .any(11)) { ($0[0] * 3).sigmoid() },
        GradientCase("exponential", .any(11)) { $0[0].exponential() },
        GradientCase("logarithm", .positive(11)) { $0[0].logarithm() },
        GradientCase("at least", .kinked(16)) { $0[0].atLeast(0) },
        GradientCase("at least, another bound", .kinked(16)) { ($0[0] + 0.5).atLeast(0.5) },
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }
}
