import Kernels

extension Tensor {
    /// Images [N, H, W, C], each filtered along both axes with taps of its own: element i of a line is the sum of
    /// taps[t] times element i + t − taps/2 (ADA's image-space filter, arXiv 2006.06676, appendix B). Beside the image
    /// it is reflected, also where the filter is longer than the image.
    ///
    /// - Parameter taps: one filter for each sample, at least one tap each. A sample whose taps are nil stays as it is,
    ///   bit for bit.
    public func filtered(by taps: [[Float]?]) -> Tensor {
        precondition(rank == 4 && taps.count == shape[0], "image filter: shape \(shape), \(taps.count) filters")
        guard taps.contains(where: { $0 != nil }) else { return self }
        return ImageFilters(taps: taps, shape: shape).forward(self)
    }
}

/// The filters of a batch.
private struct ImageFilters {
    let taps: [[Float]?]
    let shape: [Int]

    func forward(_ x: Tensor) -> Tensor {
        let out = BufferView(count: x.count)
        ImageFiltering.forward(
            x.view, into: out, taps: taps, height: shape[1], width: shape[2], channels: shape[3])
        return Tape.record([x], shape: shape, out) { g in [adjoint(g.of)] }
    }

    func adjoint(_ y: Tensor) -> Tensor {
        let out = BufferView(count: y.count)
        ImageFiltering.adjoint(
            y.view, into: out, taps: taps, height: shape[1], width: shape[2], channels: shape[3])
        return Tape.record([y], shape: shape, out) { g in [forward(g.of)] }
    }
}
