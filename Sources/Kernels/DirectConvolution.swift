import CKernels

/// Convolution as a matrix product with the input's patches (im2col); a 1×1 convolution needs no patches.
///
/// For shapes with so few pixels or channels that Winograd's transforms do not pay, and for stride 2.
struct DirectConvolution {
    let shape: ConvolutionShape
    let input: PixelGrid
    let output: PixelGrid

    init(_ shape: ConvolutionShape) {
        self.shape = shape
        (input, output) = shape.grids
    }

    /// Length of a patch: k · k · C'.
    private var depth: Int { shape.kernel * shape.kernel * input.cellChannels }
    private var columns: Int { output.cellChannels }
    private var cellsPerImage: Int { output.cellHeight * output.cellWidth }
    private var rows: Int { shape.batch * cellsPerImage }
    private var isMatrix: Bool { shape.kernel == 1 && shape.stride == 1 }
    /// Patches of a block stay in the second-level cache where they can.
    private var blockRows: Int { max(16, min(256, (1 << 17) / depth & ~15)) }

    func forward(_ x: BufferView, _ w: BufferView, into y: BufferView, cache: TransformCache?) {
        let (x, y) = (x.pointer, y.pointer)
        if isMatrix {
            MatrixProduct.multiply(x, w.pointer, into: y, rows: rows, columns: columns, depth: depth)
            return
        }
        let weights = composite(w, cache)
        Workers.forEachRange(rows, grain: blockRows) { range in
            let patches = Buffer(count: range.count * depth)
            gatherPatches(x, range, into: patches.pointer)
            if output.phases == 1 {
                sgemm(
                    false, false, range.count, columns, depth, 1, patches.pointer, depth, weights.pointer, columns, 0,
                    y + range.lowerBound * columns, columns)
            } else {
                let cells = Buffer(count: range.count * columns)
                sgemm(
                    false, false, range.count, columns, depth, 1, patches.pointer, depth, weights.pointer, columns, 0,
                    cells.pointer, columns)
                forEachCell(range) { index, image, row, column in
                    let target = y + image * output.imageCount
                    output.forEachPixel(row: row, column: column) { offset, channel in
                        guard let offset else { return }
                        (target + offset).update(
                            from: cells.pointer + index * columns + channel, count: output.channels)
                    }
                }
            }
        }
    }

    func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView, cache: TransformCache?) {
        let (g, dx) = (g.pointer, dx.pointer)
        if isMatrix {
            MatrixProduct.multiply(
                g, w.pointer, into: dx, rows: rows, columns: depth, depth: columns, transposeB: true)
            return
        }
        let weights = composite(w, cache)
        // Patches overlap, images do not: an image is an item, and its blocks are added in order.
        Workers.forEach(shape.batch) { image in
            let target = dx + image * input.imageCount
            target.update(repeating: 0, count: input.imageCount)
            let patches = Buffer(count: min(blockRows, cellsPerImage) * depth)
            let cells = Buffer(count: min(blockRows, cellsPerImage) * columns)
            for start in stride(from: 0, to: cellsPerImage, by: blockRows) {
                let first = image * cellsPerImage + start
                let range = first..<first + min(blockRows, cellsPerImage - start)
                sgemm(
                    false, true, range.count, depth, columns, 1,
                    outputCells(g, range, scratch: cells.pointer), columns, weights.pointer, columns, 0,
                    patches.pointer, depth)
                scatterPatches(patches.pointer, range, into: target)
            }
        }
    }

    func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView) {
        let (x, g) = (x.pointer, g.pointer)
        let count = depth * columns
        // The sum over pixels in a fixed number of parts, then the parts in order.
        let parts = max(1, min(8, rows * count / (1 << 20), (rows + 63) / 64))
        let partRows = (rows + parts - 1) / parts
        let sums = Buffer(count: parts * count)
        Workers.forEach(parts) { part in
            let sum = sums.pointer + part * count
            let end = min(rows, (part + 1) * partRows)
            let patches = Buffer(count: isMatrix ? 1 : blockRows * depth)
            let cells = Buffer(count: output.phases == 1 ? 1 : blockRows * columns)
            let step = isMatrix ? max(partRows, 1) : blockRows
            if part * partRows >= end { sum.update(repeating: 0, count: count) }
            for start in stride(from: part * partRows, to: end, by: step) {
                let range = start..<min(end, start + step)
                if !isMatrix { gatherPatches(x, range, into: patches.pointer) }
                sgemm(
                    true, false, depth, columns, range.count, 1,
                    isMatrix ? UnsafePointer(x + start * depth) : UnsafePointer(patches.pointer), depth,
                    outputCells(g, range, scratch: cells.pointer), columns, start == part * partRows ? 0 : 1, sum,
                    columns)
            }
        }
        for part in stride(from: 1, to: parts, by: 1) {
            ck_accumulate(sums.pointer, sums.pointer + part * count, count)
        }
        if shape.resampling == .none {
            dw.pointer.update(from: sums.pointer, count: count)
        } else {
            ResampledWeights(shape: shape).decompose(sums.pointer, into: dw.pointer)
        }
    }

    /// The weights as a matrix [k · k · C', K'].
    private func composite(_ w: BufferView, _ cache: TransformCache?) -> BufferView {
        if shape.resampling == .none { return w }
        let make = {
            let composite = Buffer(count: 4 * shape.weightCount)
            ResampledWeights(shape: shape).compose(w.pointer, into: composite.pointer)
            return composite
        }
        let key = TransformCache.Key(form: .composite, resampling: shape.resampling, isGradient: false)
        return BufferView(cache?.buffer(key, orMake: make) ?? make())
    }

    @inline(__always)
    private func forEachCell(
        _ range: Range<Int>, _ body: (_ index: Int, _ image: Int, _ row: Int, _ column: Int) -> Void
    ) {
        for cell in range {
            let (image, rest) = cell.quotientAndRemainder(dividingBy: cellsPerImage)
            let (row, column) = rest.quotientAndRemainder(dividingBy: output.cellWidth)
            body(cell - range.lowerBound, image, row, column)
        }
    }

    private func gatherPatches(
        _ x: UnsafePointer<Float>, _ range: Range<Int>, into patches: UnsafeMutablePointer<Float>
    ) {
        forEachCell(range) { index, image, row, column in
            forEachTap(row, column) { tap, inputRow, inputColumn in
                input.read(
                    x + image * input.imageCount, row: inputRow, column: inputColumn,
                    into: patches + index * depth + tap * input.cellChannels)
            }
        }
    }

    private func scatterPatches(
        _ patches: UnsafePointer<Float>, _ range: Range<Int>, into image: UnsafeMutablePointer<Float>
    ) {
        forEachCell(range) { index, _, row, column in
            forEachTap(row, column) { tap, inputRow, inputColumn in
                let source = patches + index * depth + tap * input.cellChannels
                input.forEachPixel(row: inputRow, column: inputColumn) { offset, channel in
                    if let offset { ck_accumulate(image + offset, source + channel, input.channels) }
                }
            }
        }
    }

    @inline(__always)
    private func forEachTap(_ row: Int, _ column: Int, _ body: (_ tap: Int, _ row: Int, _ column: Int) -> Void) {
        let (kernel, pad) = (shape.kernel, shape.kernel / 2)
        for tap in 0..<kernel * kernel {
            body(tap, row * shape.stride + tap / kernel - pad, column * shape.stride + tap % kernel - pad)
        }
    }

    /// The output's cells as a matrix [cells, K'], where they lie or gathered in `scratch`.
    private func outputCells(
        _ g: UnsafePointer<Float>, _ range: Range<Int>, scratch: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        if output.phases == 1 { return g + range.lowerBound * columns }
        forEachCell(range) { index, image, row, column in
            output.read(g + image * output.imageCount, row: row, column: column, into: scratch + index * columns)
        }
        return UnsafePointer(scratch)
    }
}
