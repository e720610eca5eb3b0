import CKernels

/// The 3×3 weights of a resampling convolution on the grid of cells (see `PixelGrid`).
///
/// Filter and kernel together are 6×6 at the high resolution. Taken apart by the phase of the high-resolution pixel
/// they become four 3×3 kernels at the low resolution, each linear in the original weights and separable: for phase
/// (p, q), taps a and b, it is Σ L[p][a][s] · L[q][b][t] · w[s][t]. Upsampling has the phase in the output channels,
/// downsampling in the input channels.
struct ResampledWeights {
    let shape: ConvolutionShape

    /// L[p][a][t], flat.
    static func factors(_ resampling: ConvolutionShape.Resampling) -> [Float] {
        let filter: [Float] = [0.125, 0.375, 0.375, 0.125]
        var factors: [Float] = []
        for phase in 0..<(resampling == .none ? 1 : 2) {
            for tap in 0..<3 {
                for weight in 0..<3 {
                    switch resampling {
                    case .none: factors.append(tap == weight ? 1 : 0)
                    // Output pixel 2i + p takes s − t = 2(a − 1) + 1 − p; gain 2 per axis for the zeros between pixels.
                    case .up:
                        let s = weight + 2 * tap - 1 - phase
                        factors.append(filter.indices.contains(s) ? 2 * filter[s] : 0)
                    // Input pixel 2i + u − 2 with u = 2a + p takes s + t = u.
                    case .down:
                        let s = 2 * tap + phase - weight
                        factors.append(filter.indices.contains(s) ? filter[s] : 0)
                    }
                }
            }
        }
        return factors
    }

    /// The composite weights [3, 3, C', K'].
    func compose(_ w: UnsafePointer<Float>, into composite: UnsafeMutablePointer<Float>) {
        forEachTerm { coefficient, plane, row, target in
            let source = w + plane + row * shape.outputChannels
            let sum = composite + target
            for k in 0..<shape.outputChannels { sum[k] += coefficient * source[k] }
        } clearing: {
            composite.update(repeating: 0, count: 4 * shape.weightCount)
        }
    }

    /// The adjoint of `compose`.
    func decompose(_ composite: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>) {
        forEachTerm { coefficient, plane, row, source in
            let sum = dw + plane + row * shape.outputChannels
            let term = composite + source
            for k in 0..<shape.outputChannels { sum[k] += coefficient * term[k] }
        } clearing: {
            dw.update(repeating: 0, count: shape.weightCount)
        }
    }

    private func forEachTerm(_ body: (Float, Int, Int, Int) -> Void, clearing clear: () -> Void) {
        clear()
        let (c, k) = (shape.inputChannels, shape.outputChannels)
        let factors = Self.factors(shape.resampling)
        for phase in 0..<4 {
            for tap in 0..<9 {
                for weight in 0..<9 {
                    let coefficient =
                        factors[phase / 2 * 9 + tap / 3 * 3 + weight / 3]
                        * factors[phase % 2 * 9 + tap % 3 * 3 + weight % 3]
                    if coefficient == 0 { continue }
                    for row in 0..<c {
                        let target =
                            shape.resampling == .up
                            ? ((tap * c + row) * 4 + phase) * k : ((tap * 4 + phase) * c + row) * k
                        body(coefficient, weight * c * k, row, target)
                    }
                }
            }
        }
    }
}
