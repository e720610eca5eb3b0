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
        let strides = Self.strides(rows: (shape.channels + 15) / 16 * 16, channels: outputChannels)
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
        let tile = WinogradTransform.tile
        let columns = (shape.outputWidth + tile - 1) / tile
        let perImage = (shape.outputHeight + tile - 1) / tile * columns
        let (inputGroups, outputGroups) = ((shape.channels + 15) / 16, (outputChannels + 15) / 16)
        let source = PixelGrid(batch: batch, height: shape.height, width: shape.width, channels: shape.channels)
            .layout()
        let target = PixelGrid(
            batch: batch, height: shape.outputHeight, width: shape.outputWidth, channels: outputChannels
        ).layout()
        let us = Self.strides(rows: inputGroups * 16, channels: outputChannels)
        let frequencies = WinogradTransform.planes
        // As in training: the transforms of a block in the second-level cache.
        let block = max(24, min(72, (1 << 20) / (frequencies * (inputGroups + outputGroups) * 64) / 12 * 12))
        Workers.forEachRange(batch * perImage, grain: block) { range in
            let vs = Self.strides(rows: range.count, channels: shape.channels)
            let ps = Self.strides(rows: range.count, channels: outputChannels)
            let v = Workers.scratch(frequencies * (vs.frequency + ps.frequency))
            let p = v + frequencies * vs.frequency
            var c = terms.c(sample: 0, positions: shape.places, channels: outputChannels)
            func each(_ body: (_ image: Int, _ row: Int, _ column: Int, _ place: Int) -> Void) {
                for index in range {
                    let (image, rest) = index.quotientAndRemainder(dividingBy: perImage)
                    let (row, column) = rest.quotientAndRemainder(dividingBy: columns)
                    body(image, row * tile, column * tile, (index - range.lowerBound) * 16)
                }
            }
            each { image, row, column, place in
                ck_winograd_input(
                    x + image * shape.imageCount, source, Int32(row - shape.paddingRows),
                    Int32(column - shape.paddingColumns), nil, v + place, vs)
            }
            for f in 0..<frequencies {
                ck_winograd_product(
                    v + f * vs.frequency, vs.group, Int32(inputGroups), weights.pointer + f * us.frequency, us.group,
                    p + f * ps.frequency, ps.group, Int32(range.count), Int32(outputGroups), 0)
            }
            each { image, row, column, place in
                ck_winograd_output(
                    p + place, ps, &c, y + image * shape.places * outputChannels, target, Int32(row), Int32(column))
            }
        }
    }

    /// A line more than needed between frequencies, as in training.
    private static func strides(rows: Int, channels: Int) -> ck_strides {
        let groups = (channels + 15) / 16
        return ck_strides(frequency: rows * groups * 16 + 16, group: rows * 16)
    }
}
