import Autodiff

/// What networks are fed of numbers that samples are conditioned on: the one place where they become a tensor.
extension Tensor {
    /// Rows of the numbers and of a 1, which tells that they are given, [N, components + 1].
    ///
    /// - Parameters:
    ///   - vectors: [N, components], normalised.
    ///   - isGiven: of each row; where it is false, the numbers are left out: zeros, and −1.
    public static func conditions(_ vectors: [Float], components: Int, isGiven: [Bool]? = nil) -> Tensor {
        let count = vectors.count / components
        precondition(count * components == vectors.count, "conditions: \(vectors.count) numbers by \(components)")
        var values = [Float](repeating: 0, count: count * (components + 1))
        for row in 0..<count {
            let isGiven = isGiven?[row] ?? true
            if isGiven {
                for i in 0..<components { values[row * (components + 1) + i] = vectors[row * components + i] }
            }
            values[row * (components + 1) + components] = isGiven ? 1 : -1
        }
        return Tensor(values, shape: [count, components + 1])
    }
}
