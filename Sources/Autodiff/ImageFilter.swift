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
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        return LinearMap(input: shape, output: shape) {
            ImageFiltering.forward($0, into: $1, taps: taps, height: height, width: width, channels: channels)
        } adjoint: {
            ImageFiltering.adjoint($0, into: $1, taps: taps, height: height, width: width, channels: channels)
        }(self)
    }
}
