import Kernels

extension Tensor {
    /// Attention (arXiv 1805.08318, section 3): for each query a mean of the values, weighted by the softmax over the
    /// keys of its inner products with them; these are not scaled.
    ///
    /// - Parameters:
    ///   - queries: [N, L, d]
    ///   - keys: [N, M, d]
    ///   - values: [N, M, e]
    /// - Returns: [N, L, e]
    public static func attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor {
        precondition(
            queries.rank == 3 && keys.rank == 3 && values.rank == 3 && queries.shape[0] == keys.shape[0]
                && queries.shape[2] == keys.shape[2] && values.shape[0] == keys.shape[0]
                && values.shape[1] == keys.shape[1],
            "attention: queries \(queries.shape), keys \(keys.shape), values \(values.shape)")
        let scores = products(queries, keys, transposeB: true)
        let weights = (scores - scores.largestOfRows()).exponential()
        let total = weights.sum(to: [queries.shape[0], queries.shape[1], 1])
        return products(weights, values) * total.power(-1)
    }

    /// Of the last axis, which keeps a size of 1; a constant.
    private func largestOfRows() -> Tensor {
        let length = shape[rank - 1]
        let largest = view.withUnsafeElements { x in
            stride(from: 0, to: x.count, by: length).map { first in x[first..<first + length].max() ?? 0 }
        }
        return Tensor(largest, shape: Array(shape.dropLast()) + [1])
    }
}
