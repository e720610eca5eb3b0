import Kernels
import NumericalTesting
import Testing

/// The passes of batch normalisation by their formulas in Double.
struct BatchNormReference: Sendable, CustomTestStringConvertible {
    let samples: Int
    let positions: Int
    let channels: Int
    let activation: Activation
    /// Whether each sample has its own scale and bias.
    let isConditional: Bool
    var count: Int { samples * positions * channels }
    var testDescription: String {
        "\(samples)×\(positions)×\(channels)\(isConditional ? ", conditional" : ""), slope \(activation.slope)"
    }

    init(_ samples: Int, _ positions: Int, _ channels: Int, _ activation: Activation, isConditional: Bool) {
        (self.samples, self.positions, self.channels) = (samples, positions, channels)
        (self.activation, self.isConditional) = (activation, isConditional)
    }

    private static let relu = Activation(slope: 0, gain: 1)

    /// Channels that fill no vector, one, two, four; several blocks of rows.
    static let all = [
        BatchNormReference(1, 1, 1, .linear, isConditional: false),
        BatchNormReference(3, 4, 3, relu, isConditional: true),
        BatchNormReference(2, 35, 20, Activation(clamp: 1), isConditional: true),
        BatchNormReference(2, 33, 48, relu, isConditional: false),
        BatchNormReference(4, 300, 64, relu, isConditional: true),
        BatchNormReference(2, 400, 100, .linear, isConditional: true),
        BatchNormReference(3, 257, 128, relu, isConditional: false),
    ]

    struct Operands {
        let x: [Float]
        let g: [Float]
        let mean: [Float]
        let scale: [Float]
        let bias: [Float]
        let slope: [Float]
        let offset: [Float]
    }

    /// Away from kinks: the input of the activation is told apart from 0 and from the clamp.
    var operands: Operands {
        var samples = Samples(seed: 3)
        let rows = isConditional ? self.samples : 1
        return Operands(
            x: samples.floats(count, 1...3), g: samples.floats(count), mean: samples.floats(channels, 1.5...2.5),
            scale: samples.signed(rows * channels, 0.5...2), bias: samples.floats(rows * channels),
            slope: samples.floats(channels), offset: samples.floats(channels))
    }

    func terms(_ o: Operands) -> BatchNorm.Terms {
        BatchNorm.Terms(
            mean: BufferView(o.mean), scale: BufferView(o.scale), bias: BufferView(o.bias), activation: activation)
    }

    /// Of each element its sample, its channel, its distance from the mean, and what the activation is applied to.
    private func each(_ o: Operands) -> [(n: Int, c: Int, d: Double, z: Double)] {
        o.x.indices.map { i in
            let (n, c) = (i / (positions * channels), i % channels)
            let place = isConditional ? n * channels + c : c
            let d = Double(o.x[i]) - Double(o.mean[c])
            return (n, c, d, d * Double(o.scale[place]) + Double(o.bias[place]))
        }
    }

    private func slope(_ z: Double) -> Double {
        let slope = Double(z > 0 ? activation.gain : activation.gain * activation.slope)
        guard let clamp = activation.clamp else { return slope }
        return abs(z * slope) < Double(clamp) ? slope : 0
    }

    func output(_ o: Operands) -> [Double] {
        each(o).map { element in
            let y = element.z * Double(element.z > 0 ? 1 : activation.slope) * Double(activation.gain)
            guard let clamp = activation.clamp else { return y }
            return min(max(y, -Double(clamp)), Double(clamp))
        }
    }

    /// [2, C]
    func moments(_ o: Operands) -> [Double] {
        var sums = [Double](repeating: 0, count: 2 * channels)
        for element in each(o) {
            sums[element.c] += element.d
            sums[channels + element.c] += element.d * element.d
        }
        return sums
    }

    /// [samples or 1, 2, C]
    func gradientSums(_ o: Operands) -> [Double] {
        var sums = [Double](repeating: 0, count: (isConditional ? samples : 1) * 2 * channels)
        for (i, element) in each(o).enumerated() {
            let p = Double(o.g[i]) * slope(element.z)
            let place = (isConditional ? element.n : 0) * 2 * channels + element.c
            sums[place] += p
            sums[place + channels] += p * element.d
        }
        return sums
    }

    func gradient(_ o: Operands) -> [Double] {
        each(o).enumerated().map { i, element in
            let scale = o.scale[isConditional ? element.n * channels + element.c : element.c]
            return Double(scale) * Double(o.g[i]) * slope(element.z) + Double(o.slope[element.c]) * element.d
                + Double(o.offset[element.c])
        }
    }

    /// Moments, output, gradient's sums, gradient.
    func found(_ o: Operands) -> [[Float]] {
        let (x, g, terms) = (BufferView(o.x), BufferView(o.g), terms(o))
        let rows = isConditional ? samples : 1
        let (moments, sums) = (BufferView(count: 2 * channels), BufferView(count: rows * 2 * channels))
        let (y, gx) = (BufferView(count: count), BufferView(count: count))
        BatchNorm.moments(x, around: BufferView(o.mean), into: moments)
        BatchNorm.forward(x, terms, samples: samples, into: y)
        BatchNorm.gradientSums(g, x, terms, samples: rows, into: sums)
        BatchNorm.gradient(
            g, x, terms, slope: BufferView(o.slope), offset: BufferView(o.offset), samples: samples, into: gx)
        return [moments.array, y.array, sums.array, gx.array]
    }
}
