import Kernels

extension Tensor {
    /// A depthwise 3×3 convolution of images [N, H, W, C] with weights of its own at each pixel, [N, H, W, 9C], the nine of
    /// a channel side by side, zeros beyond the border (arXiv 1910.06809, section 3.1).
    public func convolved(with kernels: Tensor) -> Tensor {
        precondition(
            rank == 4 && kernels.shape == [shape[0], shape[1], shape[2], 9 * shape[3]],
            "predicted convolution: images \(shape) with kernels \(kernels.shape)")
        return Self.forward(
            self, kernels,
            PredictedConvolution(batch: shape[0], height: shape[1], width: shape[2], channels: shape[3]))
    }

    private static func forward(_ x: Tensor, _ kernels: Tensor, _ convolution: PredictedConvolution) -> Tensor {
        let out = BufferView(count: convolution.count)
        convolution.forward(x.view, kernels.view, into: out)
        return Tape.record([x, kernels], shape: x.shape, out, as: .predictedConvolution) { g in
            [
                g.wants[0] ? inputGradient(g.of, kernels, convolution) : nil,
                g.wants[1] ? kernelGradient(x, g.of, convolution) : nil,
            ]
        }
    }

    private static func inputGradient(_ g: Tensor, _ kernels: Tensor, _ convolution: PredictedConvolution) -> Tensor {
        let out = BufferView(count: convolution.count)
        convolution.inputGradient(g.view, kernels.view, into: out)
        return Tape.record([g, kernels], shape: g.shape, out) { u in
            [
                u.wants[0] ? forward(u.of, kernels, convolution) : nil,
                u.wants[1] ? kernelGradient(u.of, g, convolution) : nil,
            ]
        }
    }

    private static func kernelGradient(_ x: Tensor, _ g: Tensor, _ convolution: PredictedConvolution) -> Tensor {
        let out = BufferView(count: 9 * convolution.count)
        convolution.kernelGradient(x.view, g.view, into: out)
        var shape = x.shape
        shape[3] *= 9
        return Tape.record([x, g], shape: shape, out) { u in
            [
                u.wants[0] ? inputGradient(g, u.of, convolution) : nil,
                u.wants[1] ? forward(x, u.of, convolution) : nil,
            ]
        }
    }
}
