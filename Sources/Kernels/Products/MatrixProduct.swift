import CKernels

/// Matrix products on all workers, all operands row-major and contiguous.
///
/// Those of a network are skinny: activations, of which there are many rows, with weights, of which there are few.
/// A general sgemm copies both sides into its own order; here only the weights are copied, and only where that pays.
public enum MatrixProduct {
    /// c = op(a) · op(b)
    ///
    /// The blocks follow from the shape, so that the bits do not depend on the number of threads.
    ///
    /// - Parameters:
    ///   - a: [rows, depth], or [depth, rows] with `transposeA`.
    ///   - b: [depth, columns], or [columns, depth] with `transposeB`.
    ///   - c: [rows, columns], overwritten.
    public static func multiply(
        _ a: BufferView, _ b: BufferView, into c: BufferView, rows: Int, columns: Int, depth: Int,
        transposeA: Bool = false, transposeB: Bool = false
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .product(
                    rows: rows, columns: columns, depth: depth, transposeA: transposeA, transposeB: transposeB))
        }
        precondition(
            a.count == rows * depth && b.count == depth * columns && c.count == rows * columns,
            "MatrixProduct: \(rows)×\(depth) times \(depth)×\(columns) with \(a.count), \(b.count), \(c.count) elements"
        )
        multiply(
            a.pointer, b.pointer, into: c.pointer, rows: rows, columns: columns, depth: depth,
            transposeA: transposeA, transposeB: transposeB)
    }

    /// c[n] = op(a[n]) · op(b[n]) for stacks of `samples` matrices, otherwise as above.
    public static func multiply(
        _ a: BufferView, _ b: BufferView, into c: BufferView, samples: Int, rows: Int, columns: Int, depth: Int,
        transposeA: Bool = false, transposeB: Bool = false
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .product(
                    samples: samples, rows: rows, columns: columns, depth: depth, transposeA: transposeA,
                    transposeB: transposeB))
        }
        precondition(
            a.count == samples * rows * depth && b.count == samples * depth * columns
                && c.count == samples * rows * columns,
            "MatrixProduct: \(samples) of \(rows)×\(depth) times \(depth)×\(columns) with \(a.count), \(b.count), "
                + "\(c.count) elements")
        let (ap, bp, cp) = (a.pointer, b.pointer, c.pointer)
        Workers.forEach(samples) { n in
            multiply(
                ap + n * rows * depth, bp + n * depth * columns, into: cp + n * rows * columns, rows: rows,
                columns: columns, depth: depth, transposeA: transposeA, transposeB: transposeB)
        }
    }

    /// - Parameter finish: called for every row of c once it is complete, while it is in the cache.
    static func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>,
        rows: Int, columns: Int, depth: Int, transposeA: Bool = false, transposeB: Bool = false,
        finish: ((Range<Int>) -> Void)? = nil
    ) {
        guard rows > 0, columns > 0 else { return }
        if let finish, rows < columns || rows <= 32 {
            multiply(
                a, b, into: c, rows: rows, columns: columns, depth: depth, transposeA: transposeA,
                transposeB: transposeB)
            return finish(0..<rows)
        }
        // A million multiplications are some five microseconds: below that, waking a worker costs more than it brings.
        let parts = max(1, min(64, rows * columns * depth / (1 << 20)))
        // With so few rows the other side is read but once: each item turns its own part, which stays in its cache.
        if transposeB && !transposeA && rows <= 32 {
            let grain = min(
                max(64, Self.part(columns, parts, multipleOf: 32)), max(64, (1 << 16) / max(depth, 1) & ~31))
            let left = LeftOperand(pointer: a, stride: depth, isTransposed: false)
            return Workers.forEachRange(columns, grain: grain) { range in
                let right = RightOperand(
                    b + range.lowerBound * depth, depth: depth, columns: range.count, isTransposed: true,
                    isReused: false)
                multiply(
                    left, right, into: c + range.lowerBound, rows: 0..<rows, columns: 0..<range.count,
                    rowStride: columns)
            }
        }
        let right = RightOperand(
            b, depth: depth, columns: columns, isTransposed: transposeB, isReused: !transposeA && rows > 32)
        let left = LeftOperand(pointer: a, stride: transposeA ? rows : depth, isTransposed: transposeA)
        if rows >= columns {
            let grain = max(48, Self.part(rows, parts, multipleOf: 12))
            Workers.forEachRange(rows, grain: grain) { range in
                multiply(left, right, into: c, rows: range, columns: 0..<columns, rowStride: columns)
                finish?(range)
            }
        } else {
            let grain = max(64, Self.part(columns, parts, multipleOf: 32))
            Workers.forEachRange(columns, grain: grain) { range in
                multiply(left, right, into: c, rows: 0..<rows, columns: range, rowStride: columns)
            }
        }
    }

    /// The size of one of so many parts.
    static func part(_ count: Int, _ parts: Int, multipleOf unit: Int) -> Int {
        (count + parts * unit - 1) / (parts * unit) * unit
    }

    /// One thread's part of a product: `rows` and `columns` of c.
    ///
    /// - Parameter accumulates: whether the product is added to c.
    static func multiply(
        _ a: LeftOperand, _ b: RightOperand, into c: UnsafeMutablePointer<Float>, rows: Range<Int>,
        columns: Range<Int>, rowStride: Int, accumulates: Bool = false
    ) {
        // So much depth of two groups of columns lies in the first-level cache, of these rows in the second-level one.
        let (depthBlock, rowBlock) = (256, 96)
        // Lines that are so far apart fall on few of the cache's sets, and each group of columns reads them again.
        let isGathered = a.isTransposed && a.stride >= 256 && columns.count >= 64
        withUnsafeTemporaryAllocation(of: Float.self, capacity: isGathered ? depthBlock * rowBlock : 1) { gathered in
            for first in stride(from: rows.lowerBound, to: rows.upperBound, by: rowBlock) {
                let count = min(rowBlock, rows.upperBound - first)
                for d in stride(from: 0, to: max(b.depth, 1), by: depthBlock) {
                    let depth = min(depthBlock, b.depth - d)
                    var (left, lineStride) = (a.pointer, a.stride)
                    left += a.isTransposed ? first + d * a.stride : first * a.stride + d
                    if isGathered, let lines = gathered.baseAddress {
                        for line in 0..<depth {
                            (lines + line * rowBlock).update(from: left + line * a.stride, count: count)
                        }
                        (left, lineStride) = (UnsafePointer(lines), rowBlock)
                    }
                    ck_product(
                        left, Int64(lineStride), a.isTransposed ? 1 : 0,
                        b.pointer + columns.lowerBound / 16 * b.group + d * b.step, Int64(b.step), Int64(b.group),
                        c + first * rowStride + columns.lowerBound, Int64(rowStride), Int32(count),
                        Int32(columns.count), Int32(depth), d > 0 || accumulates ? 1 : 0)
                }
            }
        }
    }

    /// The left side as it lies in memory: [rows, depth] or, transposed, [depth, rows].
    struct LeftOperand {
        let pointer: UnsafePointer<Float>
        /// From one line to the next.
        let stride: Int
        let isTransposed: Bool
    }

    /// The right side in groups of 16 columns.
    struct RightOperand {
        let pointer: UnsafePointer<Float>
        let depth: Int
        /// From one depth, or one group, to the next.
        let (step, group): (Int, Int)
        private let copy: Buffer?

        /// - Parameter isReused: whether it is multiplied with so many rows that a copy in order pays by itself.
        init(_ b: UnsafePointer<Float>, depth: Int, columns: Int, isTransposed: Bool = false, isReused: Bool) {
            self.depth = depth
            let groups = (columns + 15) / 16
            if !isTransposed && columns % 16 == 0 && !isReused {
                (pointer, step, group, copy) = (b, columns, 16, nil)
                return
            }
            let packed = Buffer(count: max(1, groups * depth * 16))
            let target = packed.pointer
            // Four groups of a line lie side by side: what is read at once is what memory brings at once.
            let grain = max(4, Elementwise.grain / (16 * max(depth, 1)) & ~3)
            Workers.forEachRange(groups, grain: grain) { range in
                let out = target + range.lowerBound * depth * 16
                if isTransposed {
                    for g in range {
                        ck_pack_columns_transposed(
                            b + g * 16 * depth, Int64(depth), Int32(depth), Int32(min(16, columns - g * 16)),
                            target + g * depth * 16)
                    }
                } else {
                    let count = min(columns, range.upperBound * 16) - range.lowerBound * 16
                    ck_pack_columns(b + range.lowerBound * 16, Int64(columns), Int32(depth), Int32(count), out)
                }
            }
            (pointer, step, group, copy) = (UnsafePointer(target), 16, depth * 16, packed)
        }

        /// Some depths of it.
        func lines(_ range: Range<Int>) -> RightOperand {
            RightOperand(
                ready: pointer + range.lowerBound * step, depth: range.count, step: step, group: group, copy: copy)
        }

        /// What is in order already.
        ///
        /// - Parameter copy: whose memory it is; nil for that of others.
        init(ready pointer: UnsafePointer<Float>, depth: Int, step: Int, group: Int, copy: Buffer?) {
            (self.pointer, self.depth, self.step, self.group, self.copy) = (pointer, depth, step, group, copy)
        }
    }
}
