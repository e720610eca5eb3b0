import Kernels

extension Tensor {
    /// The 3×3 convolution of images x [N, H, W, C] in groups of channels, each with itself alone, with weights w
    /// [3, 3, C/groups, C], and what follows: act(x * w + bias). Zeros beyond the border.
    ///
    /// The convolution, its gradient in x and its gradient in w are three operations; each one's gradients are the
    /// other two, as all three are linear in both operands.
    ///
    /// - Parameter bias: [C], or nil.
    public static func groupedConvolution(
        _ x: Tensor, _ w: Tensor, bias: Tensor? = nil, _ activation: Activation = .linear
    ) -> Tensor {
        precondition(
            x.rank == 4 && w.rank == 4 && w.shape[0] == 3 && w.shape[1] == 3 && w.shape[3] == x.shape[3]
                && w.shape[2] > 0 && x.shape[3] % w.shape[2] == 0,
            "grouped convolution: images \(x.shape) with weights \(w.shape)")
        let convolution = GroupedConvolution(
            batch: x.shape[0], height: x.shape[1], width: x.shape[2], channels: x.shape[3],
            groups: x.shape[3] / w.shape[2])
        guard bias != nil || activation != .linear else { return forward(x, w, convolution) }
        let out = BufferView(count: convolution.imageCount)
        OperationCount.add(convolution)
        convolution.forward(
            x.view, w.view, into: out, cache: w.cache, terms: Epilogue.Terms(bias: bias?.view, activation: activation))
        let inputs = [x, w] + (bias.map { [$0] } ?? [])
        let keepsOutput = activation != .linear
        return Tape.record(inputs, shape: x.shape, out, keepsOutput: keepsOutput) { g in
            let (gy, gBias) = g.of.activationGradients(
                output: g.output?.detached(), activation, wantsBias: g.wants.count == 3 && g.wants[2])
            return [
                g.wants[0] ? inputGradient(gy, w, convolution) : nil,
                g.wants[1] ? weightGradient(x, gy, convolution) : nil,
                gBias,
            ]
        }
    }

    private static func forward(_ x: Tensor, _ w: Tensor, _ convolution: GroupedConvolution) -> Tensor {
        let out = BufferView(count: convolution.imageCount)
        OperationCount.add(convolution)
        convolution.forward(x.view, w.view, into: out, cache: w.cache)
        return Tape.record([x, w], shape: x.shape, out) { g in
            [
                g.wants[0] ? inputGradient(g.of, w, convolution) : nil,
                g.wants[1] ? weightGradient(x, g.of, convolution) : nil,
            ]
        }
    }

    private static func inputGradient(_ g: Tensor, _ w: Tensor, _ convolution: GroupedConvolution) -> Tensor {
        let out = BufferView(count: convolution.imageCount)
        OperationCount.add(convolution)
        convolution.inputGradient(g.view, w.view, into: out, cache: w.cache)
        return Tape.record([g, w], shape: g.shape, out) { u in
            [
                u.wants[0] ? forward(u.of, w, convolution) : nil,
                u.wants[1] ? weightGradient(u.of, g, convolution) : nil,
            ]
        }
    }

    private static func weightGradient(_ x: Tensor, _ g: Tensor, _ convolution: GroupedConvolution) -> Tensor {
        let out = BufferView(count: convolution.weightCount)
        OperationCount.add(convolution)
        convolution.weightGradient(x.view, g.view, into: out)
        return Tape.record([x, g], shape: [3, 3, convolution.groupWidth, convolution.channels], out) { u in
            [
                u.wants[0] ? inputGradient(g, u.of, convolution) : nil,
                u.wants[1] ? forward(x, u.of, convolution) : nil,
            ]
        }
    }
}
