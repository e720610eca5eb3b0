import Kernels

extension Tensor {
    /// Images [N, H, W, C], each moved by whole pixels: out[i, j] = x[i + rows, j + columns], zero where that lies
    /// outside (the translation of DiffAugment, arXiv 2006.10738).
    public func shifted(rows: [Int], columns: [Int]) -> Tensor {
        precondition(
            rank == 4 && rows.count == shape[0] && columns.count == shape[0],
            "shift: shape \(shape), \(rows.count) and \(columns.count) samples")
        guard rows.contains(where: { $0 != 0 }) || columns.contains(where: { $0 != 0 }) else { return self }
        let out = BufferView(count: count)
        Shifting.apply(
            view, into: out, rows: rows, columns: columns, height: shape[1], width: shape[2], channels: shape[3])
        return Tape.record([self], shape: shape, out) { g in
            [g.of.shifted(rows: rows.map { -$0 }, columns: columns.map { -$0 })]
        }
    }
}
