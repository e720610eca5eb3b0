import Kernels

extension Tensor {
    /// act(x + bias), with channels last.
    ///
    /// - Parameter bias: [channels], or nil.
    public func activated(_ activation: Activation, bias: Tensor? = nil) -> Tensor {
        let channels = shape[rank - 1]
        let out = BufferView(count: count)
        Epilogue.forward(
            view, scale: nil, noise: nil, strength: 0, bias: bias?.view, activation: activation, samples: 1,
            channels: channels, into: out)
        return Tape.record([self] + (bias.map { [$0] } ?? []), shape: shape, out, keepsOutput: true) { g in
            guard let y = g.output else { return [nil] }
            let gx = g.of.activationGradient(output: y.detached(), activation)
            guard g.wants.count == 2 else { return [gx] }
            return [gx, g.wants[1] ? gx.channelSum() : nil]
        }
    }

    /// This gradient times the activation's slope, told from the activation's output.
    ///
    /// Linear in the gradient; a leaky ReLU has no curvature, so the output is a constant here.
    func activationGradient(output: Tensor, _ activation: Activation) -> Tensor {
        let gx = BufferView(count: count)
        Epilogue.activationGradient(view, output: output.view, activation: activation, into: gx)
        return Tape.record([self], shape: shape, gx) { u in
            [u.of.activationGradient(output: output, activation)]
        }
    }

    /// Sum over all axes but the last, shape [channels].
    public func channelSum() -> Tensor {
        let channels = shape[rank - 1]
        var target = [Int](repeating: 1, count: rank)
        target[rank - 1] = channels
        return sum(to: target).reshaped([channels])
    }

    /// The end of a StyleGAN2 synthesis layer in one pass: act(y·demodulation + noise·strength + bias).
    ///
    /// First-order gradients are one pass too; where they are to be differentiated again they are composed of plain
    /// operations.
    ///
    /// - Parameters:
    ///   - self: the convolution's result [N, H, W, C].
    ///   - demodulation: [N, C], or nil.
    ///   - noise: a constant [N, H, W] or [H, W], or nil.
    ///   - strength: [], the noise's learned strength.
    ///   - bias: [C]
    public func synthesisEpilogue(
        demodulation: Tensor, noise: Tensor?, strength: Tensor, bias: Tensor, _ activation: Activation
    ) -> Tensor {
        precondition(
            rank == 4 && demodulation.shape == [shape[0], shape[3]] && bias.shape == [shape[3]],
            "synthesis layer: \(shape) with demodulation \(demodulation.shape) and bias \(bias.shape)")
        let out = BufferView(count: count)
        Epilogue.forward(
            view, scale: demodulation.view, noise: noise?.view, strength: strength.scalar, bias: bias.view,
            activation: activation, samples: shape[0], channels: shape[3], into: out)
        let y = self
        return Tape.record([y, demodulation, strength, bias], shape: shape, out, keepsOutput: true) { g in
            guard let output = g.output?.detached() else { return [nil, nil, nil, nil] }
            let parts = Layer(y: y, demodulation: demodulation, noise: noise, activation: activation, output: output)
            return Tape.isRecording ? parts.composedGradients(g) : parts.fusedGradients(g)
        }
    }

    private struct Layer {
        let y: Tensor
        let demodulation: Tensor
        let noise: Tensor?
        let activation: Activation
        let output: Tensor

        var samples: Int { y.shape[0] }
        var channels: Int { y.shape[3] }

        func fusedGradients(_ g: Node.Gradient) -> [Tensor?] {
            let gy = BufferView(count: y.count)
            let gScale = g.wants[1] ? BufferView(count: samples * channels) : nil
            let gStrength = g.wants[2] && noise != nil ? BufferView(count: 1) : nil
            let gBias = g.wants[3] ? BufferView(count: channels) : nil
            Epilogue.gradient(
                g.of.view, output: output.view, y: y.view, scale: demodulation.view, noise: noise?.view,
                activation: activation, samples: samples, channels: channels, into: gy, scaleGradient: gScale,
                biasGradient: gBias, strengthGradient: gStrength)
            return [
                Tensor(gy, shape: y.shape),
                gScale.map { Tensor($0, shape: [samples, channels]) },
                gStrength.map { Tensor($0, shape: []) },
                gBias.map { Tensor($0, shape: [channels]) },
            ]
        }

        func composedGradients(_ g: Node.Gradient) -> [Tensor?] {
            let (n, h, w, c) = (y.shape[0], y.shape[1], y.shape[2], y.shape[3])
            let gx = g.of.activationGradient(output: output, activation)
            let gStrength = noise.map { noise in
                let plane = noise.reshaped(noise.rank == 3 ? [n, h, w, 1] : [1, h, w, 1])
                return Tensor.contract(gx, plane, to: [1, 1, 1, 1]).reshaped([])
            }
            return [
                g.wants[0] ? gx * demodulation.reshaped([n, 1, 1, c]) : nil,
                g.wants[1] ? Tensor.contract(gx, y, to: [n, 1, 1, c]).reshaped([n, c]) : nil,
                g.wants[2] ? gStrength : nil,
                g.wants[3] ? gx.channelSum() : nil,
            ]
        }
    }
}
