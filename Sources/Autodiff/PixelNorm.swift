import Kernels

extension Tensor {
    /// x / √(mean over channels of x² + 1e-8) (arXiv 1710.10196, section 4.2), of [N, H, W, C] or [N, C].
    ///
    /// One pass over memory forward and one back; where the gradient is to be differentiated again it is composed of
    /// plain operations.
    public func pixelNormalized() -> Tensor {
        let channels = shape[rank - 1]
        let out = BufferView(count: count)
        PixelNorm.forward(view, channels: channels, into: out)
        return Tape.record([self], shape: shape, out, as: .pixelNorm(epsilon: PixelNorm.epsilon)) { g in
            [Tape.isRecording ? self.composedPixelNormGradient(g.of) : self.fusedPixelNormGradient(g.of)]
        }
    }

    private func fusedPixelNormGradient(_ g: Tensor) -> Tensor {
        let gx = BufferView(count: count)
        PixelNorm.gradient(g.view, view, channels: shape[rank - 1], into: gx)
        return Tensor(gx, shape: shape)
    }

    /// r·g − x·(r³·mean(g·x)) with r = 1/√(mean x² + 1e-8)
    private func composedPixelNormGradient(_ g: Tensor) -> Tensor {
        var pixel = shape
        pixel[rank - 1] = 1
        let share = 1 / Float(shape[rank - 1])
        let power = Tensor.contract(self, self, to: pixel).affine(share, PixelNorm.epsilon)
        let projection: Tensor = Tensor.contract(g, self, to: pixel) * power.power(-1.5)
        let along: Tensor = self * (projection * share)
        return g * power.power(-0.5) - along
    }
}
