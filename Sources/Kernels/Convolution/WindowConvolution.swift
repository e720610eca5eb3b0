import CKernels

/// A convolution (correlation, as in PyTorch) with weights that no longer change, bias and ReLU in one: any window, stride
/// and padding, forward only.
///
/// The weights are put in order once. What becomes of an image does not depend on the images beside it, nor on the number
/// of threads: how it is computed is a rule of the shape of one image.
public final class WindowConvolution {
    public let shape: WindowShape
    public let outputChannels: Int
    private let bias: BufferView?
    private let rectifies: Bool
    private let method: Method

    private enum Method {
        /// As a product with what the window sees (im2col); a 1×1 window sees pixels as they are.
        case product(MatrixProduct.RightOperand)
        case winograd(WinogradWindow)
    }

    /// - Parameters:
    ///   - outputChannels: K.
    ///   - weights: [window's rows, window's columns, C, K].
    ///   - bias: [K]; nil for none, and then there is no ReLU either.
    ///   - rectifies: whether a ReLU follows.
    public init(_ shape: WindowShape, outputChannels: Int, weights: [Float], bias: [Float]?, rectifies: Bool = true) {
        precondition(
            outputChannels > 0 && weights.count == shape.depth * outputChannels
                && bias.map { $0.count == outputChannels } ?? !rectifies,
            "WindowConvolution: \(weights.count) weights, \(bias?.count ?? 0) biases for \(shape) to \(outputChannels)")
        self.shape = shape
        self.outputChannels = outputChannels
        self.rectifies = rectifies
        self.bias = bias.map { BufferView($0) }
        let view = BufferView(weights)
        method =
            WinogradWindow.fits(shape) && Convolution.usesTransforms
            ? .winograd(WinogradWindow(shape, outputChannels: outputChannels, weights: view))
            : .product(.init(view.pointer, depth: shape.depth, columns: outputChannels, isReused: true))
    }

    /// y = ReLU(x * w + bias)
    ///
    /// - Parameters:
    ///   - x: [batch, H, W, C]
    ///   - y: the outputs' channels among those of [batch, H', W', …], overwritten.
    public func forward(_ x: BufferView, batch: Int, into y: ChannelSpan) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .window(shape, outputs: outputChannels, batch: batch)) }
        precondition(
            x.count == batch * shape.imageCount, "WindowConvolution: \(x.count) elements for \(batch) of \(shape)")
        y.check(pixels: batch * shape.places, channels: outputChannels)
        switch method {
        case .product(let weights): multiply(x, batch, weights, into: y)
        case .winograd(let convolution):
            let terms = Epilogue.Terms(bias: bias, activation: rectifies ? Activation(slope: 0, gain: 1) : .linear)
            guard y.channels != outputChannels else {
                return convolution.forward(x.pointer, batch: batch, into: y.images.pointer, terms)
            }
            let part = BufferView(count: batch * shape.places * outputChannels)
            convolution.forward(x.pointer, batch: batch, into: part.pointer, terms)
            let (source, target) = (part.pointer, y.pointer)
            for pixel in 0..<batch * shape.places {
                (target + pixel * y.channels).update(from: source + pixel * outputChannels, count: outputChannels)
            }
        }
    }

    /// Places that are computed at a time: what the window sees of them lies in the second-level cache. Of few, some for
    /// each thread.
    private func grain(_ rows: Int) -> Int { max(24, min(96, (rows / 8 + 11) / 12 * 12)) }

    private func multiply(_ x: BufferView, _ batch: Int, _ weights: MatrixProduct.RightOperand, into y: ChannelSpan) {
        let (xp, yp, line, columns) = (x.pointer, y.pointer, y.channels, outputChannels)
        let (isPixel, depth, stride) = (isPixel, shape.depth, patchStride)
        let rows = batch * shape.places
        Workers.forEachRange(rows, grain: grain(rows)) { range in
            let sums = Workers.scratch(range.count * (columns + (isPixel ? 0 : stride)))
            var left = UnsafePointer(xp + range.lowerBound * depth)
            if !isPixel {
                let patches = sums + range.count * columns
                shape.gather(xp, range, into: patches, stride: stride)
                left = UnsafePointer(patches)
            }
            MatrixProduct.multiply(
                .init(pointer: left, stride: isPixel ? depth : stride, isTransposed: false), weights, into: sums,
                rows: 0..<range.count, columns: 0..<columns, rowStride: columns)
            ck_window_finish(
                sums, bias.map { UnsafePointer($0.pointer) }, rectifies ? 1 : 0, yp + range.lowerBound * line,
                Int64(line), Int64(range.count), Int64(columns))
        }
    }

    /// Rows at distances of a power of two would share a few sets of the first-level cache.
    private var patchStride: Int { shape.depth % 512 == 0 ? shape.depth + 16 : shape.depth }

    /// Whether pixels need not be gathered.
    private var isPixel: Bool {
        shape.depth == shape.channels && shape.stride == 1 && shape.paddingRows == 0 && shape.paddingColumns == 0
            && patchStride == shape.depth
    }
}
