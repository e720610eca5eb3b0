import Kernels

extension Tensor {
    /// A StyleGAN2 synthesis layer (arXiv 1912.04958, section 2.2) as one operation:
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
    public static func synthesisLayer(
        _ x: Tensor, _ w: Tensor, style: Tensor, demodulation: Tensor, noise: Tensor?, strength: Tensor, bias: Tensor,
        _ activation: Activation, resampling: ConvolutionShape.Resampling = .none
    ) -> Tensor {
        let shape = ConvolutionShape(x, w, resampling)
        precondition(
            style.shape == [shape.batch, shape.inputChannels]
                && demodulation.shape == [shape.batch, shape.outputChannels] && bias.shape == [shape.outputChannels],
            "synthesis layer: \(shape) with style \(style.shape), demodulation \(demodulation.shape), bias \(bias.shape)"
        )
        let layer = SynthesisOperation(
            x: x, w: w, style: style, demodulation: demodulation, noise: noise, strength: strength, bias: bias,
            activation: activation, shape: shape)
        let out = BufferView(count: shape.outputCount)
        OperationCount.add(shape)
        Convolution.forward(
            x.view, w.view, into: out, shape: shape, cache: w.cache, style: style.view, terms: layer.terms)
        return Tape.record(
            [x, w, style, demodulation, strength, bias], shape: shape.outputShape, out, keepsOutput: true
        ) {
            g in
            guard let output = g.output?.detached() else { return [nil] }
            return Tape.isRecording ? layer.composedGradients(g, output) : layer.fusedGradients(g, output)
        }
    }
}

private struct SynthesisOperation {
    let x: Tensor
    let w: Tensor
    let style: Tensor
    let demodulation: Tensor
    let noise: Tensor?
    let strength: Tensor
    let bias: Tensor
    let activation: Activation
    let shape: ConvolutionShape

    var terms: Epilogue.Terms {
        Epilogue.Terms(
            scale: demodulation.view, noise: noise?.view, strength: strength.scalar, bias: bias.view,
            activation: activation)
    }

    /// In the order of the operation's inputs: x, w, style, demodulation, strength, bias.
    func fusedGradients(_ g: Node.Gradient, _ output: Tensor) -> [Tensor?] {
        let (n, channels, columns) = (shape.batch, shape.inputChannels, shape.outputChannels)
        let gy = BufferView(count: shape.outputCount)
        let gDemodulation = g.wants[3] ? BufferView(count: n * columns) : nil
        let gStrength = g.wants[4] && noise != nil ? BufferView(count: 1) : nil
        let gBias = g.wants[5] ? BufferView(count: columns) : nil
        Epilogue.gradient(
            g.of.view, output: output.view, terms, samples: n, channels: columns, into: gy,
            scaleGradient: gDemodulation, biasGradient: gBias, strengthGradient: gStrength)
        var gx: BufferView?
        var gStyle: BufferView?
        if g.wants[0] || g.wants[2] {
            // Of x·style, then in place of x.
            let gProduct = BufferView(count: shape.inputCount)
            OperationCount.add(shape)
            Convolution.inputGradient(gy, w.view, into: gProduct, shape: shape, cache: w.cache)
            let sums = BufferView(count: n * channels)
            Epilogue.scaleGradient(gProduct, x.view, scale: style.view, samples: n, channels: channels, into: sums)
            (gx, gStyle) = (gProduct, sums)
        }
        var gw: BufferView?
        if g.wants[1] {
            let product = BufferView(count: shape.weightCount)
            OperationCount.add(shape)
            Convolution.weightGradient(x.view, gy, into: product, shape: shape, style: style.view)
            gw = product
        }
        return [
            gx.map { Tensor($0, shape: x.shape) }, gw.map { Tensor($0, shape: w.shape) },
            gStyle.map { Tensor($0, shape: style.shape) }, gDemodulation.map { Tensor($0, shape: demodulation.shape) },
            gStrength.map { Tensor($0, shape: []) }, gBias.map { Tensor($0, shape: bias.shape) },
        ]
    }

    func composedGradients(_ g: Node.Gradient, _ output: Tensor) -> [Tensor?] {
        let (n, channels, columns) = (shape.batch, shape.inputChannels, shape.outputChannels)
        let (h, wd) = (shape.outputHeight, shape.outputWidth)
        let gz = g.of.activationGradient(output: output, activation)
        let gy = gz * demodulation.reshaped([n, 1, 1, columns])
        let factors = style.reshaped([n, 1, 1, channels])
        let gProduct = g.wants[0] || g.wants[2] ? Tensor.inputGradient(gy, w, shape) : nil
        let product = g.wants[1] || g.wants[3] ? x * factors : nil
        let gStrength = noise.map { noise in
            let plane = noise.reshaped(noise.rank == 3 ? [n, h, wd, 1] : [1, h, wd, 1])
            return Tensor.contract(gz, plane, to: [1, 1, 1, 1]).reshaped([])
        }
        return [
            g.wants[0] ? gProduct.map { $0 * factors } : nil,
            g.wants[1] ? product.map { .weightGradient($0, gy, shape) } : nil,
            g.wants[2] ? gProduct.map { .contract($0, x, to: [n, 1, 1, channels]).reshaped([n, channels]) } : nil,
            g.wants[3]
                ? product.map { .contract(gz, convolved($0, output), to: [n, 1, 1, columns]).reshaped([n, columns]) }
                : nil,
            g.wants[4] ? gStrength : nil,
            g.wants[5] ? gz.channelSum() : nil,
        ]
    }

    /// product * w, told from the output instead of computed anew, but with a convolution's gradients.
    private func convolved(_ product: Tensor, _ output: Tensor) -> Tensor {
        let y = BufferView(count: shape.outputCount)
        Epilogue.inverse(output.view, terms, samples: shape.batch, channels: shape.outputChannels, into: y)
        return .convolution(product, w, shape, result: y)
    }
}
