import CKernels

/// Some rows of a sample's matrix [L, M]: scores, weights or their gradients; one thread's.
struct ScoreBlock {
    private let shape: AttentionShape
    private let sample: Int
    private let rows: Range<Int>
    private let memory: UnsafeMutablePointer<Float>

    /// - Parameter memory: of as many rows, each of ``AttentionShape/rowStride``.
    init(_ shape: AttentionShape, _ sample: Int, _ rows: Range<Int>, memory: UnsafeMutablePointer<Float>) {
        self.shape = shape
        self.sample = sample
        self.rows = rows
        self.memory = memory
    }

    private func first(_ width: Int) -> Int { (sample * shape.queries + rows.lowerBound) * width }

    /// The rows of x [N, L, depth] times the sample's b [depth, M].
    func multiply(_ x: UnsafePointer<Float>, by b: MatrixProduct.RightOperand, accumulates: Bool = false) {
        MatrixProduct.multiply(
            .init(pointer: x + first(b.depth), stride: b.depth, isTransposed: false), b, into: memory,
            rows: 0..<rows.count, columns: 0..<shape.keys, rowStride: shape.rowStride, accumulates: accumulates)
    }

    /// These rows times the sample's b [M, columns], into the same rows of y [N, L, columns].
    func multiply(
        by b: MatrixProduct.RightOperand, columns: Int, into y: UnsafeMutablePointer<Float>, accumulates: Bool = false
    ) {
        MatrixProduct.multiply(
            .init(pointer: memory, stride: shape.rowStride, isTransposed: false), b, into: y + first(columns),
            rows: 0..<rows.count, columns: 0..<columns, rowStride: columns, accumulates: accumulates)
    }

    /// The transpose times b [rows, columns], added to what is summed for this block's part.
    func multiplyTurned(
        by b: MatrixProduct.RightOperand, into sums: PartSums, _ block: PartSums.Block, accumulates: Bool = false
    ) {
        MatrixProduct.multiply(
            .init(pointer: memory, stride: shape.rowStride, isTransposed: true), b, into: sums.target(block),
            rows: 0..<shape.keys, columns: 0..<sums.columns, rowStride: sums.columns,
            accumulates: accumulates || !block.isFirst)
    }

    func softmax() { ck_softmax_rows(memory, Int64(rows.count), Int64(shape.keys), Int64(shape.rowStride)) }

    /// This, the gradient of the weights, becomes that of the scores.
    func softmaxGradient(weights p: ScoreBlock) {
        ck_softmax_gradient_rows(
            p.memory, memory, Int64(rows.count), Int64(shape.keys), Int64(shape.rowStride))
    }

    /// See `ck_softmax_second_rows`.
    static func softmaxSecond(weights p: ScoreBlock, _ s: ScoreBlock, _ a: ScoreBlock, _ b: ScoreBlock) {
        ck_softmax_second_rows(
            p.memory, s.memory, a.memory, b.memory, Int64(p.rows.count), Int64(p.shape.keys),
            Int64(p.shape.rowStride))
    }
}

/// Sums over queries, for each key: blocks of a part in order, by one thread; then the parts in order.
struct PartSums {
    /// Some rows of a sample's queries.
    struct Block {
        let sample: Int
        let rows: Range<Int>
        /// Rows of the largest block.
        let rowLimit: Int
        fileprivate let part: Int
        /// Whether it is the first of its part.
        let isFirst: Bool
    }

    let columns: Int
    private let shape: AttentionShape
    private let result: BufferView
    private let parts: Int
    private let (partRows, blockRows): (Int, Int)
    private let others: Buffer

    /// - Parameters:
    ///   - result: [N, M, columns]
    ///   - matrices: of how many matrices blocks are held at a time.
    init(_ result: BufferView, _ shape: AttentionShape, matrices: Int) {
        self.shape = shape
        self.result = result
        columns = result.count / max(1, shape.samples * shape.keys)
        (partRows, blockRows) = (shape.partRows(matrices), shape.blockRows(matrices))
        parts = (shape.queries + partRows - 1) / partRows
        others = Buffer(count: max(1, (parts - 1) * result.count))
    }

    /// On all workers.
    func forEachBlock(_ body: (Block) -> Void) {
        Workers.forEach(shape.samples * parts) { item in
            let (sample, part) = item.quotientAndRemainder(dividingBy: parts)
            let (first, end) = (part * partRows, min(shape.queries, (part + 1) * partRows))
            for start in stride(from: first, to: end, by: blockRows) {
                body(
                    Block(
                        sample: sample, rows: start..<min(end, start + blockRows), rowLimit: blockRows, part: part,
                        isFirst: start == first))
            }
        }
    }

    /// Where a block's products are summed: [M, columns].
    func target(_ block: Block) -> UnsafeMutablePointer<Float> {
        let start = block.part == 0 ? result.pointer : others.pointer + (block.part - 1) * result.count
        return start + block.sample * shape.keys * columns
    }

    func finish() {
        PartialSums.add(others.pointer, parts: parts, to: result.pointer, count: result.count)
    }
}
