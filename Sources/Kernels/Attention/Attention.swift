import CKernels

/// Attention (arXiv 1805.08318, section 3): O = softmax(Q·Kᵀ)·V for each sample, its gradients, and theirs.
///
/// The matrix of weights is computed by blocks of rows and never lies in memory whole: the ways back compute it again,
/// from queries and keys. Blocks and the order of sums follow from the shape of a sample alone.
public enum Attention {
    /// - Parameters:
    ///   - q: [N, L, d]
    ///   - k: [N, M, d]
    ///   - v: [N, M, e]
    ///   - o: [N, L, e], overwritten.
    public static func forward(
        queries q: BufferView, keys k: BufferView, values v: BufferView, into o: BufferView, shape: AttentionShape
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .attention(shape)) }
        check(shape, q, k, v, o)
        guard shape.keys > 0 else { return Elementwise.fill(o, with: 0) }
        let keys = AttentionOperand(
            k, samples: shape.samples, depth: shape.depth, columns: shape.keys, isTransposed: true)
        let values = AttentionOperand(v, samples: shape.samples, depth: shape.keys, columns: shape.values)
        let rows = shape.blockRows(1)
        let blocks = (shape.queries + rows - 1) / rows
        let (qp, op) = (q.pointer, o.pointer)
        Workers.forEach(shape.samples * blocks) { item in
            let (sample, block) = item.quotientAndRemainder(dividingBy: blocks)
            let scores = ScoreBlock(
                shape, sample, block * rows..<min(shape.queries, (block + 1) * rows),
                memory: Workers.scratch(rows * shape.rowStride))
            scores.multiply(qp, by: keys[sample])
            scores.softmax()
            scores.multiply(by: values[sample], columns: shape.values, into: op)
        }
    }

    /// The gradients of `forward`.
    ///
    /// - Parameters:
    ///   - g: [N, L, e], the gradient of the result.
    ///   - gq: [N, L, d], overwritten, as are the others.
    ///   - gk: [N, M, d]
    ///   - gv: [N, M, e]
    public static func gradient(
        _ g: BufferView, queries q: BufferView, keys k: BufferView, values v: BufferView, queryGradient gq: BufferView,
        keyGradient gk: BufferView, valueGradient gv: BufferView, shape: AttentionShape
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .attentionGradient(shape)) }
        check(shape, q, k, v, g)
        check(shape, gq, gk, gv, g)
        guard shape.queries > 0, shape.keys > 0 else {
            return [gq, gk, gv].forEach { Elementwise.fill($0, with: 0) }
        }
        let (n, l, m, d, e) = (shape.samples, shape.queries, shape.keys, shape.depth, shape.values)
        let turnedKeys = AttentionOperand(k, samples: n, depth: d, columns: m, isTransposed: true)
        let turnedValues = AttentionOperand(v, samples: n, depth: e, columns: m, isTransposed: true)
        let keys = AttentionOperand(k, samples: n, depth: m, columns: d)
        let queries = AttentionOperand(q, samples: n, depth: l, columns: d)
        let gradients = AttentionOperand(g, samples: n, depth: l, columns: e)
        let (keySums, valueSums) = (PartSums(gk, shape, matrices: 2), PartSums(gv, shape, matrices: 2))
        let (qp, gp, gqp) = (q.pointer, g.pointer, gq.pointer)
        keySums.forEachBlock { block in
            let memory = Workers.scratch(2 * block.rowLimit * shape.rowStride)
            let p = ScoreBlock(shape, block.sample, block.rows, memory: memory)
            let s = ScoreBlock(shape, block.sample, block.rows, memory: memory + block.rowLimit * shape.rowStride)
            p.multiply(qp, by: turnedKeys[block.sample])
            p.softmax()
            s.multiply(gp, by: turnedValues[block.sample])
            s.softmaxGradient(weights: p)
            s.multiply(by: keys[block.sample], columns: d, into: gqp)
            s.multiplyTurned(by: queries[block.sample, block.rows], into: keySums, block)
            p.multiplyTurned(by: gradients[block.sample, block.rows], into: valueSums, block)
        }
        keySums.finish()
        valueSums.finish()
    }

    /// What flows back through ``gradient(_:queries:keys:values:queryGradient:keyGradient:valueGradient:shape:)``.
    public struct SecondGradients {
        /// [N, L, d]
        public let queries: BufferView
        /// [N, M, d]
        public let keys: BufferView
        /// [N, M, e]
        public let values: BufferView
        /// [N, L, e], of the gradient that had been given.
        public let gradient: BufferView

        public init(queries: BufferView, keys: BufferView, values: BufferView, gradient: BufferView) {
            self.queries = queries
            self.keys = keys
            self.values = values
            self.gradient = gradient
        }
    }

    /// The gradients of `gradient`.
    ///
    /// - Parameters:
    ///   - uq: [N, L, d], the gradient of the queries' gradient, and likewise of the two others.
    ///   - uk: [N, M, d]
    ///   - uv: [N, M, e]
    ///   - result: overwritten.
    public static func secondGradient(
        _ g: BufferView, queries q: BufferView, keys k: BufferView, values v: BufferView, ofQueries uq: BufferView,
        ofKeys uk: BufferView, ofValues uv: BufferView, into result: SecondGradients, shape: AttentionShape
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .attentionSecondGradient(shape)) }
        check(shape, q, k, v, g)
        check(shape, uq, uk, uv, g)
        check(shape, result.queries, result.keys, result.values, result.gradient)
        guard shape.queries > 0, shape.keys > 0 else {
            return [result.queries, result.keys, result.values, result.gradient].forEach {
                Elementwise.fill($0, with: 0)
            }
        }
        let (n, l, m, d, e) = (shape.samples, shape.queries, shape.keys, shape.depth, shape.values)
        let turned = (
            k: AttentionOperand(k, samples: n, depth: d, columns: m, isTransposed: true),
            uk: AttentionOperand(uk, samples: n, depth: d, columns: m, isTransposed: true),
            v: AttentionOperand(v, samples: n, depth: e, columns: m, isTransposed: true),
            uv: AttentionOperand(uv, samples: n, depth: e, columns: m, isTransposed: true)
        )
        let plain = (
            k: AttentionOperand(k, samples: n, depth: m, columns: d),
            uk: AttentionOperand(uk, samples: n, depth: m, columns: d),
            v: AttentionOperand(v, samples: n, depth: m, columns: e),
            uv: AttentionOperand(uv, samples: n, depth: m, columns: e),
            q: AttentionOperand(q, samples: n, depth: l, columns: d),
            uq: AttentionOperand(uq, samples: n, depth: l, columns: d),
            g: AttentionOperand(g, samples: n, depth: l, columns: e)
        )
        let keySums = PartSums(result.keys, shape, matrices: 4)
        let valueSums = PartSums(result.values, shape, matrices: 4)
        let (qp, uqp, gp) = (q.pointer, uq.pointer, g.pointer)
        let (queryTarget, gradientTarget) = (result.queries.pointer, result.gradient.pointer)
        keySums.forEachBlock { block in
            let (sample, rows, count) = (block.sample, block.rows, block.rowLimit * shape.rowStride)
            let memory = Workers.scratch(4 * count)
            let p = ScoreBlock(shape, sample, rows, memory: memory)
            let s = ScoreBlock(shape, sample, rows, memory: memory + count)
            let a = ScoreBlock(shape, sample, rows, memory: memory + 2 * count)
            let b = ScoreBlock(shape, sample, rows, memory: memory + 3 * count)
            p.multiply(qp, by: turned.k[sample])
            p.softmax()
            s.multiply(gp, by: turned.v[sample])
            a.multiply(uqp, by: turned.k[sample])
            a.multiply(qp, by: turned.uk[sample], accumulates: true)
            b.multiply(gp, by: turned.uv[sample])
            // From here on s, a and b are the gradients of scores of the first pass, of s, and of scores.
            ScoreBlock.softmaxSecond(weights: p, s, a, b)
            s.multiply(by: plain.uk[sample], columns: d, into: queryTarget)
            b.multiply(by: plain.k[sample], columns: d, into: queryTarget, accumulates: true)
            p.multiply(by: plain.uv[sample], columns: e, into: gradientTarget)
            a.multiply(by: plain.v[sample], columns: e, into: gradientTarget, accumulates: true)
            s.multiplyTurned(by: plain.uq[sample, rows], into: keySums, block)
            b.multiplyTurned(by: plain.q[sample, rows], into: keySums, block, accumulates: true)
            a.multiplyTurned(by: plain.g[sample, rows], into: valueSums, block)
        }
        keySums.finish()
        valueSums.finish()
    }

    private static func check(
        _ shape: AttentionShape, _ q: BufferView, _ k: BufferView, _ v: BufferView, _ o: BufferView
    ) {
        precondition(
            q.count == shape.queryCount && k.count == shape.keyCount && v.count == shape.valueCount
                && o.count == shape.outputCount,
            "Attention: queries, keys, values, results have \(q.count), \(k.count), \(v.count), \(o.count) elements; "
                + "\(shape) needs \(shape.queryCount), \(shape.keyCount), \(shape.valueCount), \(shape.outputCount)")
    }
}
