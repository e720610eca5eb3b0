import Kernels

extension Tensor {
    /// Images [N, H, W, C] upsampled by two with each pixel repeated (arXiv 1710.10196, table 2), times `gain`.
    ///
    /// - Returns: [N, 2H, 2W, C]
    public func nearestUpsampled(gain: Float = 1) -> Tensor {
        precondition(rank == 4, "nearest upsampling: shape \(shape)")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        let out = BufferView(count: 4 * count)
        BoxResampling.up(view, into: out, batch: n, height: h, width: w, channels: c, gain: gain)
        return Tape.record([self], shape: [n, 2 * h, 2 * w, c], out, as: .nearestUp(gain: gain)) { g in
            [g.of.boxDownsampled(gain: 4 * gain)]
        }
    }

    /// The sum of these images [N, 2H, 2W, C] and smaller ones [N, H, W, C] with each pixel repeated, in one pass.
    public func addingNearestUpsampled(_ small: Tensor) -> Tensor {
        let (n, h, w, c) = (small.shape[0], small.shape[1], small.shape[2], small.shape[3])
        precondition(shape == [n, 2 * h, 2 * w, c], "nearest upsampling: images \(small.shape) added to \(shape)")
        let out = BufferView(count: count)
        BoxResampling.upAdded(small.view, to: view, into: out, batch: n, height: h, width: w, channels: c)
        return Tape.record([self, small], shape: shape, out, as: .addNearestUp) { g in
            [g.wants[0] ? g.of : nil, g.wants[1] ? g.of.boxDownsampled(gain: 4) : nil]
        }
    }

    /// Images [N, H, W, C] downsampled by two, means of 2×2 pixels (arXiv 1710.10196, table 2), times `gain`.
    /// H and W are even.
    ///
    /// - Returns: [N, H/2, W/2, C]
    public func boxDownsampled(gain: Float = 1) -> Tensor {
        precondition(
            rank == 4 && shape[1] % 2 == 0 && shape[2] % 2 == 0,
            "box downsampling: shape \(shape), expected [N, even, even, C]")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        let out = BufferView(count: count / 4)
        BoxResampling.down(view, into: out, batch: n, height: h, width: w, channels: c, gain: gain)
        return Tape.record([self], shape: [n, h / 2, w / 2, c], out) { g in [g.of.nearestUpsampled(gain: gain / 4)] }
    }
}
