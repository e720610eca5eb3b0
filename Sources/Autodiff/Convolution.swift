import Kernels

extension Tensor {
    /// The convolution of images x [N, H, W, C] with weights w [k, k, C, K].
    ///
    /// The convolution, its gradient in x and its gradient in w are three operations; each one's gradients are the
    /// other two, as all three are linear in both operands.
    public static func convolution(
        _ x: Tensor, _ w: Tensor, stride: Int = 1, resampling: ConvolutionShape.Resampling = .none,
        padding: Padding = .zero
    ) -> Tensor {
        convolution(x, w, ConvolutionShape(x, w, stride: stride, resampling, padding))
    }

    static func convolution(_ x: Tensor, _ w: Tensor, _ shape: ConvolutionShape) -> Tensor {
        let out = BufferView(count: shape.outputCount)
        OperationCount.add(shape)
        Convolution.forward(x.view, w.view, into: out, shape: shape, cache: w.cache)
        return Tape.record([x, w], shape: shape.outputShape, out) { g in
            [
                g.wants[0] ? inputGradient(g.of, w, shape) : nil,
                g.wants[1] ? weightGradient(x, g.of, shape) : nil,
            ]
        }
    }

    static func inputGradient(_ g: Tensor, _ w: Tensor, _ shape: ConvolutionShape) -> Tensor {
        let out = BufferView(count: shape.inputCount)
        OperationCount.add(shape)
        Convolution.inputGradient(g.view, w.view, into: out, shape: shape, cache: w.cache)
        return Tape.record([g, w], shape: shape.inputShape, out) { u in
            [
                u.wants[0] ? convolution(u.of, w, shape) : nil,
                u.wants[1] ? weightGradient(u.of, g, shape) : nil,
            ]
        }
    }

    static func weightGradient(_ x: Tensor, _ g: Tensor, _ shape: ConvolutionShape) -> Tensor {
        let out = BufferView(count: shape.weightCount)
        OperationCount.add(shape)
        Convolution.weightGradient(x.view, g.view, into: out, shape: shape)
        return Tape.record([x, g], shape: shape.weightShape, out) { u in
            [
                u.wants[0] ? inputGradient(g, u.of, shape) : nil,
                u.wants[1] ? convolution(x, u.of, shape) : nil,
            ]
        }
    }

    /// act(x * w + bias) as one operation; parameters as of ``convolution(_:_:stride:resampling:padding:)``.
    ///
    /// - Parameter bias: [K], or nil.
    public static func convolution(
        _ x: Tensor, _ w: Tensor, bias: Tensor?, _ activation: Activation,
        resampling: ConvolutionShape.Resampling = .none, padding: Padding = .zero
    ) -> Tensor {
        let shape = ConvolutionShape(x, w, resampling, padding)
        if bias == nil && activation == .linear { return convolution(x, w, shape) }
        let out = BufferView(count: shape.outputCount)
        OperationCount.add(shape)
        Convolution.forward(
            x.view, w.view, into: out, shape: shape, cache: w.cache,
            terms: Epilogue.Terms(bias: bias?.view, activation: activation))
        let inputs = [x, w] + (bias.map { [$0] } ?? [])
        let keepsOutput = activation != .linear
        return Tape.record(inputs, shape: shape.outputShape, out, keepsOutput: keepsOutput) { g in
            let (gy, gBias) = g.of.activationGradients(
                output: g.output?.detached(), activation, wantsBias: g.wants.count == 3 && g.wants[2])
            return [
                g.wants[0] ? inputGradient(gy, w, shape) : nil,
                g.wants[1] ? weightGradient(x, gy, shape) : nil,
                gBias,
            ]
        }
    }
}

extension ConvolutionShape {
    /// Of images [N, H, W, C] and weights [k, k, C, K].
    init(_ x: Tensor, _ w: Tensor, stride: Int = 1, _ resampling: Resampling, _ padding: Padding) {
        precondition(
            x.rank == 4 && w.rank == 4 && w.shape[0] == w.shape[1] && w.shape[2] == x.shape[3],
            "convolution: images \(x.shape) with weights \(w.shape)")
        self.init(
            batch: x.shape[0], height: x.shape[1], width: x.shape[2], inputChannels: x.shape[3],
            outputChannels: w.shape[3], kernel: w.shape[0], stride: stride, resampling: resampling,
            padding: padding)
    }

    var inputShape: [Int] { [batch, height, width, inputChannels] }
    var outputShape: [Int] { [batch, outputHeight, outputWidth, outputChannels] }
    var weightShape: [Int] { [kernel, kernel, inputChannels, outputChannels] }
}
