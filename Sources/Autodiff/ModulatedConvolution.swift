import Kernels

extension Tensor {
    /// StyleGAN2's modulated and demodulated convolution with all that follows it in a synthesis layer
    /// (arXiv 1912.04958, section 2.2), in one pass over memory:
    /// act(((x·style) * w)·demodulation + noise·strength + bias).
    ///
    /// Nothing is kept but its operands and its result. First-order gradients are fused in the same way; where they are
    /// to be differentiated again they are composed of plain operations.
    ///
    /// - Parameters:
    ///   - x: [N, H, W, C]
    ///   - w: [3, 3, C, K]
    ///   - style: [N, C]
    ///   - demodulation: [N, K], not zero.
    ///   - noise: a constant [N, H', W'] or [H', W'], or nil.
    ///   - strength: [], the noise's learned strength.
    ///   - bias: [K]
    public static func modulatedConvolution(
        _ x: Tensor, _ w: Tensor, style: Tensor, demodulation: Tensor, noise: Tensor?, strength: Tensor, bias: Tensor,
        _ activation: Activation, resampling: ConvolutionShape.Resampling = .none, padding: Padding = .zero
    ) -> Tensor {
        let shape = ConvolutionShape(x, w, resampling, padding)
        precondition(
            style.shape == [shape.batch, shape.inputChannels]
                && demodulation.shape == [shape.batch, shape.outputChannels] && bias.shape == [shape.outputChannels],
            "modulated convolution: \(shape) with style \(style.shape), demodulation \(demodulation.shape), bias \(bias.shape)"
        )
        let terms = Epilogue.Terms(
            scale: demodulation.view, noise: noise?.view, strength: strength.scalar, bias: bias.view,
            activation: activation)
        let out = BufferView(count: shape.outputCount)
        OperationCount.add(shape.arithmetic)
        Convolution.forward(x.view, w.view, into: out, shape: shape, cache: w.cache, style: style.view, terms: terms)
        // Two nodes, so that all gradients of the convolution's result meet before they go through it. That result is
        // in no memory: whoever needs it tells it from the output.
        let convolution = ModulatedProduct(x: x, w: w, style: style, shape: shape)
        let y = Tape.record([x, w, style], shape: shape.outputShape, out) { g in
            Tape.isRecording ? convolution.composedGradients(g) : convolution.fusedGradients(g)
        }
        let end = ModulatedEpilogue(y: y, demodulation: demodulation, noise: noise, terms: terms)
        let result = Tape.record([y, demodulation, strength, bias], shape: y.shape, out, keepsOutput: true) { g in
            guard let output = g.output?.detached() else { return [nil] }
            return Tape.isRecording ? end.composedGradients(g, output) : end.fusedGradients(g, output)
        }
        return Trace.noting(
            .modulatedConvolution(shape, activation),
            [x, w, style, demodulation, bias] + (noise.map { [$0, strength] } ?? []), result)
    }
}

/// (x·style) * w
private struct ModulatedProduct {
    let x: Tensor
    let w: Tensor
    let style: Tensor
    let shape: ConvolutionShape

    /// Of x, w and style.
    func fusedGradients(_ g: Node.Gradient) -> [Tensor?] {
        let (n, channels) = (shape.batch, shape.inputChannels)
        var gx: BufferView?
        var gStyle: BufferView?
        if g.wants[0] || g.wants[2] {
            // Of x·style, then in place of x.
            let gProduct = BufferView(count: shape.inputCount)
            OperationCount.add(shape.arithmetic)
            Convolution.inputGradient(g.of.view, w.view, into: gProduct, shape: shape, cache: w.cache)
            let sums = BufferView(count: n * channels)
            Epilogue.scaleGradient(gProduct, x.view, scale: style.view, samples: n, channels: channels, into: sums)
            (gx, gStyle) = (gProduct, sums)
        }
        var gw: BufferView?
        if g.wants[1] {
            let gradient = BufferView(count: shape.weightCount)
            OperationCount.add(shape.arithmetic)
            Convolution.weightGradient(x.view, g.of.view, into: gradient, shape: shape, style: style.view)
            gw = gradient
        }
        return [
            gx.map { Tensor($0, shape: x.shape) }, gw.map { Tensor($0, shape: w.shape) },
            gStyle.map { Tensor($0, shape: style.shape) },
        ]
    }

    func composedGradients(_ g: Node.Gradient) -> [Tensor?] {
        let (n, channels) = (shape.batch, shape.inputChannels)
        let factors = style.reshaped([n, 1, 1, channels])
        let gProduct = g.wants[0] || g.wants[2] ? Tensor.inputGradient(g.of, w, shape) : nil
        return [
            g.wants[0] ? gProduct.map { $0 * factors } : nil,
            g.wants[1] ? .weightGradient(x * factors, g.of, shape) : nil,
            g.wants[2] ? gProduct.map { .contract($0, x, to: [n, 1, 1, channels]).reshaped([n, channels]) } : nil,
        ]
    }
}

/// act(y·demodulation + noise·strength + bias)
private struct ModulatedEpilogue {
    /// A place on the tape; its memory holds the output.
    let y: Tensor
    let demodulation: Tensor
    let noise: Tensor?
    let terms: Epilogue.Terms

    private var samples: Int { y.shape[0] }
    private var channels: Int { y.shape[3] }

    /// Of y, demodulation, strength and bias.
    func fusedGradients(_ g: Node.Gradient, _ output: Tensor) -> [Tensor?] {
        let gy = BufferView(count: y.count)
        let gDemodulation = g.wants[1] ? BufferView(count: samples * channels) : nil
        let gStrength = g.wants[2] && noise != nil ? BufferView(count: 1) : nil
        let gBias = g.wants[3] ? BufferView(count: channels) : nil
        Epilogue.gradient(
            g.of.view, output: output.view, terms, samples: samples, channels: channels, into: gy,
            scaleGradient: gDemodulation, biasGradient: gBias, strengthGradient: gStrength)
        return [
            Tensor(gy, shape: y.shape), gDemodulation.map { Tensor($0, shape: demodulation.shape) },
            gStrength.map { Tensor($0, shape: []) }, gBias.map { Tensor($0, shape: [channels]) },
        ]
    }

    func composedGradients(_ g: Node.Gradient, _ output: Tensor) -> [Tensor?] {
        let (n, h, w, c) = (samples, y.shape[1], y.shape[2], channels)
        let gx = g.of.activationGradient(output: output, terms.activation)
        let gStrength = noise.map { noise in
            let plane = noise.reshaped(noise.rank == 3 ? [n, h, w, 1] : [1, h, w, 1])
            return Tensor.contract(gx, plane, to: [1, 1, 1, 1]).reshaped([])
        }
        return [
            g.wants[0] ? gx * demodulation.reshaped([n, 1, 1, c]) : nil,
            g.wants[1] ? Tensor.contract(gx, convolved(output), to: [n, 1, 1, c]).reshaped([n, c]) : nil,
            g.wants[2] ? gStrength : nil,
            g.wants[3] ? gx.channelSum() : nil,
        ]
    }

    /// y with its values.
    private func convolved(_ output: Tensor) -> Tensor {
        let values = BufferView(count: y.count)
        Epilogue.inverse(output.view, terms, samples: samples, channels: channels, into: values)
        return Tensor(shape: y.shape, view: values, node: y.node)
    }
}
