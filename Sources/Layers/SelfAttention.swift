import Autodiff

/// Self-attention on a feature map (arXiv 1805.08318, section 3, as in the authors' code): x + γ · W_o·attention(x).
///
/// Queries W_q·x, [L, C/8]; keys pool(W_k·x), [L/4, C/8]; values pool(W_v·x), [L/4, C/2], where the pool takes the largest
/// of 2×2 positions. (The paper's f, g and h; its C̄ is C/8 for all three.) γ starts at 0.
public struct SelfAttention: Sendable {
    private let query: ParameterHandle
    private let key: ParameterHandle
    private let value: ParameterHandle
    private let output: ParameterHandle
    private let gain: ParameterHandle
    private let pools: Bool

    /// - Parameter pools: whether keys and values are pooled: a quarter of the products and of the memory.
    public init(
        _ name: String, channels: Int, pools: Bool, convention: AttentionConvention, in builder: inout ParameterBuilder
    ) {
        self.pools = pools
        // Narrow networks have at least one.
        let (inner, values) = (max(1, channels / 8), max(1, channels / 2))
        query = convention.declare(.query, of: name, input: channels, output: inner, in: &builder)
        key = convention.declare(.key, of: name, input: channels, output: inner, in: &builder)
        value = convention.declare(.value, of: name, input: channels, output: values, in: &builder)
        gain = convention.declareGain(of: name, in: &builder)
        output = convention.declare(.output, of: name, input: values, output: channels, in: &builder)
    }

    /// - Parameter x: [N, H, W, channels]; H and W are even where keys are pooled.
    /// - Returns: the map, as x, and what the attention's maps follow from.
    public func callAsFunction(
        _ x: Tensor, _ weights: Weights
    ) -> (features: Tensor, projections: AttentionProjections) {
        let (n, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        func projected(_ handle: ParameterHandle, pooled: Bool) -> Tensor {
            let y = Tensor.convolution(x, weights[handle])
            return pooled ? y.maxPooled() : y
        }
        /// [N, positions, channels]
        func rows(_ y: Tensor) -> Tensor { y.reshaped([n, y.shape[1] * y.shape[2], y.shape[3]]) }
        let (queries, keys) = (rows(projected(query, pooled: false)), rows(projected(key, pooled: pools)))
        let attended = Tensor.attention(queries: queries, keys: keys, values: rows(projected(value, pooled: pools)))
        let added = Tensor.convolution(
            attended.reshaped([n, height, width, attended.shape[2]]), weights[output])
        return (
            x + added * weights[gain].reshaped([1, 1, 1, 1]), projections(of: x, queries: queries, keys: keys)
        )
    }

    /// With the grids that they have on a map.
    ///
    /// - Parameter x: the map, [N, H, W, channels].
    public func projections(of x: Tensor, queries: Tensor, keys: Tensor) -> AttentionProjections {
        let (height, width) = (x.shape[1], x.shape[2])
        return AttentionProjections(
            queries: queries, keys: keys, queryGrid: (height, width),
            keyGrid: pools ? (height / 2, width / 2) : (height, width))
    }
}
