import CKernels

/// Winograd convolution F(m×m, 3×3) of Lavin & Gray (arXiv 1509.09308) on the grid of cells.
///
/// The input gradient is the same with flipped, transposed weights; the weight gradient is the adjoint of the products,
/// frequency by frequency. The composition of resampling weights is linear, as is Winograd's transform of weights, so
/// they are one transform here.
struct WinogradConvolution {
    let shape: ConvolutionShape
    /// Side of a tile of outputs: 2 or 4.
    let tile: Int
    let input: PixelGrid
    let output: PixelGrid

    init(_ shape: ConvolutionShape, tile: Int) {
        self.shape = shape
        self.tile = tile
        (input, output) = shape.grids
    }

    private var frequencies: Int { (tile + 2) * (tile + 2) }

    func forward(_ x: BufferView, _ w: BufferView, into y: BufferView, cache: TransformCache?) {
        convolve(x.pointer, from: input, into: y.pointer, to: output, transformed(w, cache, isGradient: false))
    }

    func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView, cache: TransformCache?) {
        convolve(g.pointer, from: output, into: dx.pointer, to: input, transformed(w, cache, isGradient: true))
    }

    /// Tiles of a block. Its transforms should lie in the second-level cache, and the weights, which come from the
    /// third for every block, should be used often enough.
    private func blockTiles(_ groups: Int) -> Int {
        max(24, min(96, (1 << 20) / (frequencies * groups * 64) / 12 * 12))
    }

    private func convolve(
        _ x: UnsafePointer<Float>, from source: PixelGrid, into y: UnsafeMutablePointer<Float>, to target: PixelGrid,
        _ weights: Buffer
    ) {
        let tiles = TileList(target, tile: tile)
        let (inputGroups, outputGroups) = (source.groups, target.groups)
        let weightStrides = Self.strides(rows: inputGroups * 16, groups: outputGroups)
        let u = weights.pointer
        Workers.forEachRange(tiles.count, grain: blockTiles(inputGroups + outputGroups)) { range in
            let rows = range.count
            let (vs, ps) = (
                Self.strides(rows: rows, groups: inputGroups), Self.strides(rows: rows, groups: outputGroups)
            )
            let scratch = Buffer(count: frequencies * (vs.frequency + ps.frequency))
            let v = scratch.pointer
            let p = v + frequencies * vs.frequency
            for index in range {
                let (image, row, column) = tiles[index]
                ck_winograd_input(
                    Int32(tile), x + image * source.imageCount, source.layout, row - 1, column - 1,
                    v + (index - range.lowerBound) * 16, vs)
            }
            for f in 0..<frequencies {
                ck_winograd_product(
                    v + f * vs.frequency, vs.group, Int32(inputGroups), u + f * weightStrides.frequency,
                    weightStrides.group, p + f * ps.frequency, ps.group, Int32(rows), Int32(outputGroups))
            }
            for index in range {
                let (image, row, column) = tiles[index]
                ck_winograd_output(
                    Int32(tile), p + (index - range.lowerBound) * 16, ps, y + image * target.imageCount, target.layout,
                    row, column)
            }
        }
    }

    func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView) {
        let (x, g) = (x.pointer, g.pointer)
        let tiles = TileList(output, tile: tile)
        let (inputGroups, outputGroups) = (input.groups, output.groups)
        // Blocks large enough for a frequency's product to be worth an item, small enough for the third-level cache.
        let block = max(16, min(256, (1 << 21) / (frequencies * (inputGroups + outputGroups) * 16)))
        let rows = min(block, tiles.count)
        let (vs, ps) = (Self.strides(rows: rows, groups: inputGroups), Self.strides(rows: rows, groups: outputGroups))
        let us = Self.strides(rows: inputGroups * 16, groups: outputGroups)
        let transforms = Buffer(count: frequencies * (vs.frequency + ps.frequency))
        let products = Buffer(count: frequencies * us.frequency)
        let (v, u) = (transforms.pointer, products.pointer)
        let p = v + frequencies * vs.frequency
        // Blocks of tiles come one after another and each frequency's sum has one owner at a time: a fixed order.
        for start in stride(from: 0, to: tiles.count, by: block) {
            let count = min(block, tiles.count - start)
            Workers.forEachRange(count, grain: 16) { range in
                for index in range {
                    let (image, row, column) = tiles[start + index]
                    ck_winograd_input(
                        Int32(tile), x + image * input.imageCount, input.layout, row - 1, column - 1, v + index * 16, vs
                    )
                    ck_winograd_output_gradient(
                        Int32(tile), g + image * output.imageCount, output.layout, row, column, p + index * 16, ps)
                }
            }
            Workers.forEach(frequencies) { f in
                ck_winograd_gradient_product(
                    v + f * vs.frequency, vs.group, Int32(inputGroups), p + f * ps.frequency, ps.group,
                    u + f * us.frequency, us.group, Int32(count), Int32(outputGroups), start == 0 ? 1 : 0)
            }
        }
        let matrices = WinogradWeights(shape: shape, tile: tile, isGradient: false)
        matrices.adjoint(u, us, into: dw.pointer)
    }

    private func transformed(_ w: BufferView, _ cache: TransformCache?, isGradient: Bool) -> Buffer {
        let (source, target) = isGradient ? (output, input) : (input, output)
        let make = {
            let strides = Self.strides(rows: source.groups * 16, groups: target.groups)
            let u = Buffer(count: frequencies * strides.frequency)
            WinogradWeights(shape: shape, tile: tile, isGradient: isGradient).transform(
                w.pointer, into: u.pointer, strides)
            return u
        }
        let key = TransformCache.Key(
            form: tile == 4 ? .winograd4 : .winograd2, resampling: shape.resampling, isGradient: isGradient)
        return cache?.buffer(key, orMake: make) ?? make()
    }

    /// A line more than needed between frequencies: at distances of a power of two all would share a few sets of the
    /// caches.
    private static func strides(rows: Int, groups: Int) -> ck_strides {
        ck_strides(frequency: rows * groups * 16 + 16, group: rows * 16)
    }
}

/// The tiles of a grid of cells, image by image.
private struct TileList {
    let rows: Int
    let columns: Int
    let tile: Int
    let count: Int

    init(_ grid: PixelGrid, tile: Int) {
        rows = (grid.cellHeight + tile - 1) / tile
        columns = (grid.cellWidth + tile - 1) / tile
        self.tile = tile
        count = grid.batch * rows * columns
    }

    /// The image and first cell of a tile.
    subscript(index: Int) -> (image: Int, row: Int32, column: Int32) {
        let (image, rest) = index.quotientAndRemainder(dividingBy: rows * columns)
        let (row, column) = rest.quotientAndRemainder(dividingBy: columns)
        return (image, Int32(row * tile), Int32(column * tile))
    }
}

extension PixelGrid {
    /// Groups of 16 channels in a cell, phase by phase.
    var groups: Int { (channels + 15) / 16 * phases * phases }

    var layout: ck_image {
        ck_image(height: Int32(height), width: Int32(width), channels: Int32(channels), phases: Int32(phases))
    }
}
