import Kernels

// The [1, 3, 3, 1] filter of StyleGAN2 (arXiv 1912.04958, section 4.1; `upfirdn2d` with `resample_filter` in the
// reference), after arXiv 1904.11486.
extension Tensor {
    /// Images upsampled by two with the [1, 3, 3, 1] filter (gain 4), times `gain`.
    public func upsampled(gain: Float = 1) -> Tensor {
        precondition(rank == 4, "upsampling: shape \(shape)")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        let out = BufferView(count: 4 * count)
        ResamplingKernels.up(view, into: out, batch: n, height: h, width: w, channels: c, gain: gain)
        return Tape.record([self], shape: [n, 2 * h, 2 * w, c], out) { g in [g.of.downsampled(gain: 4 * gain)] }
    }

    /// Images downsampled by two with the [1, 3, 3, 1] filter, times `gain`.
    public func downsampled(gain: Float = 1) -> Tensor {
        precondition(rank == 4, "downsampling: shape \(shape)")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        let out = BufferView(count: count / 4)
        ResamplingKernels.down(view, into: out, batch: n, height: h, width: w, channels: c, gain: gain)
        return Tape.record([self], shape: [n, h / 2, w / 2, c], out) { g in [g.of.upsampled(gain: gain / 4)] }
    }
}
