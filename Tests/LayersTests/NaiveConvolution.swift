import Kernels
import Layers
import NumericalTesting

/// One image, resampled and convolved in Double, with weights given by a function: room for weights per sample.
struct NaiveConvolution {
    let height: Int
    let width: Int
    let input: Int
    let output: Int
    let kernel: Int
    let resampling: ResolutionChange
    var padding = Padding.zero

    var outputHeight: Int { scaled(height) }
    var outputWidth: Int { scaled(width) }

    private func scaled(_ size: Int) -> Int {
        switch resampling {
        case .none: size
        case .up: 2 * size
        case .down: size / 2
        }
    }

    /// What reaches output pixel `o` along one axis: input pixel, tap of the kernel, coefficient.
    private func terms(_ o: Int, _ size: Int) -> [(input: Int, tap: Int, coefficient: Double)] {
        let filter = [0.125, 0.375, 0.375, 0.125]
        var terms: [(input: Int, tap: Int, coefficient: Double)] = []
        for tap in 0..<kernel {
            switch resampling {
            case .none: terms.append((o + tap - kernel / 2, tap, 1))
            case .down:
                for s in 0..<4 { terms.append((2 * o + tap - kernel / 2 - 1 + s, tap, filter[s])) }
            case .up:
                for s in 0..<4 {
                    let inserted = o - 2 + s + kernel / 2 - tap
                    if inserted % 2 == 0 { terms.append((inserted / 2, tap, 2 * filter[s])) }
                }
            }
        }
        return terms.compactMap { term in
            place(term.input, size).map { (input: $0, tap: term.tap, coefficient: term.coefficient) }
        }
    }

    /// The pixel that stands at a place inside or beyond the border.
    private func place(_ i: Int, _ size: Int) -> Int? {
        if (0..<size).contains(i) { return i }
        switch padding {
        case .zero: return nil
        case .periodic: return (i % size + size) % size
        case .reflect: return size == 1 ? 0 : place(i < 0 ? -i : 2 * (size - 1) - i, size)
        }
    }

    /// - Parameters:
    ///   - x: [H, W, input]
    ///   - weight: of (row tap, column tap, input channel, output channel)
    /// - Returns: [H', W', output]
    func callAsFunction(_ x: ArraySlice<Float>, _ weight: (Int, Int, Int, Int) -> Double) -> [Double] {
        var out: [Double] = []
        for i in 0..<outputHeight {
            for j in 0..<outputWidth {
                for k in 0..<output {
                    var sum = 0.0
                    for row in terms(i, height) {
                        for column in terms(j, width) {
                            let pixel = x.startIndex + (row.input * width + column.input) * input
                            for c in 0..<input {
                                sum +=
                                    row.coefficient * column.coefficient * Double(x[pixel + c])
                                    * weight(row.tap, column.tap, c, k)
                            }
                        }
                    }
                    out.append(sum)
                }
            }
        }
        return out
    }
}

extension Parameters {
    /// Every element random, biases and strengths too.
    static func random(_ declarations: [ParameterDeclaration], seed: UInt64) -> Parameters {
        let parameters = Parameters(declarations)
        var samples = Samples(seed: seed)
        for view in [parameters.values, parameters.state] {
            Elementwise.copy(BufferView(samples.floats(view.count)), into: view)
        }
        parameters.didChange()
        return parameters
    }

    /// Stored elements, before the run-time scale.
    func stored(_ name: String) -> [Double] {
        entry(named: name).map { view($0).array.map(Double.init) } ?? []
    }
}

func leaky(_ x: Double, _ activation: Activation) -> Double {
    let y = Double(activation.gain) * (x > 0 ? x : Double(activation.slope) * x)
    let clamp = activation.clamp.map(Double.init) ?? .infinity
    return min(max(y, -clamp), clamp)
}
