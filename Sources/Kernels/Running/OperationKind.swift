/// What an operation does, named as in a profile's table.
public enum OperationKind: String, CaseIterable, Sendable {
    case convolution = "conv"
    case convolutionInputGradient = "conv dx"
    case convolutionWeightGradient = "conv dw"
    case product = "matrix product"
    case add, subtract, multiply, contract
    case affine, power, softplus, sigmoid, exponential, logarithm
    case atLeast = "at least"
    case mask, accumulate, fill, copy
    case copyRows = "copy rows"
    case epilogue
    case epilogueGradient = "epilogue gradient"
    case biasGradient = "bias gradient"
    case epilogueInverse = "epilogue inverse"
    case scaleGradient = "scale gradient"
    case activationGradient = "activation gradient"
    case upsample, downsample
    case nearestUpsample = "nearest upsample"
    case nearestUpsampleAdd = "nearest upsample add"
    case boxDownsample = "box downsample"
    case affineResampling = "affine resampling"
    case affineResamplingAdjoint = "affine resampling adjoint"
    case recoloring
    case imageFilter = "image filter"
    case imageFilterAdjoint = "image filter adjoint"
    case shift
    case maxPooling = "max pooling"
    case maxPoolingScatter = "max pooling scatter"
    case maxPoolingGather = "max pooling gather"
    case pixelNorm = "pixel norm"
    case pixelNormGradient = "pixel norm gradient"
    case batchNormMoments = "batch norm moments"
    case batchNorm = "batch norm"
    case batchNormGradientSums = "batch norm gradient sums"
    case batchNormGradient = "batch norm gradient"
    case attention
    case attentionGradient = "attention gradient"
    case attentionSecondGradient = "attention second gradient"
    case normals, uniforms
    case adam
    case movingAverage = "moving average"
    case norm
    case spectralNormProduct = "spectral norm product"
    case spectralNormAdjoint = "spectral norm adjoint"
    case windowConvolution = "window conv"
    case windowConvolutionInputGradient = "window conv dx"
    case windowConvolutionWeightGradient = "window conv dw"
    case groupedConvolution = "grouped conv"
    case groupedConvolutionInputGradient = "grouped conv dx"
    case groupedConvolutionWeightGradient = "grouped conv dw"
    case predictedConvolution = "predicted conv"
    case predictedConvolutionInputGradient = "predicted conv dx"
    case predictedConvolutionKernelGradient = "predicted conv dw"
    case windowMaximum = "window maximum"
    case windowMean = "window mean"
    case bilinearSampling = "bilinear sampling"
    case bilinearUpsample = "bilinear upsample"
    case bilinearUpsampleAdjoint = "bilinear upsample adjoint"
    case modulation
    case modulationGradient = "modulation gradient"
}

/// What an operation works on; a text only where it is printed.
public enum OperationShape: Hashable, Sendable, CustomStringConvertible {
    case convolution(ConvolutionShape)
    /// op(a) is rows × depth, op(b) depth × columns.
    case product(samples: Int, rows: Int, columns: Int, depth: Int, transposeA: Bool, transposeB: Bool)
    /// Of a ∘ b, each broadcast to the third.
    case binary([Int], [Int], [Int])
    /// Of a sum over x·y; y is nil for that of x alone.
    case contraction([Int], [Int]?, [Int])
    case epilogue(samples: Int, positions: Int, channels: Int)
    /// The images that go in.
    case images(batch: Int, height: Int, width: Int, channels: Int)
    case attention(AttentionShape)
    /// Output channels are those of a convolution; nil for a pooling.
    case window(WindowShape, outputs: Int?, batch: Int)
    case grouped(GroupedConvolution)
    case rows(Int, count: Int)
    case elements(Int)

    public var description: String {
        func text(_ sizes: [Int]) -> String { sizes.isEmpty ? "1" : sizes.map(String.init).joined(separator: "×") }
        switch self {
        case .convolution(let shape): return shape.text
        case .product(let samples, let rows, let columns, let depth, let transposeA, let transposeB):
            let a = transposeA ? text([depth, rows]) + "ᵀ" : text([rows, depth])
            let b = transposeB ? text([columns, depth]) + "ᵀ" : text([depth, columns])
            return (samples == 1 ? "" : "\(samples) of ") + a + " · " + b
        case .binary(let a, let b, let out):
            return text(a) + ", " + text(b) + (a == out || b == out ? "" : " → " + text(out))
        case .contraction(let x, let y, let out):
            return text(x) + (y.map { " · " + text($0) } ?? "") + " → " + text(out)
        case .epilogue(let samples, let positions, let channels): return text([samples, positions, channels])
        case .images(let batch, let height, let width, let channels): return text([batch, height, width, channels])
        case .attention(let shape):
            return "\(shape.samples) of \(shape.queries)×\(shape.depth) · \(shape.keys)×\(shape.depth)ᵀ · "
                + "\(shape.keys)×\(shape.values)"
        case .window(let shape, let outputs, let batch): return shape.text(outputs: outputs, batch: batch)
        case .grouped(let shape):
            return "3×3 " + text([shape.batch, shape.height, shape.width]) + " \(shape.channels) in \(shape.groups)"
        case .rows(let rows, let count): return text([rows, count])
        case .elements(let count): return text([count])
        }
    }
}

extension ConvolutionShape {
    /// Multiplications and additions of the convolution or either gradient, computed directly; those of the
    /// resampling filter are not among them.
    public var arithmetic: Int {
        // A transposed convolution visits every input pixel with all taps, an ordinary one every output pixel.
        let pixels = resampling.isUp ? height * width : outputHeight * outputWidth
        return 2 * batch * pixels * kernel * kernel * inputChannels * outputChannels
    }

    /// "3×3 8×32×32 128→64 up periodic": kernel, batch and size of the input, channels, and what is not usual.
    fileprivate var text: String {
        let change =
            resampling == .none ? (stride == 1 ? "" : " stride \(stride)") : " \(resampling.rawValue)"
        return "\(kernel)×\(kernel) \(batch)×\(height)×\(width) \(inputChannels)→\(outputChannels)" + change
            + (padding == .zero ? "" : " \(padding.rawValue)")
    }
}

extension WindowShape {
    /// "1×7 8×17×17 128→192": window, batch and size of the input, channels.
    fileprivate func text(outputs: Int?, batch: Int) -> String {
        let padding = paddingRows == 0 && paddingColumns == 0 ? "" : " padding \(paddingRows), \(paddingColumns)"
        return "\(kernelHeight)×\(kernelWidth) \(batch)×\(height)×\(width) \(channels)"
            + (outputs.map { "→\($0)" } ?? "") + (stride == 1 ? "" : " stride \(stride)") + padding
    }
}
