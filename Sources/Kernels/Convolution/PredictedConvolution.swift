import CKernels

/// A depthwise 3×3 convolution with weights of its own at each pixel, which another network predicts (arXiv 1910.06809,
/// section 3.1), and its two adjoints; zeros beyond the border. It is linear in images and weights, so each of the three
/// is the gradient of the other two, up to order.
public struct PredictedConvolution: Hashable, Sendable {
    public let batch, height, width, channels: Int

    public init(batch: Int, height: Int, width: Int, channels: Int) {
        (self.batch, self.height, self.width, self.channels) = (batch, height, width, channels)
    }

    /// Of the images; the weights have nine times as many.
    public var count: Int { batch * height * width * channels }

    /// y[n, i, j, c] = Σₜ kernels[n, i, j, 9c + t] · x[n, i + t/3 − 1, j + t%3 − 1, c]
    ///
    /// - Parameters:
    ///   - x: [N, H, W, C]
    ///   - kernels: [N, H, W, 9C], the nine weights of a channel side by side.
    ///   - y: as `x`, overwritten.
    public func forward(_ x: BufferView, _ kernels: BufferView, into y: BufferView) {
        run(.predictedConvolution, x, kernels, y, ck_predicted_rows)
    }

    /// The adjoint in x.
    public func inputGradient(_ g: BufferView, _ kernels: BufferView, into dx: BufferView) {
        run(.predictedConvolutionInputGradient, g, kernels, dx, ck_predicted_input_rows)
    }

    /// The adjoint in the weights.
    public func kernelGradient(_ x: BufferView, _ g: BufferView, into gk: BufferView) {
        run(.predictedConvolutionKernelGradient, x, g, gk, ck_predicted_kernel_rows)
    }

    private func run(
        _ kind: OperationKind, _ a: BufferView, _ b: BufferView, _ out: BufferView,
        _ rows: (
            UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int64, Int64, Int64, Int64, Int64
        ) -> Void
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .predicted(kind, self)) }
        precondition(
            a.count + b.count + out.count == 11 * count && a.count == count && (b.count == count || out.count == count),
            "predicted convolution of \(batch)×\(height)×\(width)×\(channels): \(a.count), \(b.count), \(out.count)")
        let (ap, bp, op) = (a.pointer, b.pointer, out.pointer)
        let (one, two, three) = (stride(a), stride(b), stride(out))
        ResamplingKernels.rows(batch, height, 9 * width * channels) { sample, first, last in
            rows(
                ap + sample * one, bp + sample * two, op + sample * three, Int64(height), Int64(width), Int64(channels),
                Int64(first), Int64(last))
        }
    }

    /// From one sample to the next.
    private func stride(_ view: BufferView) -> Int { batch == 0 ? 0 : view.count / batch }
}
