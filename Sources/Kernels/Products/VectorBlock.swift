/// Some vectors, and what bounds their distances from others.
///
/// Distances are found through products in single precision of vectors that a centre was taken from, and where that
/// decides nothing, in double precision from the vectors themselves: what is decided is as if all were in double precision,
/// whatever processors, blocks and threads have made of the products.
public struct VectorBlock {
    public let count: Int
    let dimension: Int
    /// [count, dimension]
    let values: BufferView
    /// The same without the centre.
    let centred: BufferView
    /// Squared lengths of those.
    let norms: [Double]
    /// So much of the sum of two squared lengths, and so much besides, is the most that a squared distance may be wrong by:
    /// |fl(xᵀy) − xᵀy| ≤ n·u·|x|ᵀ|y| in any order of summation (Higham 2002, section 3.1), and the centre's rounding.
    let (relativeError, absoluteError): (Double, Double)

    /// - Parameters:
    ///   - values: [count, dimension]
    ///   - centre: equal for the blocks of both sides.
    public init(_ values: BufferView, centre: [Float]) {
        let dimension = centre.count
        precondition(
            dimension > 0 && values.count % dimension == 0,
            "VectorBlock: \(values.count) numbers of \(dimension) dimensions")
        self.values = values
        self.dimension = dimension
        let count = values.count / dimension
        self.count = count
        centred = BufferView(count: values.count)
        var norms = [Double](repeating: 0, count: count)
        let (source, target) = (values.pointer, centred.pointer)
        norms.withUnsafeMutableBufferPointer { norms in
            let (source, target, norms) = (source, target, norms)
            Workers.forEachRange(count, grain: 16) { range in
                for row in range {
                    var sum = 0.0
                    for i in 0..<dimension {
                        let value = source[row * dimension + i] - centre[i]
                        target[row * dimension + i] = value
                        sum += Double(value) * Double(value)
                    }
                    norms[row] = sum
                }
            }
        }
        self.norms = norms
        // What overflows as a product decides nothing.
        let isTooLong = !norms.allSatisfy { $0 < 1e36 }
        relativeError = isTooLong ? .infinity : Double(dimension + 8) * 0x1p-24
        // Products that are too small to be told from 0.
        absoluteError = Double(dimension) * 0x1p-124
    }

    /// Products of all vectors with those of another block: [count, other.count].
    func products(_ other: VectorBlock) -> BufferView {
        let result = BufferView(count: count * other.count)
        MatrixProduct.multiply(
            centred, other.centred, into: result, rows: count, columns: other.count, depth: dimension,
            transposeB: true)
        return result
    }

    /// The squared distance of two vectors in double precision; the same whichever comes first.
    static func exact(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ dimension: Int
    ) -> Double {
        // Four sums hide each other's delay.
        var sums = SIMD4<Double>()
        var i = 0
        while i + 4 <= dimension {
            let x = SIMD4(Double(a[i]), Double(a[i + 1]), Double(a[i + 2]), Double(a[i + 3]))
            let y = SIMD4(Double(b[i]), Double(b[i + 1]), Double(b[i + 2]), Double(b[i + 3]))
            let difference = x - y
            sums += difference * difference
            i += 4
        }
        var sum = (sums[0] + sums[1]) + (sums[2] + sums[3])
        while i < dimension {
            let difference = Double(a[i]) - Double(b[i])
            sum += difference * difference
            i += 1
        }
        return sum
    }
}
