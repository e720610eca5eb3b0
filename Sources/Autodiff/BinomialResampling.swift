import Kernels

// The [1, 3, 3, 1] filter of StyleGAN2 (arXiv 1912.04958, section 4.1; `upfirdn2d` with `resample_filter` in the
// reference), after arXiv 1904.11486.
extension Tensor {
    /// Images upsampled by two with the [1, 3, 3, 1] filter (gain 4), times `gain`.
    ///
    /// - Parameter padding: what is beyond these images' border.
    public func upsampled(gain: Float = 1, padding: Padding = .zero) -> Tensor {
        var map = upsampling(gain, padding)
        map.operation = .binomialUp(gain: gain, padding)
        return map(self)
    }

    /// Images downsampled by two with the [1, 3, 3, 1] filter, times `gain`. Their sides are even.
    ///
    /// - Parameter padding: what is beyond these images' border.
    public func downsampled(gain: Float = 1, padding: Padding = .zero) -> Tensor {
        downsampling(gain, padding)(self)
    }

    private func upsampling(_ gain: Float, _ padding: Padding) -> LinearMap {
        precondition(rank == 4, "upsampling: shape \(shape)")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        return LinearMap(input: shape, output: [n, 2 * h, 2 * w, c]) { x, y in
            ResamplingKernels.up(x, into: y, batch: n, height: h, width: w, channels: c, gain: gain, padding: padding)
        } adjoint: { g, dx in
            ResamplingKernels.upAdjoint(
                g, into: dx, batch: n, height: h, width: w, channels: c, gain: gain, padding: padding)
        }
    }

    private func downsampling(_ gain: Float, _ padding: Padding) -> LinearMap {
        precondition(rank == 4, "downsampling: shape \(shape)")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        return LinearMap(input: shape, output: [n, h / 2, w / 2, c]) { x, y in
            ResamplingKernels.down(
                x, into: y, batch: n, height: h, width: w, channels: c, gain: gain, padding: padding)
        } adjoint: { g, dx in
            ResamplingKernels.downAdjoint(
                g, into: dx, batch: n, height: h, width: w, channels: c, gain: gain, padding: padding)
        }
    }
}
