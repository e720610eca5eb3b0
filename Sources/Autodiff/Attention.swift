import Kernels

extension Tensor {
    /// Attention (arXiv 1805.08318, section 3): for each query a mean of the values, weighted by the softmax over the
    /// keys of its inner products with them; these are not scaled.
    ///
    /// The weights are never in memory all at once, in no direction. Differentiable twice.
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
        let shape = AttentionShape(
            samples: queries.shape[0], queries: queries.shape[1], keys: keys.shape[1], depth: keys.shape[2],
            values: values.shape[2])
        let out = BufferView(count: shape.outputCount)
        Attention.forward(queries: queries.view, keys: keys.view, values: values.view, into: out, shape: shape)
        return Tape.record(
            [queries, keys, values], shape: [shape.samples, shape.queries, shape.values], out, as: .attention
        ) { g in
            let operands = AttentionOperands(queries, keys, values, shape)
            let gradients = operands.gradients(g.of)
            return operands.tensors.indices.map { g.wants[$0] ? operands.part($0, of: gradients) : nil }
        }
    }
}

/// What an attention reads. An operation has one result: gradients of all three are one tensor, one behind the other.
private struct AttentionOperands {
    let tensors: [Tensor]
    private let shape: AttentionShape
    private let starts: [Int]

    init(_ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ shape: AttentionShape) {
        tensors = [queries, keys, values]
        self.shape = shape
        starts = [0, queries.count, queries.count + keys.count]
    }

    private var count: Int { tensors.reduce(0) { $0 + $1.count } }

    private func views(of all: BufferView) -> [BufferView] {
        tensors.indices.map { all.slice(starts[$0], tensors[$0].count) }
    }

    /// - Parameter g: the gradient of the result.
    func gradients(_ g: Tensor) -> Tensor {
        let out = BufferView(count: count)
        let (operands, parts) = (tensors.map(\.view), views(of: out))
        Attention.gradient(
            g.view, queries: operands[0], keys: operands[1], values: operands[2], queryGradient: parts[0],
            keyGradient: parts[1], valueGradient: parts[2], shape: shape)
        return Tape.record([g] + tensors, shape: [count], out) { u in
            precondition(!Tape.isRecording, "attention: it has gradients of first and second order only")
            let given = views(of: u.of.view)
            let found = ([g] + tensors).map { Tensor(BufferView(count: $0.count), shape: $0.shape) }
            Attention.secondGradient(
                g.view, queries: operands[0], keys: operands[1], values: operands[2], ofQueries: given[0],
                ofKeys: given[1], ofValues: given[2],
                into: Attention.SecondGradients(
                    queries: found[1].view, keys: found[2].view, values: found[3].view, gradient: found[0].view),
                shape: shape)
            return found
        }
    }

    /// One operand's part of what is laid out like the gradients.
    func part(_ operand: Int, of all: Tensor) -> Tensor {
        let tensor = tensors[operand]
        return all.slice(axis: 0, start: starts[operand], length: tensor.count).reshaped(tensor.shape)
    }
}
