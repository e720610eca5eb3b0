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
        let pooling = ChosenPixels(choice: BufferView(count: count / 4), large: shape)
        let out = BufferView(count: count / 4)
        MaxPooling.forward(
            view, into: out, choice: pooling.choice, batch: shape[0], height: shape[1], width: shape[2],
            channels: shape[3])
        return Tape.record([self], shape: pooling.small, out) { g in [pooling.scattered(g.of)] }
    }
}

/// Which pixel of each four was the largest.
private struct ChosenPixels {
    let choice: BufferView
    /// [N, H, W, C]
    let large: [Int]

    var small: [Int] { [large[0], large[1] / 2, large[2] / 2, large[3]] }

    /// The small images' pixels where they were chosen, zeros elsewhere.
    func scattered(_ y: Tensor) -> Tensor {
        let out = BufferView(count: large.reduce(1, *))
        MaxPooling.scatter(
            y.view, choice: choice, into: out, batch: large[0], height: large[1], width: large[2], channels: large[3])
        return Tape.record([y], shape: large, out) { g in [gathered(g.of)] }
    }

    /// The chosen pixels of the large images.
    func gathered(_ x: Tensor) -> Tensor {
        let out = BufferView(count: choice.count)
        MaxPooling.gather(
            x.view, choice: choice, into: out, batch: large[0], height: large[1], width: large[2], channels: large[3])
        return Tape.record([x], shape: small, out) { g in [scattered(g.of)] }
    }
}
