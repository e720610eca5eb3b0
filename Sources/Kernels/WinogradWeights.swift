import CKernels

/// Winograd's transform of weights, joined with their composition for resampling (see `ResampledWeights`): both are
/// separable and linear, so that u = P w Qᵀ with one matrix of (m + 2)×3 per axis and phase.
struct WinogradWeights {
    let shape: ConvolutionShape
    let tile: Int
    /// For the input gradient taps are flipped and rows (channels summed over) and columns exchanged.
    let isGradient: Bool

    private var phases: Int { shape.resampling == .none ? 1 : 4 }
    private var inputGroups: Int { (shape.inputChannels + 15) / 16 }
    private var outputGroups: Int { (shape.outputChannels + 15) / 16 }
    /// The phase belongs to the high resolution: output channels going up, input channels going down.
    private var phaseIsInColumns: Bool { (shape.resampling == .up) != isGradient }

    /// G of section 4 of arXiv 1509.09308.
    private var pointMatrix: [[Float]] {
        tile == 2
            ? [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]
            : [
                [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6],
                [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
            ]
    }

    /// P for each phase along an axis, flat.
    private var axisMatrices: [Float] {
        let factors = ResampledWeights.factors(shape.resampling)
        var matrices: [Float] = []
        for phase in 0..<factors.count / 9 {
            for row in pointMatrix {
                for weight in 0..<3 {
                    var sum: Float = 0
                    for tap in 0..<3 {
                        sum += row[tap] * factors[phase * 9 + (isGradient ? 2 - tap : tap) * 3 + weight]
                    }
                    matrices.append(sum)
                }
            }
        }
        return matrices
    }

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
        let matrices = axisMatrices
        let size = 3 * (tile + 2)
        matrices.withUnsafeBufferPointer { matrices in
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
        let axis = axisMatrices
        // Both factors of every phase, in the order in which the phases lie in u.
        var (p, q): ([Float], [Float]) = ([], [])
        for phase in 0..<phases {
            p += axis[phase / 2 * size..<(phase / 2 + 1) * size]
            q += axis[phase % 2 * size..<(phase % 2 + 1) * size]
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
