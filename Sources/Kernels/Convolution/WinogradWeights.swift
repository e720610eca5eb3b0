import CKernels

/// Winograd's transform of weights, u = P w Pᵀ with one matrix for both axes, and its adjoint.
struct WinogradWeights {
    private let shape: ConvolutionShape
    /// For the input gradient rows (channels summed over) and columns are exchanged.
    private let isGradient: Bool
    /// P, flat, 6×3.
    private let matrix: [Float]

    init(_ shape: ConvolutionShape, _ transform: WinogradTransform, isGradient: Bool) {
        self.shape = shape
        self.isGradient = isGradient
        // The filter is part of the transform of activations; the gain of upsampling, 2 an axis, is not.
        let gain: Float = shape.resampling.isUp ? 2 : 1
        // The input gradient has its taps flipped; with a change of resolution the transforms see to that. They do so
        // for the transposed convolution of `up`, too, but `nearestUp` is no transposed one.
        let isFlipped = isGradient && transform == .same || shape.resampling == .nearestUp
        matrix = transform.pointMatrix.flatMap { row in (isFlipped ? row.reversed() : row).map { gain * $0 } }
    }

    /// Elements of a transform that may stay in a cache.
    private static let cachedCount = 6 << 20

    /// Blocks of 16×16 channels: the offset of a block in w and in u, and how many channels of it exist.
    private func forEachBlock(
        _ strides: ck_strides, _ body: (_ w: Int, _ u: Int, _ rows: Int32, _ columns: Int32) -> Void
    ) {
        let (inputs, outputs) = (shape.inputChannels, shape.outputChannels)
        let groups = (outputs + 15) / 16
        Workers.forEachRange((inputs + 15) / 16 * groups, grain: 4) { range in
            for pair in range {
                let (input, output) = pair.quotientAndRemainder(dividingBy: groups)
                let (row, column) = isGradient ? (output, input) : (input, output)
                body(
                    input * 16 * outputs + output * 16, column * strides.group + row * 256,
                    Int32(min(16, inputs - input * 16)), Int32(min(16, outputs - output * 16)))
            }
        }
    }

    /// u[frequency][group of columns][row][16] of the weights [3, 3, C, K].
    func transform(_ w: UnsafePointer<Float>, into u: UnsafeMutablePointer<Float>, _ strides: ck_strides) {
        // What no cache holds until the products read it need not push out what is in there.
        let streams: Int32 = 36 * strides.frequency > Self.cachedCount ? 1 : 0
        matrix.withUnsafeBufferPointer { matrix in
            guard let p = matrix.baseAddress else { return }
            forEachBlock(strides) { source, target, rows, columns in
                ck_winograd_weights(
                    w + source, shape.inputChannels * shape.outputChannels, shape.outputChannels, rows,
                    columns, isGradient ? 1 : 0, p, u + target, strides.frequency, streams)
            }
        }
    }

    /// The adjoint of `transform`: dw [3, 3, C, K], overwritten.
    func adjoint(_ u: UnsafePointer<Float>, _ strides: ck_strides, into dw: UnsafeMutablePointer<Float>) {
        forEachBlock(strides) { target, source, rows, columns in
            adjoint(u + source, strides, into: dw + target, rows: rows, columns: columns)
        }
    }

    /// The same of some groups of channels alone, which u has from its beginning.
    func adjoint(
        _ u: UnsafePointer<Float>, _ strides: ck_strides, inputs: Range<Int>, outputs: Range<Int>,
        into dw: UnsafeMutablePointer<Float>
    ) {
        for (row, input) in inputs.enumerated() {
            for (column, output) in outputs.enumerated() {
                adjoint(
                    u + column * strides.group + row * 256, strides,
                    into: dw + input * 16 * shape.outputChannels + output * 16,
                    rows: Int32(min(16, shape.inputChannels - input * 16)),
                    columns: Int32(min(16, shape.outputChannels - output * 16)))
            }
        }
    }

    /// Of a block of 16×16 channels.
    private func adjoint(
        _ u: UnsafePointer<Float>, _ strides: ck_strides, into dw: UnsafeMutablePointer<Float>, rows: Int32,
        columns: Int32
    ) {
        matrix.withUnsafeBufferPointer { matrix in
            guard let p = matrix.baseAddress else { return }
            ck_winograd_weight_gradient(
                u, strides.frequency, p, dw, shape.inputChannels * shape.outputChannels, shape.outputChannels, rows,
                columns)
        }
    }
}
