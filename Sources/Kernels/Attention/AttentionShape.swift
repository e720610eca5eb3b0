/// What attends to what: `queries` positions to `keys` others, in each sample.
public struct AttentionShape: Hashable, Sendable {
    public var samples: Int
    public var queries: Int
    public var keys: Int
    /// Channels of queries and keys.
    public var depth: Int
    /// Channels of the values.
    public var values: Int

    public init(samples: Int, queries: Int, keys: Int, depth: Int, values: Int) {
        self.samples = samples
        self.queries = queries
        self.keys = keys
        self.depth = depth
        self.values = values
    }

    public var queryCount: Int { samples * queries * depth }
    public var keyCount: Int { samples * keys * depth }
    public var valueCount: Int { samples * keys * values }
    public var outputCount: Int { samples * queries * values }

    /// From one row of a block's scores to the next.
    var rowStride: Int { (keys + 15) & ~15 }

    /// Rows of scores that are computed at a time: so many that `matrices` blocks of them stay in the second-level cache.
    func blockRows(_ matrices: Int) -> Int { max(12, min(96, (1 << 17) / (matrices * rowStride) / 12 * 12)) }

    /// Queries of a sample whose gradients of keys and values are summed in one thread; whole blocks.
    func partRows(_ matrices: Int) -> Int {
        let rows = blockRows(matrices)
        return (512 + rows - 1) / rows * rows
    }
}
