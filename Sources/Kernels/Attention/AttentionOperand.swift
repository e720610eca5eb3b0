import CKernels

/// A stack of matrices as the right sides of products, turned once for all blocks of rows.
struct AttentionOperand {
    private let pointer: UnsafePointer<Float>
    private let (depth, step, group, count): (Int, Int, Int, Int)
    private let copy: Buffer?

    /// - Parameters:
    ///   - x: [samples, depth, columns], or [samples, columns, depth] where it is transposed.
    ///   - isTransposed: whether each matrix is turned first.
    init(_ x: BufferView, samples: Int, depth: Int, columns: Int, isTransposed: Bool = false) {
        self.depth = depth
        if !isTransposed && columns % 16 == 0 {
            (pointer, step, group, count, copy) = (UnsafePointer(x.pointer), columns, 16, depth * columns, nil)
            return
        }
        let groups = (columns + 15) / 16
        let packed = Buffer(count: max(1, samples * groups * depth * 16))
        let (source, target) = (x.pointer, packed.pointer)
        Workers.forEach(samples) { n in
            let matrix = source + n * depth * columns
            let out = target + n * groups * depth * 16
            guard isTransposed else {
                return ck_pack_columns(matrix, Int64(columns), Int32(depth), Int32(columns), out)
            }
            for g in 0..<groups {
                ck_pack_columns_transposed(
                    matrix + g * 16 * depth, Int64(depth), Int32(depth), Int32(min(16, columns - g * 16)),
                    out + g * depth * 16)
            }
        }
        (pointer, step, group, count, copy) = (
            UnsafePointer(target), 16, depth * 16, groups * depth * 16, packed
        )
    }

    /// The matrix of a sample.
    subscript(sample: Int) -> MatrixProduct.RightOperand { self[sample, 0..<depth] }

    /// Some rows of it.
    subscript(sample: Int, rows: Range<Int>) -> MatrixProduct.RightOperand {
        MatrixProduct.RightOperand(
            ready: pointer + sample * count + rows.lowerBound * step, depth: rows.count, step: step, group: group,
            copy: copy)
    }
}
