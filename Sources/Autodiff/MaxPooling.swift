import Kernels

extension Tensor {
    /// The largest of each 2×2 pixels of images [N, H, W, C], the first of equal ones. H and W are even.
    ///
    /// Which of the four it was is a constant of the way back, which is linear in the gradient.
    ///
    /// - Returns: [N, H/2, W/2, C]
    public func maxPooled() -> Tensor {
        precondition(
            rank == 4 && shape[1] % 2 == 0 && shape[2] % 2 == 0,
            "max pooling: shape \(shape), expected [N, even, even, C]")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        let (choice, out) = (BufferView(count: count / 4), BufferView(count: count / 4))
        MaxPooling.forward(view, into: out, choice: choice, batch: n, height: h, width: w, channels: c)
        // The small images' pixels where they were chosen, zeros elsewhere; back, the chosen pixels of the large ones.
        let scattered = LinearMap(input: [n, h / 2, w / 2, c], output: shape) {
            MaxPooling.scatter($0, choice: choice, into: $1, batch: n, height: h, width: w, channels: c)
        } adjoint: {
            MaxPooling.gather($0, choice: choice, into: $1, batch: n, height: h, width: w, channels: c)
        }
        return Tape.record([self], shape: scattered.input, out, as: .maxPool) { g in [scattered(g.of)] }
    }
}
