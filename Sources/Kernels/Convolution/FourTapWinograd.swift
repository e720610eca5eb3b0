import CKernels

/// A 4×4 convolution of stride 1 or 2 and its two adjoints through Winograd's transforms.
struct FourTapWinograd {
    let transform: FourTapTransform
    let input: PixelGrid
    let output: PixelGrid
    private let paddingRows: Int
    private let paddingColumns: Int
    /// Of the smaller map.
    let tiles: TileList

    /// Where it is faster: with channels enough for the products to outweigh the transforms, and outputs enough for those of
    /// the weights to pay, which fill at least half of their tiles. Nil elsewhere.
    init?(_ convolution: SlidingConvolution) {
        let (window, batch) = (convolution.window, convolution.batch)
        guard let transform = FourTapTransform(window), min(window.channels, convolution.outputs) >= 16 else {
            return nil
        }
        self.transform = transform
        input = PixelGrid(batch: batch, height: window.height, width: window.width, channels: window.channels)
        output = PixelGrid(
            batch: batch, height: window.outputHeight, width: window.outputWidth, channels: convolution.outputs)
        (paddingRows, paddingColumns) = (window.paddingRows, window.paddingColumns)
        tiles = TileList(output, side: transform.tile)
        let outputs = batch * window.places
        guard outputs >= Self.leastOutputs, 2 * outputs >= tiles.side * tiles.side * tiles.count else { return nil }
    }

    private static let leastOutputs = 128
    /// Up to so many tiles weights are transformed where they are used, a few columns at a time, and never lie in memory.
    private static let fewTiles = 256

    /// The first pixel of the larger map that a tile sees.
    private func origin(_ top: Int32, _ left: Int32) -> (row: Int32, column: Int32) {
        let step = Int32(transform.step)
        return (step * top - Int32(paddingRows), step * left - Int32(paddingColumns))
    }

    func floats(_ strides: ck_strides) -> Int { transform.frequencies * strides.frequency }

    /// Of the larger map's tiles.
    func largeStrides(rows: Int) -> ck_strides {
        ck_strides(rows: rows, groups: transform.parities * input.groups)
    }

    /// What tile `index` needs of the larger map, to row `row` of an operand.
    func transformLarge(
        _ x: UnsafePointer<Float>, _ index: Int, into v: UnsafeMutablePointer<Float>, row: Int, _ strides: ck_strides
    ) {
        let (image, top, left) = tiles[index]
        let (first, column) = origin(top, left)
        transform.input(
            x + image * input.imageCount, input.layout(), row: first, column: column, into: v + row * 16, strides,
            parity: input.groups * strides.group)
    }

    /// Likewise of the smaller map.
    func transformSmall(
        _ g: UnsafePointer<Float>, _ index: Int, into v: UnsafeMutablePointer<Float>, row: Int, _ strides: ck_strides
    ) {
        let (image, top, left) = tiles[index]
        transform.outputGradient(
            g + image * output.imageCount, output.layout(), row: top, column: left, into: v + row * 16,
            strides)
    }

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
            isGradient: false, inner: input.groups, groups: output.groups, innerParities: transform.parities,
            parities: 1)
    }
    private var backwards: Direction {
        Direction(
            isGradient: true, inner: output.groups, groups: input.groups, innerParities: 1, parities: transform.parities
        )
    }

    func forward(_ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        if tiles.count <= Self.fewTiles { return bySlabs(forwards, x, w, into: y) }
        let weights = transformed(w, forwards)
        Workers.forEachRange(tiles.count, grain: blockTiles) { range in
            multiply(forwards, range, x, weights, into: y)
        }
    }

    func inputGradient(_ g: UnsafePointer<Float>, _ w: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>) {
        let image = input.imageCount
        guard tiles.count > Self.fewTiles else {
            Workers.forEach(input.batch) { (dx + $0 * image).update(repeating: 0, count: image) }
            return bySlabs(backwards, g, w, into: dx)
        }
        let weights = transformed(w, backwards)
        // Tiles add to their neighbours' pixels, but not to another image's: an item is a few images.
        let images = max(1, min(blockTiles / tiles.perImage, (input.batch + 3) / 4))
        Workers.forEachRange(input.batch, grain: images) { range in
            (dx + range.lowerBound * image).update(repeating: 0, count: range.count * image)
            let end = range.upperBound * tiles.perImage
            for start in stride(from: range.lowerBound * tiles.perImage, to: end, by: blockTiles) {
                multiply(backwards, start..<min(end, start + blockTiles), g, weights, into: dx)
            }
        }
    }

    /// Tiles of a block, whose transforms should lie in the second-level cache.
    private var blockTiles: Int {
        let groups = transform.parities * input.groups + output.groups
        return max(48, min(96, (1 << 20) / (transform.frequencies * groups * 64) / 12 * 12))
    }

    /// All transforms of the weights: [frequency][group of columns][row][16].
    private func transformed(_ w: UnsafePointer<Float>, _ direction: Direction) -> Buffer {
        let strides = weightStrides(direction)
        let u = Buffer(count: floats(strides))
        Workers.forEach(direction.groups) { group in
            transformWeights(
                w, direction, group..<group + 1, 0..<direction.inner, into: u.pointer + group * strides.group, strides,
                direction.groups)
        }
        return u
    }

    private func weightStrides(_ direction: Direction) -> ck_strides {
        ck_strides(
            rows: direction.innerParities * direction.inner * 16, groups: direction.parities * direction.groups)
    }

    /// Those of some groups of columns and of rows; u holds these alone.
    ///
    /// - Parameter held: groups of columns that u holds of each parity.
    private func transformWeights(
        _ w: UnsafePointer<Float>, _ direction: Direction, _ groups: Range<Int>, _ inner: Range<Int>,
        into u: UnsafeMutablePointer<Float>, _ strides: ck_strides, _ held: Int
    ) {
        let (inputs, outputs) = (input.channels, output.channels)
        // One map's parities are rows of u, the other's columns.
        let parity = direction.isGradient ? held * strides.group : inner.count * 256
        for (column, group) in groups.enumerated() {
            for (row, innerGroup) in inner.enumerated() {
                let (c, k) = direction.isGradient ? (group * 16, innerGroup * 16) : (innerGroup * 16, group * 16)
                transform.weights(
                    w + c * outputs + k, plane: inputs * outputs, line: outputs, rows: min(16, inputs - c),
                    columns: min(16, outputs - k), isTransposed: direction.isGradient,
                    into: u + column * strides.group + row * 256, frequency: strides.frequency, parity: parity)
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
        let channels = groups.lowerBound * 16..<min(target.channels, groups.upperBound * 16)
        for (row, index) in range.enumerated() {
            let (image, top, left) = tiles[index]
            let (source, pixels) = (p + row * 16, y + image * target.imageCount)
            if direction.isGradient {
                let (first, column) = origin(top, left)
                transform.inputGradient(
                    source, ps, parity: groups.count * ps.group, into: pixels, target.layout(), channels: channels,
                    row: first, column: column)
            } else {
                transform.output(
                    source, ps, into: pixels, target.layout(), channels: channels, row: top, column: left)
            }
        }
    }

    /// A block of tiles, with all weights transformed before.
    private func multiply(
        _ direction: Direction, _ range: Range<Int>, _ x: UnsafePointer<Float>, _ weights: Buffer,
        into y: UnsafeMutablePointer<Float>
    ) {
        let inner = direction.innerParities * direction.inner
        let vs = ck_strides(rows: range.count, groups: inner)
        let ps = ck_strides(rows: range.count, groups: direction.groups * direction.parities)
        let us = weightStrides(direction)
        let v = Workers.scratch(floats(vs) + floats(ps))
        let p = v + floats(vs)
        for (row, index) in range.enumerated() { read(direction, x, index, into: v, row: row, vs) }
        for f in 0..<transform.frequencies {
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
        let vs = ck_strides(rows: tiles.count, groups: direction.innerParities * direction.inner)
        let v = Buffer(count: floats(vs))
        Workers.forEachRange(tiles.count, grain: 2) { range in
            for index in range { read(direction, x, index, into: v.pointer, row: index, vs) }
        }
        let slab = (tiles.count <= 64 && direction.groups >= 16 ? 8 : 4) / (direction.isGradient ? 4 : 2)
        let chunk = 8 / slab
        Workers.forEachRange(direction.groups, grain: slab) { groups in
            let us = ck_strides(
                rows: direction.innerParities * chunk * 16, groups: direction.parities * groups.count)
            let ps = ck_strides(rows: tiles.count, groups: direction.parities * groups.count)
            let u = Workers.scratch(floats(us) + floats(ps))
            let p = u + floats(us)
            for first in stride(from: 0, to: direction.inner, by: chunk) {
                let inner = first..<min(direction.inner, first + chunk)
                transformWeights(w, direction, groups, inner, into: u, us, groups.count)
                for f in 0..<transform.frequencies {
                    for q in 0..<direction.innerParities {
                        ck_winograd_product(
                            v.pointer + f * vs.frequency + (q * direction.inner + first) * vs.group, vs.group,
                            Int32(inner.count), u + f * us.frequency + q * inner.count * 256, us.group,
                            p + f * ps.frequency, ps.group, Int32(tiles.count),
                            Int32(direction.parities * groups.count),
                            first > 0 || q > 0 ? 1 : 0)
                    }
                }
            }
            finish(direction, 0..<tiles.count, p, ps, groups, into: y)
        }
    }
}
