import Autodiff

/// The queries and keys of a self-attention layer, from which its maps follow: A = softmax over the keys of queries · keysᵀ
/// (arXiv 1805.08318, equation 1). Constants.
public struct AttentionProjections {
    /// [N, L, d], row by row of `queryGrid`.
    public let queries: Tensor
    /// [N, M, d], row by row of `keyGrid`.
    public let keys: Tensor
    /// Positions of the queries, those of the feature map: L = height · width.
    public let queryGrid: (height: Int, width: Int)
    /// Positions of the keys, a quarter of the queries' where keys are pooled: M = height · width.
    public let keyGrid: (height: Int, width: Int)

    public init(
        queries: Tensor, keys: Tensor, queryGrid: (height: Int, width: Int), keyGrid: (height: Int, width: Int)
    ) {
        self.queries = queries.detached()
        self.keys = keys.detached()
        self.queryGrid = queryGrid
        self.keyGrid = keyGrid
    }
}
