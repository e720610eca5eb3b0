/// One call of an operation, as a profile keeps it.
struct OperationCall {
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

    static func convolution(_ kind: OperationKind, _ shape: ConvolutionShape) -> OperationCall {
        OperationCall(
            kind, .convolution(shape), arithmetic: shape.arithmetic,
            elements: shape.inputCount + shape.weightCount + shape.outputCount)
    }

    static func product(
        samples: Int = 1, rows: Int, columns: Int, depth: Int, transposeA: Bool, transposeB: Bool
    ) -> OperationCall {
        OperationCall(
            .product,
            .product(
                samples: samples, rows: rows, columns: columns, depth: depth, transposeA: transposeA,
                transposeB: transposeB), arithmetic: 2 * samples * rows * columns * depth,
            elements: samples * (rows * depth + depth * columns + rows * columns))
    }

    static func binary(
        _ operation: Broadcast.Operation, _ a: BufferView, _ aShape: [Int], _ b: BufferView, _ bShape: [Int],
        _ shape: [Int]
    ) -> OperationCall {
        let kind: OperationKind =
            switch operation {
            case .add: .add
            case .subtract: .subtract
            case .multiply: .multiply
            }
        let count = shape.reduce(1, *)
        return OperationCall(kind, .binary(aShape, bShape, shape), elements: a.count + b.count + count)
    }

    /// Both operands may be smaller than what is summed: then arithmetic tells more than bytes.
    static func contraction(
        _ x: BufferView, _ xShape: [Int], _ y: BufferView?, _ yShape: [Int]?, _ out: BufferView, _ outShape: [Int]
    ) -> OperationCall {
        var terms = 1
        for axis in outShape.indices { terms *= max(xShape[axis], yShape?[axis] ?? 1, outShape[axis]) }
        return OperationCall(
            .contract, .contraction(xShape, yShape, outShape), arithmetic: (y == nil ? 1 : 2) * terms,
            elements: x.count + (y?.count ?? 0) + out.count)
    }

    /// - Parameters:
    ///   - passes: how often memory of the size of the images is read or written.
    ///   - others: scales, noise, biases and their gradients.
    static func epilogue(
        _ kind: OperationKind, _ count: Int, samples: Int, channels: Int, passes: Int, others: [BufferView?]
    ) -> OperationCall {
        OperationCall(
            kind, .epilogue(samples: samples, positions: count / (samples * channels), channels: channels),
            elements: passes * count + others.reduce(0) { $0 + ($1?.count ?? 0) })
    }

    static func resampling(
        _ kind: OperationKind, _ x: BufferView, _ y: BufferView, batch: Int, height: Int, width: Int, channels: Int
    ) -> OperationCall {
        OperationCall(
            kind, .images(batch: batch, height: height, width: width, channels: channels), elements: x.count + y.count)
    }

    /// - Parameter count: of the large images, which are read and written.
    static func upAdded(_ count: Int, batch: Int, height: Int, width: Int, channels: Int) -> OperationCall {
        OperationCall(
            .nearestUpsampleAdd, .images(batch: batch, height: height, width: width, channels: channels),
            elements: 2 * count + count / 4)
    }

    /// The large images, the small ones, and the choice.
    static func maxPooling(
        _ kind: OperationKind, batch: Int, height: Int, width: Int, channels: Int
    ) -> OperationCall {
        OperationCall(
            kind, .images(batch: batch, height: height, width: width, channels: channels),
            elements: batch * height * width * channels / 2 * 3)
    }

    static func window(
        _ shape: WindowShape, outputs: Int, batch: Int, _ kind: OperationKind = .windowConvolution
    ) -> OperationCall {
        OperationCall(
            kind, .window(shape, outputs: outputs, batch: batch),
            arithmetic: 2 * batch * shape.places * shape.depth * outputs,
            elements: batch * (shape.imageCount + shape.places * outputs) + shape.depth * outputs)
    }

    static func grouped(_ kind: OperationKind, _ shape: GroupedConvolution) -> OperationCall {
        OperationCall(
            kind, .grouped(shape), arithmetic: shape.arithmetic, elements: 2 * shape.imageCount + shape.weightCount)
    }

    /// The images go in and come out; the weights have nine times as many.
    static func predicted(_ kind: OperationKind, _ shape: PredictedConvolution) -> OperationCall {
        OperationCall(
            kind,
            .images(batch: shape.batch, height: shape.height, width: shape.width, channels: shape.channels),
            arithmetic: 18 * shape.count, elements: 11 * shape.count)
    }

    /// A pooling.
    static func window(_ kind: OperationKind, _ shape: WindowShape, batch: Int) -> OperationCall {
        OperationCall(
            kind, .window(shape, outputs: nil, batch: batch),
            elements: batch * (shape.imageCount + shape.places * shape.channels))
    }

    static func attention(_ shape: AttentionShape) -> OperationCall {
        attention(.attention, shape, depths: 1, values: 1, passes: 1)
    }

    static func attentionGradient(_ shape: AttentionShape) -> OperationCall {
        attention(.attentionGradient, shape, depths: 3, values: 2, passes: 2)
    }

    static func attentionSecondGradient(_ shape: AttentionShape) -> OperationCall {
        attention(.attentionSecondGradient, shape, depths: 7, values: 5, passes: 3)
    }

    /// - Parameters:
    ///   - depths: products over, or of, the channels of queries and keys.
    ///   - values: those of the values' channels.
    ///   - passes: how often memory of the size of all four operands is read or written.
    private static func attention(
        _ kind: OperationKind, _ shape: AttentionShape, depths: Int, values: Int, passes: Int
    ) -> OperationCall {
        OperationCall(
            kind, .attention(shape),
            arithmetic: 2 * shape.samples * shape.queries * shape.keys * (depths * shape.depth + values * shape.values),
            elements: passes * (shape.queryCount + shape.keyCount + shape.valueCount + shape.outputCount))
    }

    static func rows(_ kind: OperationKind, _ rows: Int, count: Int, passes: Int) -> OperationCall {
        OperationCall(kind, .rows(rows, count: count), elements: passes * rows * count)
    }

    /// - Parameter passes: how often each element's memory is read or written.
    static func elements(_ kind: OperationKind, _ count: Int, passes: Int) -> OperationCall {
        OperationCall(kind, .elements(count), elements: passes * count)
    }
}
