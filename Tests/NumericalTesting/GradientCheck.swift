import Autodiff

/// The gradients of a function, and the gradients of its gradients, against central differences.
///
/// Differences are taken along directions of ±1 in one input at a time, so that no wrong element of a gradient is
/// weighed down by a small component. Inputs are rounded to multiples of 2⁻¹⁰ and the step is a power of two: the
/// displaced points are exact, and what remains is the rounding of the function, divided by the step, and
/// Richardson's error of fourth order.
public struct GradientCheck {
    public typealias Function = ([Tensor]) -> Tensor

    private let inputs: [[Float]]
    private let shapes: [[Int]]
    private let function: Function
    private let step: Float

    /// Directions for each input. A pair of wrong elements that cancel survives one with probability ½.
    private static let directions = 6

    /// - Parameters:
    ///   - inputs: values and shapes; values stay clear of kinks by four steps.
    ///   - step: a power of two.
    public init(_ inputs: [(values: [Float], shape: [Int])], step: Float = 0x1p-5, _ function: @escaping Function) {
        self.inputs = inputs.map { input in input.values.map { ($0 * 1024).rounded() / 1024 } }
        shapes = inputs.map(\.shape)
        self.function = function
        self.step = step
    }

    /// The largest error of a directional derivative of Σ r·f(x), r fixed and random, relative to the gradient.
    public func firstOrder() -> Double {
        var samples = Samples(seed: 97)
        let outputs = Tape.paused { function(tensors(inputs)) }
        let seed = samples.signed(outputs.count, 0.5...1)
        let variables = tensors(inputs).map { $0.variable() }
        let found = gradients(of: function(variables), seed: Tensor(seed, shape: outputs.shape), with: variables)
        return largestError(found, termNorm: norm(zip(seed, outputs.array).map { $0 * $1 })) { point in
            innerProduct(Tape.paused { function(tensors(point)) }.array, seed)
        }
    }

    /// The same for Σ r·∇L(x) with L = Σ s·(f + ½f²).
    ///
    /// The square makes what flows back depend on x, so that the gradient of a backward pass in the gradient that
    /// it was given is checked too, even where f is linear.
    public func secondOrder() -> Double {
        var samples = Samples(seed: 98)
        let outputs = Tape.paused { function(tensors(inputs)) }
        let s = Tensor(samples.signed(outputs.count, 0.5...1), shape: outputs.shape)
        let r = inputs.map { samples.signed($0.count, 0.5...1) }

        func gradientsOfL(_ variables: [Tensor], recording: Bool) -> [Tensor?] {
            let f = function(variables)
            return gradients(of: ((f + f.squared() * 0.5) * s).sum(), with: variables, recording: recording)
        }
        let plain = gradientsOfL(tensors(inputs).map { $0.variable() }, recording: false)
        let variables = tensors(inputs).map { $0.variable() }
        let recorded = gradientsOfL(variables, recording: true)
        var total = Tensor(0)
        var terms: [Float] = []
        var worst = 0.0
        for (k, gradient) in recorded.enumerated() {
            guard let gradient, let plain = plain[k] else {
                if (gradient == nil) != (plain[k] == nil) { return .infinity }
                continue
            }
            // Recording must not change a gradient, beyond the rounding of a fused pass.
            worst = max(worst, relativeError(gradient.array, plain.array))
            total = total + (gradient * Tensor(r[k], shape: shapes[k])).sum()
            terms += zip(plain.array, r[k]).map { $0 * $1 }
        }
        let found = gradients(of: total, with: variables)
        let error = largestError(found, termNorm: norm(terms)) { point in
            let parts = gradientsOfL(tensors(point).map { $0.variable() }, recording: false)
            return zip(parts, r).reduce(0) { sum, pair in
                sum + (pair.0.map { innerProduct($0.array, pair.1) } ?? 0)
            }
        }
        return worst.isNaN || error.isNaN ? .nan : max(worst, error)
    }

    private func tensors(_ values: [[Float]]) -> [Tensor] { zip(values, shapes).map { Tensor($0, shape: $1) } }

    private func norm(_ x: [Float]) -> Double { innerProduct(x, x).squareRoot() }

    /// - Parameter termNorm: norm of the terms that `value` adds up: their rounding is what a difference cannot see
    ///   through, even where the gradient vanishes.
    private func largestError(
        _ gradients: [Tensor?], termNorm: Double, _ value: ([[Float]]) -> Double
    ) -> Double {
        var samples = Samples(seed: 99)
        var worst = 0.0
        for k in inputs.indices {
            let gradient = gradients[k]?.array ?? [Float](repeating: 0, count: inputs[k].count)
            guard gradient.count == inputs[k].count, gradients[k].map({ $0.shape == shapes[k] }) ?? true else {
                return .infinity
            }
            let scale = norm(gradient) + 0.1 * termNorm
            for _ in 0..<Self.directions {
                let direction = samples.signed(gradient.count, 1...1)
                func at(_ steps: Float) -> Double {
                    var point = inputs
                    for i in direction.indices { point[k][i] += steps * step * direction[i] }
                    return value(point)
                }
                let difference = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * Double(step))
                let distance = abs(difference - innerProduct(gradient, direction))
                let error = distance == 0 ? 0 : distance / scale
                if error.isNaN { return .nan }
                worst = max(worst, error)
            }
        }
        return worst
    }
}
