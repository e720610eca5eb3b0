import Kernels

/// How images become the 299×299 pixels of Inception-v3, and their values its inputs. The features differ, most for small
/// images, and distances with them: whoever prints one says which it was.
public enum InceptionResize: String, CaseIterable, Sendable {
    /// As pytorch-fid: half-pixel centres, no antialiasing, 2x / 255 − 1.
    case pytorch
    /// As the graph that FID was first computed with (arXiv 1706.08500), and so the papers of StyleGAN: output i lies at
    /// i · size / 299, the last ones between the last pixel and itself; (x − 128) / 128.
    case tensorflow

    /// Side of what the network takes.
    static let side = 299

    /// The network's inputs of images.
    ///
    /// - Parameters:
    ///   - pixels: [N, height, width, C], 0…255; C is 3, or 1 for grey images, which are repeated.
    /// - Returns: [N, 299, 299, 3]
    package func inputs(of pixels: BufferView, count: Int, height: Int, width: Int, channels: Int) -> BufferView {
        let inputs = BufferView(count: count * Self.side * Self.side * 3)
        BilinearSampling.sample(
            pixels, batch: count, channels: channels, rows: axis(height), columns: axis(width), factor: factor,
            shift: -1,
            outputChannels: 3, into: inputs)
        return inputs
    }

    /// Where the outputs of an axis lie between its pixels.
    private func axis(_ size: Int) -> BilinearSampling.Axis {
        let ratio = Double(size) / Double(Self.side)
        let halfPixel = self == .pytorch ? 0.5 : 0
        return BilinearSampling.Axis(
            size: size, positions: (0..<Self.side).map { (Double($0) + halfPixel) * ratio - halfPixel })
    }

    /// A value times this, less one, is an input.
    private var factor: Float {
        switch self {
        case .pytorch: 2 / 255
        case .tensorflow: 1 / 128
        }
    }
}
