import Kernels

extension Tensor {
    /// Images [N, H, W, C] doubled between their pixels, as PyTorch's bilinear interpolation by two without aligned corners.
    ///
    /// - Returns: [N, 2H, 2W, C]
    public func bilinearUpsampled() -> Tensor {
        precondition(rank == 4, "bilinear upsampling: shape \(shape)")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        return LinearMap(input: shape, output: [n, 2 * h, 2 * w, c]) {
            BilinearDoubling.up($0, into: $1, batch: n, height: h, width: w, channels: c)
        } adjoint: {
            BilinearDoubling.adjoint($0, into: $1, batch: n, height: h, width: w, channels: c)
        }(self)
    }

    /// Every `factor`-th pixel of images [N, H, W, C], from the first on: PyTorch's nearest interpolation to a size that
    /// divides theirs. `factor` divides H and W.
    ///
    /// - Returns: [N, H/factor, W/factor, C]
    public func nearestDownsampled(by factor: Int) -> Tensor {
        precondition(
            rank == 4 && factor > 0 && shape[1] % factor == 0 && shape[2] % factor == 0,
            "nearest downsampling of \(shape) by \(factor)")
        guard factor > 1 else { return self }
        let (rows, columns, c) = (shape[0] * shape[1] / factor, shape[2] / factor, shape[3])
        let line = factor * factor * columns * c
        /// Between a line of all pixels and one of those that stay.
        func copy(_ large: BufferView, _ small: BufferView, _ row: Int, isAdjoint: Bool) {
            let (many, few) = (large.slice(row * line, line / factor), small.slice(row * columns * c, columns * c))
            if isAdjoint {
                Elementwise.copyRows(
                    few, rowStride: c, into: many, rowStride: factor * c, rows: columns, count: c)
            } else {
                Elementwise.copyRows(
                    many, rowStride: factor * c, into: few, rowStride: c, rows: columns, count: c)
            }
        }
        var map = LinearMap(input: shape, output: [shape[0], shape[1] / factor, columns, c]) { x, y in
            for row in 0..<rows { copy(x, y, row, isAdjoint: false) }
        } adjoint: { y, x in
            Elementwise.fill(x, with: 0)
            for row in 0..<rows { copy(x, y, row, isAdjoint: true) }
        }
        map.operation = .nearestDown(factor: factor)
        return map(self)
    }
}
