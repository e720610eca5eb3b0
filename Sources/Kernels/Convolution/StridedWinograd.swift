import CKernels

/// A 4×4 convolution of stride 2 behind one row and column of zeros, and its two adjoints, through Winograd's F(4, 2).
///
/// Along an axis every second pixel meets the taps 0 and 2 and the others 1 and 3. So a convolution is four with 2×2 taps
/// and stride 1, one for each parity of row and column, each of which takes 25 products for 16 outputs. The parities are
/// summed over in the product, as if they were channels.
struct StridedWinograd {
    private let input: PixelGrid
    private let output: PixelGrid
    /// Tiles of 4×4 outputs along the axes.
    private let rows: Int
    private let columns: Int

    private static let frequencies = 25
    private static let parities = 4
    private static let tile = 4

    init(_ convolution: SlidingConvolution) {
        let (window, batch) = (convolution.window, convolution.batch)
        input = PixelGrid(batch: batch, height: window.height, width: window.width, channels: window.channels)
        output = PixelGrid(
            batch: batch, height: window.outputHeight, width: window.outputWidth, channels: convolution.outputs)
        rows = (output.height + Self.tile - 1) / Self.tile
        columns = (output.width + Self.tile - 1) / Self.tile
    }

    /// Where it is faster: with channels enough for the products to outweigh the transforms, and outputs enough for those of
    /// the weights to pay, which fill at least half of their tiles.
    static func fits(_ convolution: SlidingConvolution) -> Bool {
        let window = convolution.window
        let isKind =
            window.kernelHeight == 4 && window.kernelWidth == 4 && window.stride == 2 && window.paddingRows == 1
            && window.paddingColumns == 1
        guard isKind, min(window.channels, convolution.outputs) >= 16 else { return false }
        let outputs = convolution.batch * window.places
        return outputs >= leastOutputs && 2 * outputs >= tile * tile * StridedWinograd(convolution).tiles
    }

    private static let leastOutputs = 128
    /// Up to so many tiles weights are transformed where they are used, a few columns at a time, and never lie in memory.
    private static let fewTiles = 256

    private var tiles: Int { input.batch * rows * columns }
    private var perImage: Int { rows * columns }

    /// The image and first output of a tile.
    private func place(_ index: Int) -> (image: Int, row: Int32, column: Int32) {
        let (image, rest) = index.quotientAndRemainder(dividingBy: perImage)
        let (row, column) = rest.quotientAndRemainder(dividingBy: columns)
        return (image, Int32(row * Self.tile), Int32(column * Self.tile))
    }

    /// A line more than needed between frequencies, as for other transforms.
    private static func strides(rows: Int, groups: Int) -> ck_strides {
        ck_strides(frequency: rows * groups * 16 + 16, group: rows * 16)
    }

    private static func count(_ strides: ck_strides) -> Int { frequencies * strides.frequency }

    /// Of the larger map's tiles.
    private func largeStrides(rows: Int) -> ck_strides {
        Self.strides(rows: rows, groups: Self.parities * input.groups)
    }

    /// What tile `index` needs of the larger map, to row `row` of an operand.
    private func transformLarge(
        _ x: UnsafePointer<Float>, _ index: Int, into v: UnsafeMutablePointer<Float>, row: Int, _ strides: ck_strides
    ) {
        let (image, top, left) = place(index)
        ck_winograd_stride_input(
            x + image * input.imageCount, input.layout(), 2 * top - 1, 2 * left - 1, v + row * 16, strides,
            input.groups * strides.group)
    }

    /// Likewise of the smaller map.
    private func transformSmall(
        _ g: UnsafePointer<Float>, _ index: Int, into v: UnsafeMutablePointer<Float>, row: Int, _ strides: ck_strides
    ) {
        let (image, top, left) = place(index)
        ck_winograd_stride_output_gradient(
            g + image * output.imageCount, output.layout(), top, left, v + row * 16, strides)
    }

    // MARK: Forward and input gradient

    /// Which of the two: the map that is read, the one that is written, and the groups of channels of products.
    private struct Direction {
        let isGradient: Bool
        /// Groups of the map that is read and of the one that is written, of each parity.
        let inner, groups: Int
        /// Parities of the two.
        let innerParities, parities: Int
    }

    private var forwards: Direction {
        Direction(
            isGradient: false, inner: input.groups, groups: output.groups, innerParities: Self.parities, parities: 1)
    }
    private var backwards: Direction {
        Direction(
            isGradient: true, inner: output.groups, groups: input.groups, innerParities: 1, parities: Self.parities)
    }

    func forward(_ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        if tiles <= Self.fewTiles { return bySlabs(forwards, x, w, into: y) }
        let weights = transformed(w, forwards)
        Workers.forEachRange(tiles, grain: blockTiles) { range in
            multiply(forwards, range, x, weights, into: y)
        }
    }

    func inputGradient(_ g: UnsafePointer<Float>, _ w: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>) {
        let image = input.imageCount
        guard tiles > Self.fewTiles else {
            Workers.forEach(input.batch) { (dx + $0 * image).update(repeating: 0, count: image) }
            return bySlabs(backwards, g, w, into: dx)
        }
        let weights = transformed(w, backwards)
        // Tiles add to their neighbours' pixels, but not to another image's: an item is a few images.
        let images = max(1, min(blockTiles / perImage, (input.batch + 3) / 4))
        Workers.forEachRange(input.batch, grain: images) { range in
            (dx + range.lowerBound * image).update(repeating: 0, count: range.count * image)
            let end = range.upperBound * perImage
            for start in stride(from: range.lowerBound * perImage, to: end, by: blockTiles) {
                multiply(backwards, start..<min(end, start + blockTiles), g, weights, into: dx)
            }
        }
    }

    /// Tiles of a block, whose transforms should lie in the second-level cache.
    private var blockTiles: Int {
        let groups = Self.parities * input.groups + output.groups
        return max(48, min(96, (1 << 20) / (Self.frequencies * groups * 64) / 12 * 12))
    }

    /// All transforms of the weights: [frequency][group of columns][row][16].
    private func transformed(_ w: UnsafePointer<Float>, _ direction: Direction) -> Buffer {
        let strides = weightStrides(direction)
        let u = Buffer(count: Self.count(strides))
        Workers.forEach(direction.groups) { group in
            transform(
                w, direction, group..<group + 1, 0..<direction.inner, into: u.pointer + group * strides.group, strides,
                direction.groups)
        }
        return u
    }

    private func weightStrides(_ direction: Direction) -> ck_strides {
        Self.strides(
            rows: direction.innerParities * direction.inner * 16, groups: direction.parities * direction.groups)
    }

    /// Those of some groups of columns and of rows; u holds these alone.
    ///
    /// - Parameter held: groups of columns that u holds of each parity.
    private func transform(
        _ w: UnsafePointer<Float>, _ direction: Direction, _ groups: Range<Int>, _ inner: Range<Int>,
        into u: UnsafeMutablePointer<Float>, _ strides: ck_strides, _ held: Int
    ) {
        let (inputs, outputs) = (input.channels, output.channels)
        // One map's parities are rows of u, the other's columns.
        let parity = direction.isGradient ? held * strides.group : inner.count * 256
        for (column, group) in groups.enumerated() {
            for (row, innerGroup) in inner.enumerated() {
                let (c, k) = direction.isGradient ? (group * 16, innerGroup * 16) : (innerGroup * 16, group * 16)
                ck_winograd_stride_weights(
                    w + c * outputs + k, inputs * outputs, outputs, Int32(min(16, inputs - c)),
                    Int32(min(16, outputs - k)), direction.isGradient ? 1 : 0,
                    u + column * strides.group + row * 256, strides.frequency, parity)
            }
        }
    }

    /// A tile of what is read.
    private func read(
        _ direction: Direction, _ x: UnsafePointer<Float>, _ index: Int, into v: UnsafeMutablePointer<Float>,
        row: Int, _ strides: ck_strides
    ) {
        if direction.isGradient {
            transformSmall(x, index, into: v, row: row, strides)
        } else {
            transformLarge(x, index, into: v, row: row, strides)
        }
    }

    /// What products there are of some tiles for some groups of the map that is written, to its pixels.
    private func finish(
        _ direction: Direction, _ range: Range<Int>, _ p: UnsafePointer<Float>, _ ps: ck_strides, _ groups: Range<Int>,
        into y: UnsafeMutablePointer<Float>
    ) {
        let target = direction.isGradient ? input : output
        let (first, last) = (Int32(groups.lowerBound * 16), Int32(min(target.channels, groups.upperBound * 16)))
        for (row, index) in range.enumerated() {
            let (image, top, left) = place(index)
            let (source, pixels) = (p + row * 16, y + image * target.imageCount)
            if direction.isGradient {
                ck_winograd_stride_input_gradient(
                    source, ps, groups.count * ps.group, pixels, target.layout(), first, last, 2 * top - 1, 2 * left - 1
                )
            } else {
                ck_winograd_stride_output(source, ps, pixels, target.layout(), first, last, top, left)
            }
        }
    }

    /// A block of tiles, with all weights transformed before.
    private func multiply(
        _ direction: Direction, _ range: Range<Int>, _ x: UnsafePointer<Float>, _ weights: Buffer,
        into y: UnsafeMutablePointer<Float>
    ) {
        let inner = direction.innerParities * direction.inner
        let vs = Self.strides(rows: range.count, groups: inner)
        let ps = Self.strides(rows: range.count, groups: direction.groups * direction.parities)
        let us = weightStrides(direction)
        let v = Workers.scratch(Self.count(vs) + Self.count(ps))
        let p = v + Self.count(vs)
        for (row, index) in range.enumerated() { read(direction, x, index, into: v, row: row, vs) }
        for f in 0..<Self.frequencies {
            ck_winograd_product(
                v + f * vs.frequency, vs.group, Int32(inner), weights.pointer + f * us.frequency, us.group,
                p + f * ps.frequency, ps.group, Int32(range.count), Int32(direction.groups * direction.parities), 0)
        }
        finish(direction, range, p, ps, 0..<direction.groups, into: y)
    }

    /// Few tiles: all of them are transformed, then an item is a few groups of the written map, whose weights it
    /// transforms for itself, a few groups of the read map at a time: they lie in the second-level cache, as do the sums.
    private func bySlabs(
        _ direction: Direction, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
        into y: UnsafeMutablePointer<Float>
    ) {
        let vs = Self.strides(rows: tiles, groups: direction.innerParities * direction.inner)
        let v = Buffer(count: Self.count(vs))
        Workers.forEachRange(tiles, grain: 2) { range in
            for index in range { read(direction, x, index, into: v.pointer, row: index, vs) }
        }
        let slab = (tiles <= 64 && direction.groups >= 16 ? 8 : 4) / (direction.isGradient ? 4 : 2)
        let chunk = 8 / slab
        Workers.forEachRange(direction.groups, grain: slab) { groups in
            let us = Self.strides(
                rows: direction.innerParities * chunk * 16, groups: direction.parities * groups.count)
            let ps = Self.strides(rows: tiles, groups: direction.parities * groups.count)
            let u = Workers.scratch(Self.count(us) + Self.count(ps))
            let p = u + Self.count(us)
            for first in stride(from: 0, to: direction.inner, by: chunk) {
                let inner = first..<min(direction.inner, first + chunk)
                transform(w, direction, groups, inner, into: u, us, groups.count)
                for f in 0..<Self.frequencies {
                    for q in 0..<direction.innerParities {
                        ck_winograd_product(
                            v.pointer + f * vs.frequency + (q * direction.inner + first) * vs.group, vs.group,
                            Int32(inner.count), u + f * us.frequency + q * inner.count * 256, us.group,
                            p + f * ps.frequency, ps.group, Int32(tiles), Int32(direction.parities * groups.count),
                            first > 0 || q > 0 ? 1 : 0)
                    }
                }
            }
            finish(direction, 0..<tiles, p, ps, groups, into: y)
        }
    }

    // MARK: Weight gradient

    /// Groups of channels of an item: its sums lie in the second-level cache.
    private static let chunk = (inputs: 2, outputs: 4)

    func weightGradient(_ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>) {
        // A rule of the shape alone, so that sums have one order.
        let parts = min(tiles / 64, 8)
        if input.groups * output.groups <= 16, parts > 1 { return byParts(parts, x, g, into: dw) }
        let groups = Self.parities * input.groups + output.groups
        // Transforms of so many lie in the third-level cache. Every block ends with sums' way back to the weights.
        let block = min(tiles, max(128, (1 << 22) / (Self.frequencies * groups * 16) / 64 * 64))
        let (vs, ps) = (largeStrides(rows: block), Self.strides(rows: block, groups: output.groups))
        let (v, p) = (Buffer(count: Self.count(vs)), Buffer(count: Self.count(ps)))
        let inputParts = (input.groups + Self.chunk.inputs - 1) / Self.chunk.inputs
        let outputParts = (output.groups + Self.chunk.outputs - 1) / Self.chunk.outputs
        for start in stride(from: 0, to: tiles, by: block) {
            let count = min(block, tiles - start)
            Workers.forEachRange(count, grain: 4) { range in
                for row in range {
                    transformLarge(x, start + row, into: v.pointer, row: row, vs)
                    transformSmall(g, start + row, into: p.pointer, row: row, ps)
                }
            }
            Workers.forEach(inputParts * outputParts) { item in
                let (k, c) = item.quotientAndRemainder(dividingBy: inputParts)
                let first = c * Self.chunk.inputs
                let inputs = first..<min(input.groups, first + Self.chunk.inputs)
                let column = k * Self.chunk.outputs
                let outputs = column..<min(output.groups, column + Self.chunk.outputs)
                let us = Self.strides(rows: Self.parities * inputs.count * 16, groups: outputs.count)
                let u = Workers.scratch(Self.count(us))
                sum(v.pointer, vs, inputs, p.pointer, ps, outputs, rows: count, into: u, us, accumulates: false)
                finish(u, us, inputs, outputs, into: dw, accumulates: start > 0)
            }
        }
    }

    /// Few channels: a part of the tiles has sums of its own, so that what a thread transforms the same thread multiplies,
    /// from its own cache.
    private func byParts(
        _ parts: Int, _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>
    ) {
        let block = 48
        let (inputs, outputs) = (0..<input.groups, 0..<output.groups)
        let (vs, ps) = (largeStrides(rows: block), Self.strides(rows: block, groups: output.groups))
        let us = Self.strides(rows: Self.parities * input.groups * 16, groups: output.groups)
        let weights = 16 * input.channels * output.channels
        // Of all parts but the first.
        let gradients = Buffer(count: (parts - 1) * weights)
        Workers.forEach(parts) { part in
            let v = Workers.scratch(Self.count(vs) + Self.count(ps) + Self.count(us))
            let p = v + Self.count(vs)
            let u = p + Self.count(ps)
            let (first, end) = (part * tiles / parts, (part + 1) * tiles / parts)
            for start in stride(from: first, to: end, by: block) {
                let count = min(block, end - start)
                for row in 0..<count {
                    transformLarge(x, start + row, into: v, row: row, vs)
                    transformSmall(g, start + row, into: p, row: row, ps)
                }
                sum(v, vs, inputs, p, ps, outputs, rows: count, into: u, us, accumulates: start > first)
            }
            finish(
                u, us, inputs, outputs, into: part == 0 ? dw : gradients.pointer + (part - 1) * weights,
                accumulates: false)
        }
        Workers.forEachRange(weights, grain: 1 << 13) { range in
            for part in 0..<parts - 1 {
                ck_accumulate(
                    dw + range.lowerBound, gradients.pointer + part * weights + range.lowerBound, range.count)
            }
        }
    }

    /// The products for the weights between some groups.
    private func sum(
        _ v: UnsafePointer<Float>, _ vs: ck_strides, _ inputs: Range<Int>, _ p: UnsafePointer<Float>,
        _ ps: ck_strides, _ outputs: Range<Int>, rows: Int, into u: UnsafeMutablePointer<Float>, _ us: ck_strides,
        accumulates: Bool
    ) {
        for f in 0..<Self.frequencies {
            for q in 0..<Self.parities {
                let group = q * input.groups + inputs.lowerBound
                // Operands of 256 rows lie in the first-level cache.
                for row in stride(from: 0, to: rows, by: 256) {
                    ck_winograd_gradient_product(
                        v + f * vs.frequency + group * vs.group + row * 16, vs.group, Int32(inputs.count),
                        p + f * ps.frequency + outputs.lowerBound * ps.group + row * 16, ps.group,
                        u + f * us.frequency + q * inputs.count * 256, us.group, Int32(min(256, rows - row)),
                        Int32(outputs.count), row == 0 && !accumulates ? 1 : 0)
                }
            }
        }
    }

    /// Their way to the weights.
    private func finish(
        _ u: UnsafePointer<Float>, _ us: ck_strides, _ inputs: Range<Int>, _ outputs: Range<Int>,
        into dw: UnsafeMutablePointer<Float>, accumulates: Bool
    ) {
        let (channels, kernels) = (input.channels, output.channels)
        for (column, output) in outputs.enumerated() {
            for (row, input) in inputs.enumerated() {
                let (c, k) = (input * 16, output * 16)
                ck_winograd_stride_weight_gradient(
                    u + column * us.group + row * 256, us.frequency, inputs.count * 256, dw + c * kernels + k,
                    channels * kernels, kernels, Int32(min(16, channels - c)), Int32(min(16, kernels - k)),
                    accumulates ? 1 : 0)
            }
        }
    }
}
