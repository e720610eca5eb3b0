import Kernels

extension Tensor {
    /// eˣ
    public func exponential() -> Tensor {
        let out = BufferView(count: count)
        Elementwise.exponential(view, into: out)
        return Tape.record([self], shape: shape, out, keepsOutput: true, as: .exponential) { g in
            guard let y = g.output else { return [nil] }
            return [g.of * y]
        }
    }

    /// log x, for positive x.
    public func logarithm() -> Tensor {
        let out = BufferView(count: count)
        Elementwise.logarithm(view, into: out)
        return Tape.record([self], shape: shape, out, as: .logarithm) { g in [g.of * self.power(-1)] }
    }
}
