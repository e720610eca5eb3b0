import Autodiff
import NumericalTesting
import Testing

/// A function with its inputs, to be checked at first and second order.
struct GradientCase: Sendable, CustomTestStringConvertible {
    struct Input: Sendable {
        let shape: [Int]
        let values: @Sendable (inout Samples, Int) -> [Float]

        /// Uniform values of either sign.
        static func any(_ shape: Int...) -> Input { Input(shape: shape) { $0.floats($1) } }

        /// Positive values.
        static func positive(_ shape: Int...) -> Input { Input(shape: shape) { $0.floats($1, 1...2) } }

        /// Values at a distance from zero, where there is a kink.
        static func kinked(_ shape: Int...) -> Input { Input(shape: shape) { $0.signed($1, 0.25...1) } }
    }

    let name: String
    let inputs: [Input]
    let function: @Sendable ([Tensor]) -> Tensor
    var testDescription: String { name }

    init(_ name: String, _ inputs: Input..., function: @escaping @Sendable ([Tensor]) -> Tensor) {
        self.name = name
        self.inputs = inputs
        self.function = function
    }

    /// Expects both orders to agree with differences.
    ///
    /// - Parameters:
    ///   - tolerance: rounding, 2⁻²⁴ per operation, over a step of 2⁻⁵ makes a few 10⁻⁶; Richardson's error is of the
    ///     same size for functions as smooth as these.
    ///   - step: smaller where a function is less smooth.
    func verify(
        tolerance: Double = 4e-5, step: Float = 0x1p-5, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var samples = Samples(seed: UInt64(name.utf8.reduce(7) { ($0 &* 31 &+ UInt($1)) }))
        let check = GradientCheck(
            inputs.map { ($0.values(&samples, $0.shape.reduce(1, *)), $0.shape) }, step: step, function)
        let (first, second) = (check.firstOrder(), check.secondOrder())
        #expect(first < tolerance, "first order", sourceLocation: sourceLocation)
        #expect(second < tolerance, "second order", sourceLocation: sourceLocation)
    }
}
