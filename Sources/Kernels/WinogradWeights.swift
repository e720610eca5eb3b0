import CKernels

/// Winograd's transform of weights, joined with their composition for resampling (see `ResampledWeights`): both are
/// separable and linear, so that u = P w Qᵀ with one matrix of (m + 2)×3 per axis and phase.
struct WinogradWeights {
    private let shape: ConvolutionShape
    private let tile: Int
    /// For the input gradient rows (channels summed over) and columns are exchanged.
    private let isGradient: Bool
    private let phases: Int
    /// P for each phase along an axis, flat.
    private let axisMatrices: [Float]

    init(_ shape: ConvolutionShape, _ transform: WinogradTransform, isGradient: Bool) {
        self.shape = shape
        self.isGradient = isGradient
        tile = transform.tile
        let composition: [Float]
        switch transform {
        case .square:
            phases = shape.resampling == .none ? 1 : 4
            composition = ResampledWeights.factors(shape.resampling)
        case .down, .up:
            // The filter is part of the transform of activations; the gain of upsampling, 2 an axis, is not.
            phases = 1
            let gain: Float = shape.resampling == .up ? 2 : 1
            composition = [gain, 0, 0, 0, gain, 0, 0, 0, gain]
        }
        // The input gradient on cells has its taps flipped; otherwise the transforms see to that.
        var isFlipped = false
        if case .square = transform { isFlipped = isGradient }
        var matrices: [Float] = []
        for phase in 0..<composition.count / 9 {
            for row in transform.pointMatrix {
                for weight in 0..<3 {
                    var sum: Float = 0
                    for tap in 0..<3 {
                        sum += row[tap] * composition[phase * 9 + (isFlipped ? 2 - tap : tap) * 3 + weight]
                    }
                    matrices.append(sum)
                }
            }
        }
        axisMatrices = matrices
    }

    private var inputGroups: Int { (shape.inputChannels + 15) / 16 }
    private var outputGroups: Int { (shape.outputChannels + 15) / 16 }
    /// The phase belongs to the high resolution: output channels going up, input channels going down.
    private var phaseIsInColumns: Bool { (shape.resampling == .up) != isGradient }

    /// Where the terms of phase `phase` for a pair of groups lie in u.
    private func offset(_ phase: Int, _ inputGroup: Int, _ outputGroup: Int, _ strides: ck_strides) -> Int {
        var (row, column) = isGradient ? (outputGroup, inputGroup) : (inputGroup, outputGroup)
        if phaseIsInColumns {
            column += phase * (isGradient ? inputGroups : outputGroups)
        } else {
            row += phase * (isGradient ? outputGroups : inputGroups)
        }
        return column * strides.group + row * 256
    }

    private func forEachBlock(_ body: (_ inputGroup: Int, _ outputGroup: Int, _ rows: Int32, _ columns: Int32) -> Void)
    {
        Workers.forEachRange(inputGroups * outputGroups, grain: 4) { range in
            for pair in range {
                let (inputGroup, outputGroup) = pair.quotientAndRemainder(dividingBy: outputGroups)
                body(
                    inputGroup, outputGroup, Int32(min(16, shape.inputChannels - inputGroup * 16)),
                    Int32(min(16, shape.outputChannels - outputGroup * 16)))
            }
        }
    }

    private func source(_ inputGroup: Int, _ outputGroup: Int) -> Int {
        inputGroup * 16 * shape.outputChannels + outputGroup * 16
    }

    /// u[frequency][group of columns][row][16] of the weights [3, 3, C, K].
    func transform(_ w: UnsafePointer<Float>, into u: UnsafeMutablePointer<Float>, _ strides: ck_strides) {
        let size = 3 * (tile + 2)
        axisMatrices.withUnsafeBufferPointer { matrices in
            guard let base = matrices.baseAddress else { return }
            forEachBlock { inputGroup, outputGroup, rows, columns in
                for phase in 0..<phases {
                    ck_winograd_weights(
                        Int32(tile), w + source(inputGroup, outputGroup), shape.inputChannels * shape.outputChannels,
                        shape.outputChannels, rows, columns, isGradient ? 1 : 0, base + phase / 2 * size,
                        base + phase % 2 * size, u + offset(phase, inputGroup, outputGroup, strides), strides.frequency)
                }
            }
        }
    }

    /// The adjoint of `transform`: dw [3, 3, C, K], overwritten.
    func adjoint(_ u: UnsafePointer<Float>, _ strides: ck_strides, into dw: UnsafeMutablePointer<Float>) {
        let size = 3 * (tile + 2)
        // Both factors of every phase, in the order in which the phases lie in u.
        var (p, q): ([Float], [Float]) = ([], [])
        for phase in 0..<phases {
            p += axisMatrices[phase / 2 * size..<(phase / 2 + 1) * size]
            q += axisMatrices[phase % 2 * size..<(phase % 2 + 1) * size]
        }
        p.withUnsafeBufferPointer { p in
            q.withUnsafeBufferPointer { q in
                guard let p = p.baseAddress, let q = q.baseAddress else { return }
                forEachBlock { inputGroup, outputGroup, rows, columns in
                    let first = offset(0, inputGroup, outputGroup, strides)
                    ck_winograd_weight_gradient(
                        Int32(tile), u + first, strides.frequency,
                        offset(1, inputGroup, outputGroup, strides) - first, Int32(phases), p, q,
                        dw + source(inputGroup, outputGroup), shape.inputChannels * shape.outputChannels,
                        shape.outputChannels, rows, columns)
                }
            }
        }
    }
}
