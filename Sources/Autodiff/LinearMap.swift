import Kernels

/// An operation that is linear in one tensor, and its adjoint: each is the other's way back, any number of times.
struct LinearMap {
    /// Shapes of what it takes and gives.
    let input: [Int]
    let output: [Int]
    /// From a buffer into another.
    let forward: (BufferView, BufferView) -> Void
    let adjoint: (BufferView, BufferView) -> Void
    /// What a ``Trace`` notes of it; nil for what it cannot.
    var operation: TracedOperation?

    func callAsFunction(_ x: Tensor) -> Tensor {
        precondition(x.shape == input, "linear map: \(x.shape), expected \(input)")
        let out = BufferView(count: output.reduce(1, *))
        forward(x.view, out)
        return Tape.record([x], shape: output, out, as: operation) { g in [transposed(g.of)] }
    }

    var transposed: LinearMap { LinearMap(input: output, output: input, forward: adjoint, adjoint: forward) }
}
