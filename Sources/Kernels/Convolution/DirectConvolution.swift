import CKernels

/// Convolution as a matrix product with the input's patches (im2col); a 1×1 convolution needs no patches.
///
/// For 1×1, for stride 2 without a filter, and for maps so small that Winograd's transforms do not pay.
struct DirectConvolution {
    private let shape: ConvolutionShape
    private let input: PixelGrid
    private let output: PixelGrid
    private let pixelsPerImage: Int
    /// All output pixels.
    private let rows: Int
    /// Length of a patch: k · k · C.
    private let depth: Int
    private let columns: Int
    /// Patches of a block stay in the second-level cache where they can.
    private let blockRows: Int
    private let isMatrix: Bool

    init(_ shape: ConvolutionShape) {
        self.shape = shape
        (input, output) = (shape.input, shape.output)
        pixelsPerImage = output.height * output.width
        rows = shape.batch * pixelsPerImage
        depth = shape.kernel * shape.kernel * shape.inputChannels
        columns = shape.outputChannels
        blockRows = max(16, min(256, (1 << 17) / depth & ~15))
        isMatrix = shape.kernel == 1 && shape.stride == 1
    }

    func forward(_ x: BufferView, _ w: BufferView, into y: BufferView, terms: Epilogue.Terms?) {
        let (x, w, y) = (x.pointer, w.pointer, y.pointer)
        if isMatrix {
            return MatrixProduct.multiply(
                x, w, into: y, rows: rows, columns: columns, depth: depth,
                finish: terms.map { terms in { apply(terms, to: y, $0) } })
        }
        let weights = MatrixProduct.RightOperand(w, depth: depth, columns: columns, isReused: rows > 32)
        Workers.forEachRange(rows, grain: blockRows) { range in
            let patches = Workers.scratch(range.count * depth)
            gatherPatches(x, range, into: patches)
            MatrixProduct.multiply(
                .init(pointer: patches, stride: depth, isTransposed: false), weights,
                into: y + range.lowerBound * columns, rows: 0..<range.count, columns: 0..<columns, rowStride: columns)
            if let terms { apply(terms, to: y, range) }
        }
    }

    /// What follows the convolution, for some output pixels.
    private func apply(_ terms: Epilogue.Terms, to y: UnsafeMutablePointer<Float>, _ pixels: Range<Int>) {
        var first = pixels.lowerBound
        while first < pixels.upperBound {
            let (image, position) = first.quotientAndRemainder(dividingBy: pixelsPerImage)
            let count = min(pixels.upperBound - first, pixelsPerImage - position)
            var c = terms.c(sample: image, first: position, positions: pixelsPerImage, channels: columns)
            ck_epilogue(y + first * columns, &c, y + first * columns, Int64(count), Int64(columns))
            first += count
        }
    }

    func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView) {
        let (g, w, dx) = (g.pointer, w.pointer, dx.pointer)
        if isMatrix {
            return MatrixProduct.multiply(
                g, w, into: dx, rows: rows, columns: depth, depth: columns, transposeB: true)
        }
        let weights = MatrixProduct.RightOperand(w, depth: columns, columns: depth, isTransposed: true, isReused: true)
        // Patches overlap, images do not: an item is a few images, and its blocks are added in order.
        let images = max(1, min(blockRows / pixelsPerImage, (shape.batch + 3) / 4))
        Workers.forEachRange(shape.batch, grain: images) { item in
            (dx + item.lowerBound * input.imageCount).update(repeating: 0, count: item.count * input.imageCount)
            let end = item.upperBound * pixelsPerImage
            let patches = Workers.scratch(min(blockRows, item.count * pixelsPerImage) * depth)
            for start in stride(from: item.lowerBound * pixelsPerImage, to: end, by: blockRows) {
                let range = start..<min(end, start + blockRows)
                MatrixProduct.multiply(
                    .init(pointer: g + start * columns, stride: columns, isTransposed: false), weights, into: patches,
                    rows: 0..<range.count, columns: 0..<depth, rowStride: depth)
                scatterPatches(patches, range, into: dx)
            }
        }
    }

    func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView) {
        let (x, g, dw) = (x.pointer, g.pointer, dw.pointer)
        // Few columns would leave most of a vector empty: the other way round they are few rows.
        if isMatrix && columns < min(16, depth) {
            let turned = Buffer(count: depth * columns)
            matrixGradient(g, columns, x, depth, into: turned.pointer)
            for k in 0..<depth * columns { dw[k] = turned.pointer[k % columns * depth + k / columns] }
            return
        }
        if isMatrix { return matrixGradient(x, depth, g, columns, into: dw) }
        sumOverPixels(count: depth * columns, most: 8, into: dw, items: 1) { sum, range, _ in
            let patches = Workers.scratch(blockRows * depth)
            for start in stride(from: range.lowerBound, to: range.upperBound, by: blockRows) {
                let block = start..<min(range.upperBound, start + blockRows)
                gatherPatches(x, block, into: patches)
                MatrixProduct.multiply(
                    .init(pointer: patches, stride: depth, isTransposed: true),
                    .init(g + start * columns, depth: block.count, columns: columns, isReused: false), into: sum,
                    rows: 0..<depth, columns: 0..<columns, rowStride: columns, accumulates: start != range.lowerBound)
            }
        }
    }

    /// aᵀ · b, both with a line for each pixel.
    private func matrixGradient(
        _ a: UnsafePointer<Float>, _ width: Int, _ b: UnsafePointer<Float>, _ columns: Int,
        into result: UnsafeMutablePointer<Float>
    ) {
        // Sums that leave the caches cost more than they divide; these are so large that tiles of them are items enough.
        let most = max(1, min(8, (1 << 17) / (width * columns)))
        let (height, tileColumns) = (MatrixProduct.part(width, (width + 191) / 192, multipleOf: 12), 128)
        let (down, across) = ((width + height - 1) / height, (columns + tileColumns - 1) / tileColumns)
        let right = MatrixProduct.RightOperand(b, depth: rows, columns: columns, isReused: false)
        sumOverPixels(count: width * columns, most: most, into: result, items: down * across) { sum, range, item in
            let (top, left) = (item / across * height, item % across * tileColumns)
            MatrixProduct.multiply(
                .init(pointer: a + range.lowerBound * width, stride: width, isTransposed: true), right.lines(range),
                into: sum, rows: top..<min(width, top + height), columns: left..<min(columns, left + tileColumns),
                rowStride: columns)
        }
    }

    /// A sum over all pixels in a fixed number of parts, which are added in order.
    ///
    /// - Parameters:
    ///   - count: floats of the sum.
    ///   - most: parts at most.
    ///   - items: what a part's sum is divided into; `body` writes one of them.
    private func sumOverPixels(
        count: Int, most: Int, into result: UnsafeMutablePointer<Float>, items: Int,
        _ body: (_ sum: UnsafeMutablePointer<Float>, _ pixels: Range<Int>, _ item: Int) -> Void
    ) {
        let wanted = max(1, min(most, rows * count / (1 << 20), rows / 64))
        let partRows = (rows + wanted - 1) / wanted
        let parts = (rows + partRows - 1) / partRows
        let sums = Buffer(count: max(1, (parts - 1) * count))
        Workers.forEach(parts * items) { index in
            let (part, item) = (index / items, index % items)
            let sum = part == 0 ? result : sums.pointer + (part - 1) * count
            body(sum, part * partRows..<min(rows, (part + 1) * partRows), item)
        }
        PartialSums.add(sums.pointer, parts: parts, to: result, count: count)
    }

    private func gatherPatches(
        _ x: UnsafePointer<Float>, _ range: Range<Int>, into patches: UnsafeMutablePointer<Float>
    ) {
        forEachTap(range) { offset, patch in
            let target = patches + patch
            if let offset {
                target.update(from: x + offset, count: input.channels)
            } else {
                target.update(repeating: 0, count: input.channels)
            }
        }
    }

    /// Adds patches to the pixels they came from.
    private func scatterPatches(
        _ patches: UnsafePointer<Float>, _ range: Range<Int>, into dx: UnsafeMutablePointer<Float>
    ) {
        forEachTap(range) { offset, patch in
            if let offset { ck_accumulate(dx + offset, patches + patch, input.channels) }
        }
    }

    /// Calls `body` for each tap of each output pixel: where the input pixel lies, nil where there is none, and where it
    /// is in the patches.
    @inline(__always)
    private func forEachTap(_ range: Range<Int>, _ body: (_ offset: Int?, _ patch: Int) -> Void) {
        let (kernel, pad, beyond) = (shape.kernel, shape.kernel / 2, shape.beyond)
        var patch = 0
        for pixel in range {
            let (image, rest) = pixel.quotientAndRemainder(dividingBy: pixelsPerImage)
            let (row, column) = rest.quotientAndRemainder(dividingBy: output.width)
            for tap in 0..<kernel * kernel {
                let offset = input.offset(
                    row * shape.stride + tap / kernel - pad, column * shape.stride + tap % kernel - pad, beyond)
                body(offset.map { $0 + image * input.imageCount }, patch)
                patch += input.channels
            }
        }
    }
}
