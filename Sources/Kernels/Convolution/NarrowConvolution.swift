import CKernels

/// A 3×3 convolution from colours to many channels, or from many channels to colours, as a product with the
/// neighbourhoods of the pixels of the narrow side: of so few channels Winograd's transforms would be almost empty.
///
/// With N(p) the neighbourhood of pixel p of the narrow images, [9·n], and M [9·n, wide channels]: from the narrow side
/// to the wide one each pixel is N(p)·M; back, each pixel of the narrow side is a sum of nine elements of what is
/// wide(p)·Mᵀ; and the gradient of M is Nᵀ·wide. Of a convolution from few channels M is its weights, of one to few
/// channels they are turned by half a circle.
struct NarrowConvolution {
    private let shape: ConvolutionShape
    /// Channels of the two sides, and elements of a neighbourhood.
    private let (narrow, wide, depth): (Int, Int, Int)
    private let isFromNarrow: Bool
    private let pixels: Int
    /// Rows of an image that are computed at a time.
    private let bandRows: Int
    private let bands: Int

    init(_ shape: ConvolutionShape) {
        self.shape = shape
        isFromNarrow = shape.inputChannels < shape.outputChannels
        narrow = min(shape.inputChannels, shape.outputChannels)
        wide = max(shape.inputChannels, shape.outputChannels)
        depth = 9 * narrow
        pixels = shape.height * shape.width
        // Neighbourhoods and wide pixels of a band in the second-level cache.
        bandRows = min(shape.height, max(4, (1 << 16) / ((depth + wide) * shape.width)))
        bands = (shape.height + bandRows - 1) / bandRows
    }

    /// Whether a convolution without change of resolution is one of these.
    static func fits(_ shape: ConvolutionShape) -> Bool {
        let channels = (shape.inputChannels, shape.outputChannels)
        return shape.kernel == 3 && shape.stride == 1 && shape.resampling == .none && min(channels.0, channels.1) <= 3
            && max(channels.0, channels.1) >= 16
    }

    func forward(_ x: BufferView, _ w: BufferView, into y: BufferView, terms: Epilogue.Terms?) {
        if isFromNarrow {
            widen(x, w, into: y, terms, isAdjoint: false)
        } else {
            narrow(x, w, into: y, terms, isAdjoint: false)
        }
    }

    func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView) {
        if isFromNarrow {
            narrow(g, w, into: dx, nil, isAdjoint: true)
        } else {
            widen(g, w, into: dx, nil, isAdjoint: true)
        }
    }

    func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView) {
        let (small, large) = isFromNarrow ? (x, g) : (g, x)
        let count = depth * wide
        // The sum over bands in a fixed number of parts, then the parts in order.
        let all = shape.batch * bands
        let partBands = (all + 7) / 8
        let parts = (all + partBands - 1) / partBands
        let sums = BufferView(count: parts * count)
        let (sp, lp, target) = (small.pointer, large.pointer, sums.pointer)
        Workers.forEach(parts) { part in
            let patches = Workers.scratch(bandRows * shape.width * depth)
            for item in part * partBands..<min(all, (part + 1) * partBands) {
                let band = band(item)
                // Only the input goes on beyond its border: on the output's side what is needed is the adjoint.
                gather(sp, band, isAdjoint: !isFromNarrow, into: patches)
                MatrixProduct.multiply(
                    .init(pointer: patches, stride: depth, isTransposed: true),
                    .init(
                        lp + band.firstPixel * wide, depth: band.rows.count * shape.width, columns: wide,
                        isReused: false),
                    into: target + part * count, rows: 0..<depth, columns: 0..<wide, rowStride: wide,
                    accumulates: item > part * partBands)
            }
        }
        PartialSums.add(target + count, parts: parts, to: target, count: count)
        if isFromNarrow {
            dw.pointer.update(from: target, count: count)
        } else {
            turn { weight, element in dw.pointer[weight] = target[element] }
        }
    }

    /// Some rows of one image.
    private struct Band {
        let image: Int
        let rows: Range<Int>
        /// Among all images' pixels.
        let firstPixel: Int
    }

    private func band(_ item: Int) -> Band {
        let (image, place) = item.quotientAndRemainder(dividingBy: bands)
        let first = place * bandRows
        return Band(
            image: image, rows: first..<min(shape.height, first + bandRows),
            firstPixel: image * pixels + first * shape.width)
    }

    /// - Parameter isAdjoint: whether the images are of the output's side, as in a gradient in the input.
    private func gather(
        _ images: UnsafePointer<Float>, _ band: Band, isAdjoint: Bool, into patches: UnsafeMutablePointer<Float>
    ) {
        let image = images + band.image * pixels * narrow
        let (first, last) = (Int64(band.rows.lowerBound), Int64(band.rows.upperBound))
        let (height, width, channels) = (Int64(shape.height), Int64(shape.width), Int64(narrow))
        if shape.beyond == .zero {
            ck_narrow_gather(image, height, width, channels, first, last, patches)
        } else {
            ck_narrow_gather_padded(
                shape.beyond.rawValue, isAdjoint ? 1 : 0, image, height, width, channels, first, last, patches)
        }
    }

    private func widen(
        _ x: BufferView, _ w: BufferView, into y: BufferView, _ terms: Epilogue.Terms?, isAdjoint: Bool
    ) {
        let matrix = matrix(w)
        let right = MatrixProduct.RightOperand(matrix.pointer, depth: depth, columns: wide, isReused: true)
        let (xp, yp) = (x.pointer, y.pointer)
        Workers.forEach(shape.batch * bands) { item in
            let band = band(item)
            let count = band.rows.count * shape.width
            let patches = Workers.scratch(bandRows * shape.width * depth)
            gather(xp, band, isAdjoint: isAdjoint, into: patches)
            let target = yp + band.firstPixel * wide
            MatrixProduct.multiply(
                .init(pointer: patches, stride: depth, isTransposed: false), right, into: target, rows: 0..<count,
                columns: 0..<wide, rowStride: wide)
            if let terms { apply(terms, to: target, band, channels: wide) }
        }
    }

    private func narrow(
        _ x: BufferView, _ w: BufferView, into y: BufferView, _ terms: Epilogue.Terms?, isAdjoint: Bool
    ) {
        let matrix = matrix(w)
        let right = MatrixProduct.RightOperand(
            matrix.pointer, depth: wide, columns: depth, isTransposed: true, isReused: true)
        let (xp, yp) = (x.pointer, y.pointer)
        Workers.forEach(shape.batch * bands) { item in
            let band = band(item)
            // Neighbourhoods of the rows beside the band reach into it.
            let rows = max(0, band.rows.lowerBound - 1)..<min(shape.height, band.rows.upperBound + 1)
            // Of a periodic image the last row is beside the first; of one band all rows are there.
            let wraps = shape.beyond == .periodic && bands > 1
            let isFirst = wraps && band.rows.lowerBound == 0
            let isLast = wraps && band.rows.upperBound == shape.height
            let patches = Workers.scratch((bandRows + 2) * shape.width * depth)
            func multiply(_ rows: Range<Int>, into patches: UnsafeMutablePointer<Float>) {
                MatrixProduct.multiply(
                    .init(
                        pointer: xp + (band.image * pixels + rows.lowerBound * shape.width) * wide, stride: wide,
                        isTransposed: false), right, into: patches, rows: 0..<rows.count * shape.width,
                    columns: 0..<depth, rowStride: depth)
            }
            let line = shape.width * depth
            if isFirst { multiply(shape.height - 1..<shape.height, into: patches) }
            multiply(rows, into: patches + (isFirst ? line : 0))
            if isLast { multiply(0..<1, into: patches + ((isFirst ? 1 : 0) + rows.count) * line) }
            let (height, width, channels) = (Int64(shape.height), Int64(shape.width), Int64(narrow))
            let (first, last) = (Int64(band.rows.lowerBound), Int64(band.rows.upperBound))
            let image = yp + band.image * pixels * narrow
            if shape.beyond == .zero {
                ck_narrow_scatter(patches, height, width, channels, first, last, image)
            } else {
                ck_narrow_scatter_padded(
                    shape.beyond.rawValue, isAdjoint ? 1 : 0, patches, Int64(rows.lowerBound - (isFirst ? 1 : 0)),
                    Int64(rows.count + (isFirst ? 1 : 0) + (isLast ? 1 : 0)), height, width, channels, first, last,
                    image)
            }
            if let terms { apply(terms, to: yp + band.firstPixel * narrow, band, channels: narrow) }
        }
    }

    /// What follows the convolution, for the pixels of a band.
    private func apply(
        _ terms: Epilogue.Terms, to y: UnsafeMutablePointer<Float>, _ band: Band, channels: Int
    ) {
        var c = terms.c(
            sample: band.image, first: band.rows.lowerBound * shape.width, positions: pixels, channels: channels)
        ck_epilogue(y, &c, y, Int64(band.rows.count * shape.width), Int64(channels))
    }

    /// M
    private func matrix(_ w: BufferView) -> BufferView {
        guard !isFromNarrow else { return w }
        let turned = BufferView(count: w.count)
        turn { weight, element in turned.pointer[element] = w.pointer[weight] }
        return turned
    }

    /// Of a convolution to few channels: where a weight [9, wide, narrow] is in M [9, narrow, wide].
    private func turn(_ body: (_ weight: Int, _ element: Int) -> Void) {
        for tap in 0..<9 {
            for c in 0..<wide {
                for k in 0..<narrow { body((tap * wide + c) * narrow + k, ((8 - tap) * narrow + k) * wide + c) }
            }
        }
    }
}
