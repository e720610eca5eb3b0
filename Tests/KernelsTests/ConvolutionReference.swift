import Kernels

/// Convolution in Double, straight from the definition: blur, then stride; or insertion of zeros, then blur; or pixels
/// repeated before, or averaged after; what is read beyond the border as `Padding` says.
struct ConvolutionReference {
    let shape: ConvolutionShape

    /// y += coefficient · w · x along one axis.
    private struct Term {
        let output: Int
        let tap: Int
        let input: Int
        let coefficient: Double
    }

    private func terms(_ size: Int, _ outputSize: Int) -> [Term] {
        let filter = [1.0 / 8, 3.0 / 8, 3.0 / 8, 1.0 / 8]
        var terms: [Term] = []
        func add(_ output: Int, _ tap: Int, _ input: Int, _ coefficient: Double) {
            if let input = shape.padding.pixel(input, of: size) {
                terms.append(Term(output: output, tap: tap, input: input, coefficient: coefficient))
            }
        }
        for output in 0..<outputSize {
            for tap in 0..<shape.kernel {
                switch shape.resampling {
                case .none: add(output, tap, output * shape.stride + tap - shape.kernel / 2, 1)
                case .down:
                    // b[j] = Σ f[s] x[j − 2 + s]; y[i] = Σ w[t] b[2i + t].
                    for s in 0..<4 { add(output, tap, 2 * output + tap - 2 + s, filter[s]) }
                case .up:
                    // t[m] = Σ w[k] x[(m − k) / 2]; y[j] = 2 Σ f[s] t[j − 1 + s].
                    for s in 0..<4 where (output - 1 + s - tap) % 2 == 0 {
                        add(output, tap, (output - 1 + s - tap) / 2, 2 * filter[s])
                    }
                case .nearestUp:
                    // r[m] = x[m / 2]; y[j] = Σ w[t] r[j + t − 1].
                    if let repeated = shape.padding.pixel(output + tap - 1, of: 2 * size) {
                        add(output, tap, repeated / 2, 1)
                    }
                case .boxDown:
                    // c[j] = Σ w[t] x[j + t − 1]; y[i] = (c[2i] + c[2i + 1]) / 2.
                    for s in 0..<2 { add(output, tap, 2 * output + s + tap - 1, 0.5) }
                }
            }
        }
        return terms
    }

    /// Calls `body` with the offsets of a pixel of x, a C×K plane of w and a pixel of y that meet in a product.
    private func forEachProduct(_ body: (_ x: Int, _ w: Int, _ y: Int, _ coefficient: Double) -> Void) {
        let rows = terms(shape.height, shape.outputHeight)
        let columns = terms(shape.width, shape.outputWidth)
        for image in 0..<shape.batch {
            for row in rows {
                for column in columns {
                    body(
                        ((image * shape.height + row.input) * shape.width + column.input) * shape.inputChannels,
                        (row.tap * shape.kernel + column.tap) * shape.inputChannels * shape.outputChannels,
                        ((image * shape.outputHeight + row.output) * shape.outputWidth + column.output)
                            * shape.outputChannels, row.coefficient * column.coefficient)
                }
            }
        }
    }

    func forward(_ x: [Float], _ w: [Float]) -> [Double] {
        let outputChannels = shape.outputChannels
        return accumulate(shape.outputCount) { y in
            forEachProduct { xs, ws, ys, coefficient in
                for c in 0..<shape.inputChannels {
                    let factor = coefficient * Double(x[xs + c])
                    let row = ws + c * outputChannels
                    for k in 0..<outputChannels { y[ys + k] += factor * Double(w[row + k]) }
                }
            }
        }
    }

    func inputGradient(_ g: [Float], _ w: [Float]) -> [Double] {
        let outputChannels = shape.outputChannels
        return accumulate(shape.inputCount) { dx in
            forEachProduct { xs, ws, ys, coefficient in
                for c in 0..<shape.inputChannels {
                    var sum = 0.0
                    let row = ws + c * outputChannels
                    for k in 0..<outputChannels { sum += Double(g[ys + k]) * Double(w[row + k]) }
                    dx[xs + c] += coefficient * sum
                }
            }
        }
    }

    func weightGradient(_ x: [Float], _ g: [Float]) -> [Double] {
        let outputChannels = shape.outputChannels
        return accumulate(shape.weightCount) { dw in
            forEachProduct { xs, ws, ys, coefficient in
                for c in 0..<shape.inputChannels {
                    let factor = coefficient * Double(x[xs + c])
                    let row = ws + c * outputChannels
                    for k in 0..<outputChannels { dw[row + k] += factor * Double(g[ys + k]) }
                }
            }
        }
    }

    private func accumulate(_ count: Int, _ body: (UnsafeMutableBufferPointer<Double>) -> Void) -> [Double] {
        var sums = [Double](repeating: 0, count: count)
        sums.withUnsafeMutableBufferPointer { body($0) }
        return sums
    }
}

extension Padding {
    /// Step by step: the pixel at a place of an axis of `count`.
    func pixel(_ place: Int, of count: Int) -> Int? {
        var place = place
        while place < 0 || place >= count {
            switch self {
            case .zero: return nil
            case .periodic: place += place < 0 ? count : -count
            case .reflect: place = count == 1 ? 0 : place < 0 ? -place : 2 * (count - 1) - place
            }
        }
        return place
    }
}

extension ConvolutionShape {
    /// The three operations, into buffers in which what was there before would show.
    func run(
        _ x: [Float], _ w: [Float], _ g: [Float], _ cache: TransformCache? = nil
    ) -> (y: [Float], dx: [Float], dw: [Float]) {
        let (x, w, g) = (BufferView(x), BufferView(w), BufferView(g))
        let y = BufferView([Float](repeating: .nan, count: outputCount))
        let dx = BufferView([Float](repeating: .nan, count: inputCount))
        let dw = BufferView([Float](repeating: .nan, count: weightCount))
        Convolution.forward(x, w, into: y, shape: self, cache: cache)
        Convolution.inputGradient(g, w, into: dx, shape: self, cache: cache)
        Convolution.weightGradient(x, g, into: dw, shape: self)
        return (y.array, dx.array, dw.array)
    }
}

/// Uniform on [−1, 1), the same for the same seed.
func uniform(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Float(state >> 40) * 0x1p-23 - 1
    }
}
