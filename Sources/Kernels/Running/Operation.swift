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
    case epilogueInverse = "epilogue inverse"
    case scaleGradient = "scale gradient"
    case activationGradient = "activation gradient"
    case upsample, downsample
    case nearestUpsample = "nearest upsample"
    case boxDownsample = "box downsample"
    case pixelNorm = "pixel norm"
    case pixelNormGradient = "pixel norm gradient"
    case normals, uniforms
    case adam
    case movingAverage = "moving average"
    case norm
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

    /// "3×3 8×32×32 128→64 up": kernel, batch and size of the input, channels.
    fileprivate var text: String {
        let change =
            resampling == .none ? (stride == 1 ? "" : " stride \(stride)") : " \(resampling.rawValue)"
        return "\(kernel)×\(kernel) \(batch)×\(height)×\(width) \(inputChannels)→\(outputChannels)" + change
    }
}

/// One call of an operation, as a profile keeps it.
struct Operation {
    let kind: OperationKind
    let shape: OperationShape
    /// Floating-point operations of the direct method; 0 where there are only a few to each element in memory.
    let arithmetic: Int
    /// Read and written, each operand once.
    let bytes: Int

    private init(_ kind: OperationKind, _ shape: OperationShape, arithmetic: Int = 0, elements: Int) {
        self.kind = kind
        self.shape = shape
        self.arithmetic = arithmetic
        bytes = elements * MemoryLayout<Float>.stride
    }

    static func convolution(_ kind: OperationKind, _ shape: ConvolutionShape) -> Operation {
        Operation(
            kind, .convolution(shape), arithmetic: shape.arithmetic,
            elements: shape.inputCount + shape.weightCount + shape.outputCount)
    }

    static func product(
        samples: Int = 1, rows: Int, columns: Int, depth: Int, transposeA: Bool, transposeB: Bool
    ) -> Operation {
        Operation(
            .product,
            .product(
                samples: samples, rows: rows, columns: columns, depth: depth, transposeA: transposeA,
                transposeB: transposeB), arithmetic: 2 * samples * rows * columns * depth,
            elements: samples * (rows * depth + depth * columns + rows * columns))
    }

    static func binary(
        _ operation: Broadcast.Operation, _ a: BufferView, _ aShape: [Int], _ b: BufferView, _ bShape: [Int],
        _ shape: [Int]
    ) -> Operation {
        let kind: OperationKind =
            switch operation {
            case .add: .add
            case .subtract: .subtract
            case .multiply: .multiply
            }
        let count = shape.reduce(1, *)
        return Operation(kind, .binary(aShape, bShape, shape), elements: a.count + b.count + count)
    }

    /// Both operands may be smaller than what is summed: then arithmetic tells more than bytes.
    static func contraction(
        _ x: BufferView, _ xShape: [Int], _ y: BufferView?, _ yShape: [Int]?, _ out: BufferView, _ outShape: [Int]
    ) -> Operation {
        var terms = 1
        for axis in outShape.indices { terms *= max(xShape[axis], yShape?[axis] ?? 1, outShape[axis]) }
        return Operation(
            .contract, .contraction(xShape, yShape, outShape), arithmetic: (y == nil ? 1 : 2) * terms,
            elements: x.count + (y?.count ?? 0) + out.count)
    }

    /// - Parameters:
    ///   - passes: how often memory of the size of the images is read or written.
    ///   - others: scales, noise, biases and their gradients.
    static func epilogue(
        _ kind: OperationKind, _ count: Int, samples: Int, channels: Int, passes: Int, others: [BufferView?]
    ) -> Operation {
        Operation(
            kind, .epilogue(samples: samples, positions: count / (samples * channels), channels: channels),
            elements: passes * count + others.reduce(0) { $0 + ($1?.count ?? 0) })
    }

    static func resampling(
        _ kind: OperationKind, _ x: BufferView, _ y: BufferView, batch: Int, height: Int, width: Int, channels: Int
    ) -> Operation {
        Operation(
            kind, .images(batch: batch, height: height, width: width, channels: channels), elements: x.count + y.count)
    }

    static func rows(_ kind: OperationKind, _ rows: Int, count: Int, passes: Int) -> Operation {
        Operation(kind, .rows(rows, count: count), elements: passes * rows * count)
    }

    /// - Parameter passes: how often each element's memory is read or written.
    static func elements(_ kind: OperationKind, _ count: Int, passes: Int) -> Operation {
        Operation(kind, .elements(count), elements: passes * count)
    }
}
