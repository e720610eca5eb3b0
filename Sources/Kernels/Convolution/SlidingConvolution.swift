import CKernels

/// A convolution (correlation, as in PyTorch) of NHWC images with weights [rows, columns, C, K], any window, stride and
/// zero padding, and its two adjoints. Each of the three is the gradient of the other two, up to order.
///
/// As a product with what the window sees (im2col), which lies in memory for a few places at a time only, on the way back
/// in the images for a few images at a time; or, where it pays, through Winograd's transforms. Results do not depend on the number of threads.
public struct SlidingConvolution: Hashable, Sendable {
    public let window: WindowShape
    public let batch: Int
    /// K
    public let outputs: Int

    public init(_ window: WindowShape, batch: Int, outputs: Int) {
        precondition(batch >= 0 && outputs > 0, "SlidingConvolution: \(batch) images to \(outputs) channels")
        (self.window, self.batch, self.outputs) = (window, batch, outputs)
    }

    public var inputCount: Int { batch * window.imageCount }
    public var weightCount: Int { window.depth * outputs }
    public var outputCount: Int { batch * window.places * outputs }
    /// Multiplications and additions of the convolution or either gradient.
    public var arithmetic: Int { 2 * batch * window.places * weightCount }

    /// y = x * w
    ///
    /// - Parameters:
    ///   - x: [N, H, W, C]
    ///   - w: [rows, columns, C, K]
    ///   - y: [N, H', W', K], overwritten.
    public func forward(_ x: BufferView, _ w: BufferView, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .window(window, outputs: outputs, batch: batch)) }
        check(input: x, weights: w, output: y)
        if let single { return single.forward(x.pointer, w.pointer, into: y.pointer) }
        if let transformed { return transformed.forward(x.pointer, w.pointer, into: y.pointer) }
        let (xp, yp, columns, depth) = (x.pointer, y.pointer, outputs, window.depth)
        let right = MatrixProduct.RightOperand(w.pointer, depth: depth, columns: columns, isReused: true)
        Workers.forEachRange(batch * window.places, grain: Self.placesAtATime) { range in
            let patches = Workers.scratch(range.count * line)
            window.gather(xp, range, into: patches, stride: line)
            MatrixProduct.multiply(
                .init(pointer: UnsafePointer(patches), stride: line, isTransposed: false), right,
                into: yp + range.lowerBound * columns, rows: 0..<range.count, columns: 0..<columns, rowStride: columns)
        }
    }

    /// dx = the adjoint in x, applied to g: a transposed convolution.
    ///
    /// - Parameters:
    ///   - g: [N, H', W', K]
    ///   - w: [rows, columns, C, K]
    ///   - dx: [N, H, W, C], overwritten.
    public func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start, .window(window, outputs: outputs, batch: batch, .windowConvolutionInputGradient))
        }
        check(input: dx, weights: w, output: g)
        if let single { return single.inputGradient(g.pointer, w.pointer, into: dx.pointer) }
        if let transformed { return transformed.inputGradient(g.pointer, w.pointer, into: dx.pointer) }
        let (gp, dp, depth, places, image) = (g.pointer, dx.pointer, window.depth, window.places, window.imageCount)
        if hasFewWeights && batch >= Self.leastImages && places * depth <= Self.heldInCache {
            // An image for each item: what its windows hold does not leave the second-level cache.
            let right = MatrixProduct.RightOperand(
                w.pointer, depth: outputs, columns: depth, isTransposed: true, isReused: true)
            return Workers.forEach(batch) { sample in
                let patches = Workers.scratch(places * depth)
                MatrixProduct.multiply(
                    .init(pointer: UnsafePointer(gp + sample * places * outputs), stride: outputs, isTransposed: false),
                    right, into: patches, rows: 0..<places, columns: 0..<depth, rowStride: depth)
                var c = window.c
                ck_window_scatter(
                    patches, &c, Int64(window.outputHeight), Int64(depth), 0, Int64(window.height), dp + sample * image)
            }
        }
        forEachPart { images, patches in
            let pp = patches.pointer
            MatrixProduct.multiply(
                gp + images.lowerBound * places * outputs, w.pointer, into: pp, rows: images.count * places,
                columns: depth, depth: outputs, transposeB: true)
            ResamplingKernels.rows(images.count, window.height, window.width * depth) { sample, first, last in
                var c = window.c
                ck_window_scatter(
                    pp + sample * places * depth, &c, Int64(window.outputHeight), Int64(depth), Int64(first),
                    Int64(last), dp + (images.lowerBound + sample) * image)
            }
        }
    }

    /// dw = the adjoint in w, applied to g.
    ///
    /// - Parameters:
    ///   - x: [N, H, W, C]
    ///   - g: [N, H', W', K]
    ///   - dw: [rows, columns, C, K], overwritten.
    public func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start, .window(window, outputs: outputs, batch: batch, .windowConvolutionWeightGradient))
        }
        check(input: x, weights: dw, output: g)
        guard batch > 0 else { return dw.pointer.update(repeating: 0, count: dw.count) }
        if let single { return single.weightGradient(x.pointer, g.pointer, into: dw.pointer) }
        if let transformed { return transformed.weightGradient(x.pointer, g.pointer, into: dw.pointer) }
        let (xp, gp, depth, places) = (x.pointer, g.pointer, window.depth, window.places)
        let parts = min(batch * places / 1024, 8)
        if hasFewWeights, parts > 1 { return weightGradient(xp, gp, into: dw.pointer, parts) }
        forEachPart { images, patches in
            let pp = patches.pointer
            let offset = images.lowerBound * places
            Workers.forEachRange(images.count * places, grain: Self.placesAtATime) { range in
                window.gather(
                    xp, offset + range.lowerBound..<offset + range.upperBound, into: pp + range.lowerBound * depth,
                    stride: depth)
            }
            let isFirst = images.lowerBound == 0
            let part = isFirst ? dw : BufferView(count: dw.count)
            MatrixProduct.multiply(
                pp, gp + offset * outputs, into: part.pointer, rows: depth, columns: outputs,
                depth: images.count * places, transposeA: true)
            if !isFirst { Elementwise.accumulate(part, into: dw) }
        }
    }

    private var single: SingleOutputConvolution? { SingleOutputConvolution(self) }

    /// Through Winograd's transforms, where these are faster.
    private var transformed: FourTapWinograd? { Convolution.usesTransforms ? FourTapWinograd(self) : nil }

    /// Of few weights: each part of the places has sums of its own, so that what windows see does not leave the cache.
    private func weightGradient(
        _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>, _ parts: Int
    ) {
        let (depth, rows) = (window.depth, batch * window.places)
        // Of all parts but the first.
        let gradients = Buffer(count: (parts - 1) * weightCount)
        Workers.forEach(parts) { part in
            let patches = Workers.scratch(Self.placesAtATime * line)
            let sums = part == 0 ? dw : gradients.pointer + (part - 1) * weightCount
            let (start, end) = (part * rows / parts, (part + 1) * rows / parts)
            for first in stride(from: start, to: end, by: Self.placesAtATime) {
                let places = first..<min(end, first + Self.placesAtATime)
                window.gather(x, places, into: patches, stride: line)
                let right = MatrixProduct.RightOperand(
                    g + first * outputs, depth: places.count, columns: outputs, isReused: false)
                MatrixProduct.multiply(
                    .init(pointer: UnsafePointer(patches), stride: line, isTransposed: true), right, into: sums,
                    rows: 0..<depth, columns: 0..<outputs, rowStride: outputs, accumulates: first > start)
            }
        }
        PartialSums.add(gradients.pointer, parts: parts, to: dw, count: weightCount)
    }

    /// Of which a copy for each thread costs nothing.
    private var hasFewWeights: Bool { weightCount <= 1 << 14 }
    /// Images that are shared among threads one by one.
    private static let leastImages = 4
    /// Floats that the windows of such an image hold at most.
    private static let heldInCache = 1 << 19
    /// What the window sees of so many lies in the second-level cache.
    private static let placesAtATime = 96
    /// Floats that all windows of some images may hold together, if there is more than one.
    private static let heldAtATime = 1 << 23

    /// Rows at distances of a power of two would share a few sets of the first-level cache.
    private var line: Int { window.depth % 512 == 0 ? window.depth + 16 : window.depth }

    /// Calls `body` for some images at a time, with room for what all their windows hold.
    private func forEachPart(_ body: (_ images: Range<Int>, _ patches: BufferView) -> Void) {
        let held = window.places * window.depth
        let images = max(1, Self.heldAtATime / held)
        for first in stride(from: 0, to: batch, by: images) {
            let part = first..<min(batch, first + images)
            let patches = BufferView(count: part.count * held)
            withExtendedLifetime(patches) { body(part, patches) }
        }
    }

    private func check(input: BufferView, weights: BufferView, output: BufferView) {
        precondition(
            input.count == inputCount && weights.count == weightCount && output.count == outputCount,
            "SlidingConvolution: input, weights, output have \(input.count), \(weights.count), \(output.count) elements; "
                + "\(batch) of \(window) to \(outputs) need \(inputCount), \(weightCount), \(outputCount)")
    }
}
