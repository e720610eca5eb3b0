import Kernels

extension Tensor {
    /// act(x·(1 + gain) + bias), element by element: what SPADE does with a normalised map (arXiv 1903.07291, equation 1).
    ///
    /// One pass over memory forward and one back; where the gradient is to be differentiated again it is composed of
    /// plain operations.
    ///
    /// - Parameters:
    ///   - gain: of this tensor's shape.
    ///   - bias: likewise.
    public func modulated(gain: Tensor, bias: Tensor, activation: Activation) -> Tensor {
        precondition(
            gain.shape == shape && bias.shape == shape, "modulation of \(shape): \(gain.shape) and \(bias.shape)")
        let out = BufferView(count: count)
        Modulation.forward(view, gain: gain.view, bias: bias.view, activation, into: out)
        return Tape.record([self, gain, bias], shape: shape, out, as: .modulate(activation)) { g in
            guard !Tape.isRecording else {
                let own = self.composed(gain, bias, activation).slopes(g.of, activation)
                return [own * (gain + 1), own * self, own]
            }
            let targets = g.wants.map { $0 ? BufferView(count: self.count) : nil }
            Modulation.gradient(
                g.of.view, self.view, gain: gain.view, bias: bias.view, activation, into: targets[0], targets[1],
                targets[2])
            return targets.map { $0.map { Tensor($0, shape: self.shape) } }
        }
    }

    private func composed(_ gain: Tensor, _ bias: Tensor, _ activation: Activation) -> Tensor {
        Tape.paused { (self * (gain + 1) + bias).activated(activation) }
    }

    /// A gradient times the slope of the activation that made this.
    private func slopes(_ gradient: Tensor, _ activation: Activation) -> Tensor {
        activation == .linear ? gradient : gradient.activationGradient(output: self, activation)
    }
}
