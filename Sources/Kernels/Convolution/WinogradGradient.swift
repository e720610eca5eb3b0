import CKernels

extension WinogradConvolution {
    /// How the tiles of a weight gradient are divided: a rule of the shape alone, so that sums have one order.
    ///
    /// A part has sums of its own, so that what a thread transforms the same thread multiplies, from its own cache.
    /// Every part ends with the adjoint of the weights' transform, which takes as long as the products of some eight
    /// tiles: parts are few. Large sums are not worth having twice: there one part is shared by all threads.
    private func gradientDivision(of tiles: Int) -> (parts: Int, block: Int) {
        let (groups, pairs) = (input.groups + output.groups, input.groups * output.groups)
        let parts = max(min(tiles / 16, 4), min(tiles / 128, 8))
        // Found by measuring: smaller blocks read and write the sums too often, larger ones leave the cache.
        if pairs <= 64, parts > 1 { return (parts, transform == .same ? 48 : 32) }
        // Blocks large enough for a frequency's product to be worth an item, small enough for the third-level cache.
        // Where the sums are larger than that, as large as they are: they are read and written for every block.
        return (1, max(16, min(512, max((1 << 21) / (frequencies * groups * 16), pairs * 16 / groups))))
    }

    func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView, style: BufferView?) {
        let tiles = TileList(WinogradGradientOperands.low(self).extended(by: margin), margin: margin)
        let (parts, block) = gradientDivision(of: tiles.count)
        let rows = min(block, (tiles.count + parts - 1) / parts)
        let operands = WinogradGradientOperands(self, x, g, style: style, tiles, rows: rows)
        if tiles.count <= rows { return weightGradient(operands, into: dw.pointer) }

        let us = ck_strides(rows: input.groups * 16, groups: output.groups)
        let floats = operands.floats + WinogradTransform.planes * us.frequency
        let shared = parts == 1 ? Buffer(count: floats) : nil
        // Of all parts but the first.
        let gradients = Buffer(count: (parts - 1) * dw.count)
        // An item is a part of a plane's columns. The last plane has the most frequencies: it goes first.
        let planes = WinogradTransform.planes
        let columns = 4
        let columnParts = (output.groups + columns - 1) / columns
        Workers.forEach(parts) { part in
            let v = shared?.pointer ?? Workers.scratch(floats)
            let u = v + operands.floats
            let (first, end) = (part * tiles.count / parts, (part + 1) * tiles.count / parts)
            // Blocks of tiles come one after another and each sum has one owner at a time: a fixed order. With several
            // parts, the loops in here run in the part's thread.
            for start in stride(from: first, to: end, by: block) {
                let count = min(block, end - start)
                Workers.forEachRange(count, grain: 16) { operands.transform($0, from: start, into: v) }
                Workers.forEach(planes * columnParts) { item in
                    let plane = planes - 1 - item / columnParts
                    let column = item % columnParts * columns
                    operands.multiply(
                        v, rows: count, plane: plane, inputs: 0..<input.groups,
                        outputs: column..<min(output.groups, column + columns),
                        into: u + plane * us.frequency + column * us.group, us, overwrites: start == first)
                }
            }
            WinogradWeights(shape, transform, isGradient: false).adjoint(
                u, us, into: part == 0 ? dw.pointer : gradients.pointer + (part - 1) * dw.count)
        }
        PartialSums.add(gradients.pointer, parts: parts, to: dw.pointer, count: dw.count)
    }

    /// Of one block of tiles: what is summed for some channels has its transform at once, while it is in the cache. The
    /// transformed sums of many channels are larger than everything else that a small map's gradient reads and writes.
    private func weightGradient(_ operands: WinogradGradientOperands, into dw: UnsafeMutablePointer<Float>) {
        let rows = operands.tiles.count
        let transformed = Buffer(count: operands.floats)
        let v = transformed.pointer
        Workers.forEachRange(rows, grain: 16) { operands.transform($0, from: 0, into: v) }
        // Groups of channels of an item: 590 kB of sums.
        let (inputs, outputs) = (8, 2)
        let outputParts = (output.groups + outputs - 1) / outputs
        let weights = WinogradWeights(shape, transform, isGradient: false)
        Workers.forEach((input.groups + inputs - 1) / inputs * outputParts) { item in
            let (first, column) = (item / outputParts * inputs, item % outputParts * outputs)
            let range = (first..<min(input.groups, first + inputs), column..<min(output.groups, column + outputs))
            let us = ck_strides(rows: range.0.count * 16, groups: range.1.count)
            let u = Workers.scratch(WinogradTransform.planes * us.frequency)
            for plane in 0..<WinogradTransform.planes {
                operands.multiply(
                    v, rows: rows, plane: plane, inputs: range.0, outputs: range.1, into: u + plane * us.frequency, us,
                    overwrites: true)
            }
            weights.adjoint(u, us, inputs: range.0, outputs: range.1, into: dw)
        }
    }
}

/// What a weight gradient multiplies: the tiles of input and output gradient, transformed.
private struct WinogradGradientOperands {
    let tiles: TileList
    /// Of a block of tiles, transformed.
    let floats: Int
    private let transform: WinogradTransform
    private let (source, target): (PixelGrid, PixelGrid)
    private let (high, low): (UnsafePointer<Float>, UnsafePointer<Float>)
    private let (highStyle, lowStyle): (BufferView?, BufferView?)
    private let (highLayout, lowLayout): (ck_image, ck_image)
    private let (vs, ps): (ck_strides, ck_strides)
    private let members: [[Int]]
    private let isExchanged: Bool

    /// Upsampling with `down`: its input is what the transform has as output, its output what the transform reads.
    private static func isExchanged(_ convolution: WinogradConvolution) -> Bool {
        convolution.transform.isDown && convolution.shape.resampling.isUp
    }

    /// The grid whose pixels tiles are made of.
    static func low(_ convolution: WinogradConvolution) -> PixelGrid {
        isExchanged(convolution) ? convolution.input : convolution.output
    }

    init(
        _ convolution: WinogradConvolution, _ x: BufferView, _ g: BufferView, style: BufferView?, _ tiles: TileList,
        rows: Int
    ) {
        let (margin, beyond) = (convolution.margin, convolution.shape.beyond)
        isExchanged = Self.isExchanged(convolution)
        (self.tiles, transform) = (tiles, convolution.transform)
        members = transform.members
        target = Self.low(convolution)
        source = isExchanged ? convolution.output : convolution.input
        (high, low) =
            isExchanged
            ? (UnsafePointer(g.pointer), UnsafePointer(x.pointer))
            : (UnsafePointer(x.pointer), UnsafePointer(g.pointer))
        // The style is that of x.
        (highStyle, lowStyle) = isExchanged ? (nil, style) : (style, nil)
        // What stands beyond the input's border is read, on whichever side that is; a torus can be gone round on either.
        highLayout = source.layout(isExchanged ? (margin == 0 ? beyond : .zero) : beyond)
        lowLayout = target.layout(isExchanged && margin > 0 ? beyond : .zero)
        vs = ck_strides(rows: rows, groups: source.groups)
        ps = ck_strides(rows: rows, groups: target.groups)
        floats = transform.frequencies * (vs.frequency + ps.frequency)
    }

    /// Of the block of tiles from `start` on, those in `range`.
    func transform(_ range: Range<Int>, from start: Int, into v: UnsafeMutablePointer<Float>) {
        let p = v + transform.frequencies * vs.frequency
        for index in range {
            let (image, row, column) = tiles[start + index]
            transform.input(
                high + image * source.imageCount, highLayout, row: row, column: column,
                factors: highStyle.map { UnsafePointer($0.pointer + image * source.channels) },
                into: v + index * 16, vs)
            transform.outputGradient(
                low + image * target.imageCount, lowLayout, row: row, column: column,
                factors: lowStyle.map { UnsafePointer($0.pointer + image * target.channels) },
                into: p + index * 16, ps)
        }
    }

    /// Sums over a block's tiles, and over the frequencies of a plane: of some groups of channels, into the first of u.
    ///
    /// - Parameter overwrites: or else they are added to what is there.
    func multiply(
        _ v: UnsafePointer<Float>, rows: Int, plane: Int, inputs: Range<Int>, outputs: Range<Int>,
        into u: UnsafeMutablePointer<Float>, _ us: ck_strides, overwrites: Bool
    ) {
        let p = v + transform.frequencies * vs.frequency
        let (a, aStrides) = isExchanged ? (p, ps) : (v, vs)
        let (b, bStrides) = isExchanged ? (v, vs) : (p, ps)
        // Operands of 256 rows lie in the first-level cache.
        for row in stride(from: 0, to: rows, by: 256) {
            for (index, f) in members[plane].enumerated() {
                ck_winograd_gradient_product(
                    a + f * aStrides.frequency + inputs.lowerBound * aStrides.group + row * 16, aStrides.group,
                    Int32(inputs.count),
                    b + f * bStrides.frequency + outputs.lowerBound * bStrides.group + row * 16, bStrides.group, u,
                    us.group, Int32(min(256, rows - row)), Int32(outputs.count),
                    overwrites && row == 0 && index == 0 ? 1 : 0)
            }
        }
    }
}
