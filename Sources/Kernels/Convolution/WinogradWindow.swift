import CKernels

/// A 3×3 convolution of stride 1 through Winograd's F(4×4, 3×3), with weights that no longer change, on images with any
/// padding.
struct WinogradWindow: Sendable {
    private let shape: WindowShape
    private let outputChannels: Int
    /// Transformed weights: [frequency][group of 16 outputs][input][16].
    private let weights: Buffer

    /// Where it is faster: maps of some tiles an image. Of fewer, 36 planes of weights come from memory for too few
    /// products.
    static func fits(_ shape: WindowShape) -> Bool {
        shape.kernelHeight == 3 && shape.kernelWidth == 3 && shape.stride == 1 && shape.channels >= 16
            && min(shape.outputHeight, shape.outputWidth) >= 16
    }

    init(_ shape: WindowShape, outputChannels: Int, weights: BufferView) {
        self.shape = shape
        self.outputChannels = outputChannels
        let convolution = ConvolutionShape(
            batch: 1, height: shape.height, width: shape.width, inputChannels: shape.channels,
            outputChannels: outputChannels, kernel: 3)
        let strides = ck_strides(rows: (shape.channels + 15) / 16 * 16, groups: (outputChannels + 15) / 16)
        self.weights = Buffer(count: WinogradTransform.planes * strides.frequency)
        WinogradWeights(convolution, .same, isGradient: false)
            .transform(weights.pointer, into: self.weights.pointer, strides)
    }

    /// - Parameters:
    ///   - x: [batch, H, W, C]
    ///   - y: [batch, H', W', K], overwritten.
    ///   - terms: what follows.
    func forward(
        _ x: UnsafePointer<Float>, batch: Int, into y: UnsafeMutablePointer<Float>, _ terms: Epilogue.Terms
    ) {
        let (inputGroups, outputGroups) = ((shape.channels + 15) / 16, (outputChannels + 15) / 16)
        let source = PixelGrid(batch: batch, height: shape.height, width: shape.width, channels: shape.channels)
            .layout()
        let written = PixelGrid(
            batch: batch, height: shape.outputHeight, width: shape.outputWidth, channels: outputChannels)
        let (target, tiles) = (written.layout(), TileList(written))
        let us = ck_strides(rows: inputGroups * 16, groups: outputGroups)
        let frequencies = WinogradTransform.planes
        // As in training: the transforms of a block in the second-level cache.
        let block = max(24, min(72, (1 << 20) / (frequencies * (inputGroups + outputGroups) * 64) / 12 * 12))
        Workers.forEachRange(tiles.count, grain: block) { range in
            let vs = ck_strides(rows: range.count, groups: inputGroups)
            let ps = ck_strides(rows: range.count, groups: outputGroups)
            let v = Workers.scratch(frequencies * (vs.frequency + ps.frequency))
            let p = v + frequencies * vs.frequency
            var c = terms.c(sample: 0, positions: shape.places, channels: outputChannels)
            func each(_ body: (_ image: Int, _ row: Int32, _ column: Int32, _ place: Int) -> Void) {
                for index in range {
                    let (image, row, column) = tiles[index]
                    body(image, row, column, (index - range.lowerBound) * 16)
                }
            }
            each { image, row, column, place in
                ck_winograd_input(
                    x + image * shape.imageCount, source, row - Int32(shape.paddingRows),
                    column - Int32(shape.paddingColumns), nil, v + place, vs)
            }
            for f in 0..<frequencies {
                ck_winograd_product(
                    v + f * vs.frequency, vs.group, Int32(inputGroups), weights.pointer + f * us.frequency, us.group,
                    p + f * ps.frequency, ps.group, Int32(range.count), Int32(outputGroups), 0)
            }
            each { image, row, column, place in
                ck_winograd_output(
                    p + place, ps, &c, y + image * shape.places * outputChannels, target, row, column)
            }
        }
    }
}
