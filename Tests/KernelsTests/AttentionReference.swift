import Foundation
import Kernels
import NumericalTesting
import Testing

/// Attention by its formula in Double, one query after another.
struct AttentionReference: Sendable, CustomTestStringConvertible {
    let shape: AttentionShape
    var testDescription: String {
        "\(shape.samples) of \(shape.queries) to \(shape.keys), \(shape.depth) and \(shape.values) channels"
    }

    init(_ samples: Int, _ queries: Int, _ keys: Int, _ depth: Int, _ values: Int) {
        shape = AttentionShape(samples: samples, queries: queries, keys: keys, depth: depth, values: values)
    }

    /// One key, channels that fill no vector, several blocks of rows, and several parts of them.
    static let cases = [
        AttentionReference(1, 1, 1, 1, 1), AttentionReference(3, 5, 3, 2, 4), AttentionReference(2, 16, 16, 16, 32),
        AttentionReference(2, 100, 33, 8, 20), AttentionReference(1, 600, 70, 9, 17),
        AttentionReference(2, 1024, 256, 4, 16),
    ]

    struct Operands {
        var q: [Float]
        var k: [Float]
        var v: [Float]
        /// Of the result's shape.
        var g: [Float]
    }

    /// - Parameter scale: of queries and keys: how sharp the weights are.
    func operands(seed: UInt64 = 1, scale: Float = 1) -> Operands {
        var samples = Samples(seed: seed)
        return Operands(
            q: samples.floats(shape.queryCount, -scale...scale), k: samples.floats(shape.keyCount, -scale...scale),
            v: samples.floats(shape.valueCount), g: samples.floats(shape.outputCount))
    }

    /// Weights of query l of a sample: of so many as there are keys.
    private func weights(_ o: Operands, _ n: Int, _ l: Int) -> [Double] {
        let d = shape.depth
        let scores = (0..<shape.keys).map { m in
            (0..<d).reduce(0.0) {
                $0 + Double(o.q[(n * shape.queries + l) * d + $1]) * Double(o.k[(n * shape.keys + m) * d + $1])
            }
        }
        let largest = scores.max() ?? 0
        let unnormalized = scores.map { exp($0 - largest) }
        let total = unnormalized.reduce(0, +)
        return unnormalized.map { $0 / total }
    }

    func output(_ o: Operands) -> [Double] {
        let e = shape.values
        var result = [Double](repeating: 0, count: shape.outputCount)
        for n in 0..<shape.samples {
            for l in 0..<shape.queries {
                for (m, weight) in weights(o, n, l).enumerated() {
                    for c in 0..<e {
                        result[(n * shape.queries + l) * e + c] += weight * Double(o.v[(n * shape.keys + m) * e + c])
                    }
                }
            }
        }
        return result
    }

    func gradients(_ o: Operands) -> (q: [Double], k: [Double], v: [Double]) {
        let (d, e) = (shape.depth, shape.values)
        var gq = [Double](repeating: 0, count: shape.queryCount)
        var gk = [Double](repeating: 0, count: shape.keyCount)
        var gv = [Double](repeating: 0, count: shape.valueCount)
        for n in 0..<shape.samples {
            for l in 0..<shape.queries {
                let (row, p) = (n * shape.queries + l, weights(o, n, l))
                let slopes = p.indices.map { m in
                    (0..<e).reduce(0.0) {
                        $0 + Double(o.g[row * e + $1]) * Double(o.v[(n * shape.keys + m) * e + $1])
                    }
                }
                let mean = zip(p, slopes).reduce(0) { $0 + $1.0 * $1.1 }
                for m in p.indices {
                    let (key, s) = (n * shape.keys + m, p[m] * (slopes[m] - mean))
                    for c in 0..<d {
                        gq[row * d + c] += s * Double(o.k[key * d + c])
                        gk[key * d + c] += s * Double(o.q[row * d + c])
                    }
                    for c in 0..<e { gv[key * e + c] += p[m] * Double(o.g[row * e + c]) }
                }
            }
        }
        return (gq, gk, gv)
    }

    func found(_ o: Operands) -> [Float] {
        let out = BufferView(count: shape.outputCount)
        Attention.forward(
            queries: BufferView(o.q), keys: BufferView(o.k), values: BufferView(o.v), into: out, shape: shape)
        return out.array
    }

    func foundGradients(_ o: Operands) -> (q: [Float], k: [Float], v: [Float]) {
        let (gq, gk, gv) = (
            BufferView(count: shape.queryCount), BufferView(count: shape.keyCount), BufferView(count: shape.valueCount)
        )
        Attention.gradient(
            BufferView(o.g), queries: BufferView(o.q), keys: BufferView(o.k), values: BufferView(o.v),
            queryGradient: gq, keyGradient: gk, valueGradient: gv, shape: shape)
        return (gq.array, gk.array, gv.array)
    }

    /// Gradients of queries, keys, values and of the first gradient, one behind the other.
    ///
    /// - Parameter u: what flows back into the three gradients.
    func foundSecondGradients(_ o: Operands, _ u: Operands) -> [[Float]] {
        let result = Attention.SecondGradients(
            queries: BufferView(count: shape.queryCount), keys: BufferView(count: shape.keyCount),
            values: BufferView(count: shape.valueCount), gradient: BufferView(count: shape.outputCount))
        Attention.secondGradient(
            BufferView(o.g), queries: BufferView(o.q), keys: BufferView(o.k), values: BufferView(o.v),
            ofQueries: BufferView(u.q), ofKeys: BufferView(u.k), ofValues: BufferView(u.v), into: result, shape: shape)
        return [result.queries.array, result.keys.array, result.values.array, result.gradient.array]
    }
}
