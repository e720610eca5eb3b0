import CKernels

/// A convolution of stride 1 to one channel, as the last of a patch discriminator, and its two adjoints.
///
/// What the window sees would be many times the images and be used once. So the images meet all taps where they lie,
/// [pixels, C] times [C, taps], and what comes of it is a number for each tap, of which the sums are outputs: a window's
/// adjoint on a map of one channel, the taps in reverse.
struct SingleOutputConvolution {
    private let batch: Int
    private let channels: Int
    /// Over outputs, with pixels for places.
    private let window: WindowShape

    /// Nil where there is more than one channel, or another stride.
    init?(_ convolution: SlidingConvolution) {
        let shape = convolution.window
        guard convolution.outputs == 1, shape.stride == 1, shape.channels >= 16 else { return nil }
        batch = convolution.batch
        channels = shape.channels
        window = WindowShape(
            height: shape.outputHeight, width: shape.outputWidth, channels: 1,
            kernel: (shape.kernelHeight, shape.kernelWidth),
            padding: (shape.kernelHeight - 1 - shape.paddingRows, shape.kernelWidth - 1 - shape.paddingColumns))
    }

    /// Of an image.
    private var pixels: Int { window.places }
    private var taps: Int { window.depth }

    private func reverse(_ w: UnsafePointer<Float>, into reversed: UnsafeMutablePointer<Float>) {
        for tap in 0..<taps {
            (reversed + tap * channels).update(from: w + (taps - 1 - tap) * channels, count: channels)
        }
    }

    private func reversed(_ w: UnsafePointer<Float>) -> Buffer {
        let reversed = Buffer(count: taps * channels)
        reverse(w, into: reversed.pointer)
        return reversed
    }

    func forward(_ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        let (weights, products) = (reversed(w), Buffer(count: batch * pixels * taps))
        MatrixProduct.multiply(
            x, weights.pointer, into: products.pointer, rows: batch * pixels, columns: taps, depth: channels,
            transposeB: true)
        ResamplingKernels.rows(batch, window.height, window.width * taps) { image, first, last in
            var c = window.c
            ck_window_scatter(
                products.pointer + image * pixels * taps, &c, Int64(window.outputHeight), Int64(taps), Int64(first),
                Int64(last), y + image * window.imageCount)
        }
    }

    /// The gradients that each pixel meets, [pixels, taps].
    private func gathered(_ g: UnsafePointer<Float>) -> Buffer {
        let patches = Buffer(count: batch * pixels * taps)
        Workers.forEachRange(batch * pixels, grain: 512) { range in
            window.gather(g, range, into: patches.pointer + range.lowerBound * taps, stride: taps)
        }
        return patches
    }

    func inputGradient(_ g: UnsafePointer<Float>, _ w: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>) {
        let (weights, patches) = (reversed(w), gathered(g))
        MatrixProduct.multiply(
            patches.pointer, weights.pointer, into: dx, rows: batch * pixels, columns: channels, depth: taps)
    }

    func weightGradient(_ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>) {
        let (patches, sums) = (gathered(g), Buffer(count: taps * channels))
        MatrixProduct.multiply(
            patches.pointer, x, into: sums.pointer, rows: taps, columns: channels, depth: batch * pixels,
            transposeA: true)
        reverse(sums.pointer, into: dw)
    }
}
