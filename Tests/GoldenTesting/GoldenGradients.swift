import Kernels
import Layers
import NumericalTesting
import Testing

/// Moves weights by what one float32 computation rounds otherwise than another.
package struct Disturbance {
    private let draw: Int
    /// Relative to each weight.
    private let size: Float

    fileprivate init(draw: Int, _ mode: GoldenMode) {
        self.draw = draw
        size = mode.rounding
    }

    package func apply(to networks: Parameters...) {
        for (network, parameters) in networks.enumerated() {
            var samples = Samples(seed: UInt64(draw * networks.count + network))
            let values = zip(parameters.values.array, samples.signed(parameters.values.count, 0...1))
            Elementwise.copy(BufferView(values.map { $0 * (1 + size * $1) }), into: parameters.values)
            parameters.didChange()
        }
    }
}

extension GoldenArrays {
    /// What a few activations on the other side move a gradient by at most, measured with a reference in float64.
    private static let kinks = 1e-2

    /// Compares gradients, or other arrays that hang on where activations lie, with the file's.
    ///
    /// Where an activation of the file's own weights lies on leaky ReLU's kink, but for what float32 rounds, a gradient
    /// is no better defined than it moves when the activation goes to the other side. So where the error is larger than
    /// it should be, the same is computed with weights that are disturbed by a few last bits, and twice as much as the
    /// result moves is allowed besides, within what kinks can do. An error that is not a kink's moves by no more than the last bits.
    ///
    /// - Parameters:
    ///   - floors: errors that nobody's sum is better than, by name.
    ///   - sensitive: by name, how many times as much as others kinks may move what is a small sum of large terms.
    ///   - replay: computes the arrays, with its networks' weights disturbed.
    package func expect(
        _ expected: [String: [Float]], _ group: String, _ mode: GoldenMode, tolerance: Double,
        floors: [String: Double] = [:], sensitive: [String: Double] = [:], location: SourceLocation = #_sourceLocation,
        replay: (Disturbance?) throws -> [String: [Float]]
    ) throws {
        let found = try mode.run { try replay(nil) }
        #expect(Set(found.keys) == Set(expected.keys), "\(group)", sourceLocation: location)
        var large: [String: Double] = [:]
        for (name, values) in expected {
            let error = relativeError(found[name] ?? [], values)
            // Not a number is no small error either.
            if !(error <= max(tolerance, floors[name] ?? 0)) { large[name] = error }
            report("\(group)/\(name): \(error)", mode)
        }
        guard !large.isEmpty else { return }
        var moved: [String: Double] = [:]
        for draw in 0..<8 {
            let disturbed = try mode.run { try replay(Disturbance(draw: draw, mode)) }
            for name in large.keys {
                moved[name] = max(moved[name] ?? 0, relativeError(disturbed[name] ?? [], found[name] ?? []))
            }
        }
        for (name, error) in large {
            let least = max(tolerance, floors[name] ?? 0)
            let bound = Self.kinks * max(1, sensitive[name] ?? 1)
            let allowed = max(least, min(least + 2 * (moved[name] ?? 0), bound))
            #expect(error <= allowed, "\(group)/\(name)", sourceLocation: location)
            report("\(group)/\(name): \(error) of \(allowed) that the kinks allow", mode)
        }
    }
}
