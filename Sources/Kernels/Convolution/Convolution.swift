extension ConvolutionShape {
    enum Pass { case forward, inputGradient, weightGradient }
    enum Method { case direct, narrow, parities, winograd(WinogradTransform) }

    /// How a convolution is computed: a rule of the shape, found by measuring, so that all ranks and runs agree in
    /// their bits.
    ///
    /// A change of resolution always has its own transform. Otherwise Winograd's is faster from 3×3 pixels on, whatever
    /// the channels but for images in colours, provided that there are tiles enough for the transform of the weights to pay; the more so when
    /// those leave the caches.
    func method(_ operation: Pass) -> Method {
        guard Convolution.usesTransforms else { return resampling == .none ? .direct : .parities }
        switch (resampling, operation) {
        case (.up, .forward), (.nearestUp, .forward), (.down, .inputGradient), (.boxDown, .inputGradient):
            return .winograd(.up(resampling.filter))
        case (.up, _), (.nearestUp, _), (.down, _), (.boxDown, _): return .winograd(.down(resampling.filter))
        case (.none, _) where NarrowConvolution.fits(self): return .narrow
        case (.none, _):
            let tiles = batch * ((height + 3) / 4) * ((width + 3) / 4)
            let enough = inputChannels * outputChannels > 1 << 16 ? 4 : 2
            let pays = kernel == 3 && stride == 1 && min(height, width) >= 3 && tiles >= enough
            guard pays else { return .direct }
            // What was mirrored on the way in has to come back to the pixels it came from: no convolution does that.
            return .winograd(operation == .inputGradient && padding == .reflect ? .adjoint : .same)
        }
    }
}

/// Convolution (correlation, as in PyTorch) of NHWC images with HWIO weights, and its two adjoints.
///
/// Each of the three is the gradient of the other two, up to order. Results do not depend on the number of threads.
public enum Convolution {
    /// Whether the convolutions of this task may go through Winograd's transforms. Without them they are slower and
    /// round less: for tests of the mathematics that is built on them.
    @TaskLocal package static var usesTransforms = true

    /// y = x * w, or with the extras y = act(((x · style) * w) · scale + noise · strength + bias): what comes before and
    /// after costs no pass over memory of its own.
    ///
    /// - Parameters:
    ///   - x: [N, H, W, C].
    ///   - w: [k, k, C, K].
    ///   - y: [N, H', W', K], overwritten.
    ///   - cache: where the transformed weights are kept; nil makes them anew.
    ///   - style: [N, C], factors of the input's channels.
    ///   - terms: what follows.
    public static func forward(
        _ x: BufferView, _ w: BufferView, into y: BufferView, shape: ConvolutionShape, cache: TransformCache? = nil,
        style: BufferView? = nil, terms: Epilogue.Terms? = nil
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .convolution(.convolution, shape)) }
        check(shape, input: x, weights: w, output: y)
        guard shape.inputCount > 0, shape.outputCount > 0 else { return zero(y) }
        terms?.check(
            samples: shape.batch, positions: shape.outputHeight * shape.outputWidth, channels: shape.outputChannels)
        switch shape.method(.forward) {
        case .winograd(.down(let filter)):
            WinogradConvolution(shape, .down(filter)).forward(
                styled(x, style, shape), w, into: y, cache: cache, style: nil, terms: terms)
        case .winograd(let transform):
            WinogradConvolution(shape, transform).forward(x, w, into: y, cache: cache, style: style, terms: terms)
        case .narrow: NarrowConvolution(shape).forward(styled(x, style, shape), w, into: y, terms: terms)
        case .direct: DirectConvolution(shape).forward(styled(x, style, shape), w, into: y, terms: terms)
        case .parities: ParityConvolution(shape).forward(styled(x, style, shape), w, into: y, terms: terms)
        }
    }

    /// dx = the adjoint in x, applied to g.
    ///
    /// - Parameters:
    ///   - g: [N, H', W', K].
    ///   - w: [k, k, C, K].
    ///   - dx: [N, H, W, C], overwritten.
    ///   - cache: where the transformed weights are kept; nil makes them anew.
    public static func inputGradient(
        _ g: BufferView, _ w: BufferView, into dx: BufferView, shape: ConvolutionShape, cache: TransformCache? = nil
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .convolution(.convolutionInputGradient, shape)) }
        check(shape, input: dx, weights: w, output: g)
        guard shape.inputCount > 0, shape.outputCount > 0 else { return zero(dx) }
        switch shape.method(.inputGradient) {
        case .narrow: NarrowConvolution(shape).inputGradient(g, w, into: dx)
        case .direct: DirectConvolution(shape).inputGradient(g, w, into: dx)
        case .parities: ParityConvolution(shape).inputGradient(g, w, into: dx)
        case .winograd(let transform): WinogradConvolution(shape, transform).inputGradient(g, w, into: dx, cache: cache)
        }
    }

    /// dw = the adjoint in w, applied to g.
    ///
    /// - Parameters:
    ///   - x: [N, H, W, C].
    ///   - g: [N, H', W', K].
    ///   - dw: [k, k, C, K], overwritten.
    ///   - style: [N, C], factors of the input's channels.
    public static func weightGradient(
        _ x: BufferView, _ g: BufferView, into dw: BufferView, shape: ConvolutionShape, style: BufferView? = nil
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .convolution(.convolutionWeightGradient, shape)) }
        check(shape, input: x, weights: dw, output: g)
        guard shape.inputCount > 0, shape.outputCount > 0 else { return zero(dw) }
        switch shape.method(.weightGradient) {
        case .winograd(let transform) where style == nil || !shape.resampling.isDown:
            WinogradConvolution(shape, transform).weightGradient(x, g, into: dw, style: style)
        case .winograd(let transform):
            WinogradConvolution(shape, transform).weightGradient(styled(x, style, shape), g, into: dw, style: nil)
        case .narrow: NarrowConvolution(shape).weightGradient(styled(x, style, shape), g, into: dw)
        case .direct: DirectConvolution(shape).weightGradient(styled(x, style, shape), g, into: dw)
        case .parities: ParityConvolution(shape).weightGradient(styled(x, style, shape), g, into: dw)
        }
    }

    /// x · style in memory, where no transform can apply it on the way.
    private static func styled(_ x: BufferView, _ style: BufferView?, _ shape: ConvolutionShape) -> BufferView {
        guard let style else { return x }
        let (n, positions, channels) = (shape.batch, shape.height * shape.width, shape.inputChannels)
        let product = BufferView(count: x.count)
        Broadcast.binary(
            .multiply, x, [n, positions, channels], style, [n, 1, channels], into: product,
            shape: [n, positions, channels])
        return product
    }

    private static func zero(_ view: BufferView) { view.pointer.update(repeating: 0, count: view.count) }

    private static func check(
        _ shape: ConvolutionShape, input: BufferView, weights: BufferView, output: BufferView
    ) {
        precondition(
            shape.kernel == 1 || shape.kernel == 3, "Convolution: kernel \(shape.kernel); only 1 and 3 are supported")
        precondition(
            shape.stride == 1 || shape.stride == 2 && shape.resampling == .none,
            "Convolution: stride \(shape.stride) with resampling \(shape.resampling); stride is 1, or 2 without resampling"
        )
        precondition(
            shape.resampling == .none || shape.kernel == 3,
            "Convolution: resampling \(shape.resampling) needs kernel 3, not \(shape.kernel)")
        precondition(
            input.count == shape.inputCount && weights.count == shape.weightCount && output.count == shape.outputCount,
            "Convolution: input, weights, output have \(input.count), \(weights.count), \(output.count) elements; "
                + "\(shape) needs \(shape.inputCount), \(shape.weightCount), \(shape.outputCount)")
    }
}
