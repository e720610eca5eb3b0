import Kernels

extension Tensor {
    /// act(x + bias), with channels last.
    ///
    /// - Parameter bias: [channels], or nil.
    public func activated(_ activation: Activation, bias: Tensor? = nil) -> Tensor {
        if bias == nil && activation == .linear { return self }
        let channels = shape[rank - 1]
        let out = BufferView(count: count)
        Epilogue.forward(
            view, Epilogue.Terms(bias: bias?.view, activation: activation), samples: 1, channels: channels, into: out)
        let keepsOutput = activation != .linear
        return Tape.record(
            [self] + (bias.map { [$0] } ?? []), shape: shape, out, keepsOutput: keepsOutput, as: .activation(activation)
        ) { g in
            let (gx, gBias) = g.of.activationGradients(
                output: g.output?.detached(), activation, wantsBias: g.wants.count == 2 && g.wants[1])
            return [gx, gBias]
        }
    }

    /// The gradients of act(x + bias) in x and in the bias, told from the output, of which a linear activation has no need.
    func activationGradients(
        output: Tensor?, _ activation: Activation, wantsBias: Bool
    ) -> (x: Tensor, bias: Tensor?) {
        if activation == .linear {
            guard wantsBias, !Tape.isRecording else { return (self, wantsBias ? channelSum() : nil) }
            let gBias = BufferView(count: shape[rank - 1])
            Epilogue.biasGradient(view, into: gBias)
            return (self, Tensor(gBias, shape: [gBias.count]))
        }
        guard let output else { preconditionFailure("activation: its output was not kept") }
        guard wantsBias, !Tape.isRecording else {
            let gx = activationGradient(output: output, activation)
            return (gx, wantsBias ? gx.channelSum() : nil)
        }
        let channels = shape[rank - 1]
        let (gx, gBias) = (BufferView(count: count), BufferView(count: channels))
        Epilogue.gradient(
            view, output: output.view, Epilogue.Terms(activation: activation), samples: 1, channels: channels, into: gx,
            scaleGradient: nil, biasGradient: gBias, strengthGradient: nil)
        return (Tensor(gx, shape: shape), Tensor(gBias, shape: [channels]))
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
}
