import CKernels

/// Winograd convolution (Lavin & Gray, arXiv 1509.09308).
///
/// The input gradient is a convolution, too; the weight gradient is the adjoint of the products, frequency by
/// frequency. Changes of resolution have transforms of their own, which include the filter.
struct WinogradConvolution {
    let shape: ConvolutionShape
    let transform: WinogradTransform
    let input: PixelGrid
    let output: PixelGrid
    /// Pixels beyond the border that tiles cover as if they were the smaller map's own: on the way up from a mirrored map
    /// there is something to be read. Of a periodic one it is enough that what leaves the larger map comes back on the
    /// opposite side.
    let margin: Int

    init(_ shape: ConvolutionShape, _ transform: WinogradTransform) {
        self.shape = shape
        self.transform = transform
        (input, output) = (shape.input, shape.output)
        margin = shape.resampling.isUp && shape.beyond != .zero && shape.beyond != .periodic ? 1 : 0
    }

    var frequencies: Int { transform.frequencies }

    func forward(
        _ x: BufferView, _ w: BufferView, into y: BufferView, cache: TransformCache?, style: BufferView?,
        terms: Epilogue.Terms?
    ) {
        var extras = Extras(style: style, terms: terms)
        if transform.isUp && margin == 0 { extras.written = shape.beyond } else { extras.read = shape.beyond }
        convolve(
            x.pointer, from: input, into: y.pointer, to: output, transformed(w, cache, isGradient: false), extras)
    }

    func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView, cache: TransformCache?) {
        let weights = transformed(w, cache, isGradient: true)
        if margin > 0 {
            // What goes to pixels beyond the border comes back to those that stand there.
            let extended = input.extended(by: margin)
            let sums = Buffer(count: extended.batch * extended.imageCount)
            convolve(g.pointer, from: output, into: sums.pointer, to: extended, weights, Extras())
            return extended.fold(sums.pointer, margin: margin, shape.beyond, into: dx.pointer, input)
        }
        var extras = Extras()
        // The adjoint of a convolution on the torus is one, too.
        if transform.scatters {
            extras.written = shape.beyond
        } else if shape.beyond == .periodic {
            extras.read = .periodic
        }
        convolve(g.pointer, from: output, into: dx.pointer, to: input, weights, extras)
    }

    /// What is done to activations on their way in and out.
    private struct Extras {
        /// What stands beyond the border of the images that are read, and of those that are written.
        var read = Beyond.zero
        var written = Beyond.zero
        /// Factors of the input's channels, image by image.
        var style: BufferView?
        var terms: Epilogue.Terms?
    }

    /// With fewer rows a product is not worth its weights' way from memory.
    private let leastTiles = 8

    /// Tiles of a block. Its transforms should lie in the second-level cache, and the weights, which come from the
    /// third (or from memory, when they are large) for every block, should be used often enough. Of few tiles, four
    /// blocks, so that there is something to share.
    private func blockTiles(of tiles: Int) -> Int {
        let least = input.groups * output.groups > 400 ? 48 : 24
        let block = max(least, min(72, (1 << 20) / (frequencies * (input.groups + output.groups) * 64) / 12 * 12))
        return min(block, max(leastTiles, ((tiles + 3) / 4 + 3) / 4 * 4))
    }

    /// Of one block alone, of many channels, the threads share each stage: the same numbers, in the same order. It is the
    /// weights' way from memory that they share; less of them is not worth the waiting for each other.
    private func sharesStages(_ tiles: TileList, _ block: Int) -> Bool {
        tiles.count <= block && input.groups * output.groups >= 256
    }

    private func convolve(
        _ x: UnsafePointer<Float>, from source: PixelGrid, into y: UnsafeMutablePointer<Float>, to target: PixelGrid,
        _ weights: Buffer, _ extras: Extras
    ) {
        // Those written have their margin already.
        let tiles = TileList(transform.scatters ? source.extended(by: margin) : target, margin: margin)
        let block = blockTiles(of: tiles.count)
        guard transform.scatters else {
            if sharesStages(tiles, block) {
                return convolve(tiles, 0..<tiles.count, x, source, y, target, weights, extras, isShared: true)
            }
            return Workers.forEachRange(tiles.count, grain: block) { range in
                convolve(tiles, range, x, source, y, target, weights, extras)
            }
        }
        // Tiles add to their neighbours' pixels, but not to another image's: an item is a few images.
        let perImage = tiles.perImage
        let images = max((leastTiles + perImage - 1) / perImage, min(block / perImage, (source.batch + 3) / 4))
        let isShared = images >= source.batch && sharesStages(tiles, block)
        var sums = extras
        sums.terms = nil
        Workers.forEachRange(source.batch, grain: images) { range in
            (y + range.lowerBound * target.imageCount).update(repeating: 0, count: range.count * target.imageCount)
            let end = range.upperBound * perImage
            for start in stride(from: range.lowerBound * perImage, to: end, by: block) {
                convolve(
                    tiles, start..<min(end, start + block), x, source, y, target, weights, sums, isShared: isShared)
            }
            guard let terms = extras.terms else { return }
            for image in range {
                let positions = target.height * target.width
                var c = terms.c(sample: image, positions: positions, channels: target.channels)
                let pixels = y + image * target.imageCount
                ck_epilogue(pixels, &c, pixels, Int64(positions), Int64(target.channels))
            }
        }
    }

    /// A block of tiles: transform, products, transform back.
    ///
    /// - Parameter isShared: whether it is the only one, so that its stages are shared by all threads.
    private func convolve(
        _ tiles: TileList, _ range: Range<Int>, _ x: UnsafePointer<Float>, _ source: PixelGrid,
        _ y: UnsafeMutablePointer<Float>, _ target: PixelGrid, _ weights: Buffer, _ extras: Extras,
        isShared: Bool = false
    ) {
        let (rows, inputGroups, outputGroups) = (range.count, source.groups, target.groups)
        let us = ck_strides(rows: inputGroups * 16, groups: outputGroups)
        let vs = ck_strides(rows: rows, groups: inputGroups)
        let ps = ck_strides(rows: rows, groups: outputGroups)
        let floats = frequencies * (vs.frequency + ps.frequency)
        let shared = isShared ? Buffer(count: floats) : nil
        let v = shared?.pointer ?? Workers.scratch(floats)
        let p = v + frequencies * vs.frequency
        func each(_ range: Range<Int>, grain: Int, _ work: (Int) -> Void) {
            guard isShared else {
                for index in range { work(index) }
                return
            }
            Workers.forEachRange(range.count, grain: grain) { part in
                for index in part { work(range.lowerBound + index) }
            }
        }
        let (sourceLayout, targetLayout) = (source.layout(extras.read), target.layout(extras.written))
        let shift = Int32(transform.scatters ? 0 : margin)
        each(range, grain: 2) { index in
            let (image, row, column) = tiles[index]
            transform.input(
                x + image * source.imageCount, sourceLayout, row: row, column: column,
                factors: extras.style.map { UnsafePointer($0.pointer + image * source.channels) },
                into: v + (index - range.lowerBound) * 16, vs)
        }
        each(0..<frequencies, grain: 3) { f in
            ck_winograd_product(
                v + f * vs.frequency, vs.group, Int32(inputGroups),
                weights.pointer + transform.plane(of: f) * us.frequency, us.group, p + f * ps.frequency, ps.group,
                Int32(rows), Int32(outputGroups), 0)
        }
        // Where tiles add to their neighbours' pixels, one after another.
        each(range, grain: transform.scatters ? range.count : 2) { index in
            let (image, row, column) = tiles[index]
            func put(_ terms: UnsafePointer<ck_epilogue_terms>?) {
                transform.output(
                    p + (index - range.lowerBound) * 16, ps, terms, into: y + image * target.imageCount,
                    targetLayout, row: row + shift, column: column + shift)
            }
            let positions = target.height * target.width
            if var terms = extras.terms?.c(sample: image, positions: positions, channels: target.channels) {
                put(&terms)
            } else {
                put(nil)
            }
        }
    }

    private func transformed(_ w: BufferView, _ cache: TransformCache?, isGradient: Bool) -> Buffer {
        let (source, target) = isGradient ? (output, input) : (input, output)
        let make = {
            let strides = ck_strides(rows: source.groups * 16, groups: target.groups)
            let u = Buffer(count: WinogradTransform.planes * strides.frequency)
            WinogradWeights(shape, transform, isGradient: isGradient).transform(w.pointer, into: u.pointer, strides)
            return u
        }
        return cache?.buffer(.winograd(transform, isGradient: isGradient), orMake: make) ?? make()
    }
}

extension PixelGrid {
    /// images [N, H, W, C] = those of this grid without its margin, and added to them what the margin's pixels hold for
    /// the pixels that stand there.
    fileprivate func fold(
        _ extended: UnsafePointer<Float>, margin: Int, _ beyond: Beyond, into images: UnsafeMutablePointer<Float>,
        _ grid: PixelGrid
    ) {
        Workers.forEach(batch) { image in
            let (from, to) = (extended + image * imageCount, images + image * grid.imageCount)
            let line = grid.width * channels
            for row in 0..<grid.height {
                (to + row * line).update(
                    from: from + ((row + margin) * width + margin) * channels, count: line)
            }
            for row in 0..<height {
                for column in 0..<width {
                    let (r, c) = (row - margin, column - margin)
                    let isInside = r >= 0 && r < grid.height && c >= 0 && c < grid.width
                    if !isInside, let place = grid.offset(r, c, beyond) {
                        ck_accumulate(to + place, from + (row * width + column) * channels, channels)
                    }
                }
            }
        }
    }
}
