/// Vectors brought to length 1, which cosines compare by products. A vector of zeros stays one: its cosine with anything
/// is 0.
///
/// Work is divided by shape, so that no bit depends on the number of threads.
public struct UnitVectors {
    public let count: Int
    public let dimension: Int
    /// The first vector that holds what is not finite; nil where all is.
    public let firstNotFinite: Int?
    /// Whether a vector has a direction.
    public let hasDirection: [Bool]
    /// [count, dimension]
    private let values: BufferView

    /// Of each vector which of some others is nearest.
    public struct Nearest {
        /// The lowest number of those that are equally near.
        public let numbers: [UInt8]
        /// With that one.
        public let cosines: [Float]
    }

    /// - Parameter vectors: [count, dimension]; they stay as they are.
    public init(_ vectors: BufferView, dimension: Int) {
        precondition(
            dimension > 0 && vectors.count % dimension == 0,
            "UnitVectors: \(vectors.count) numbers of \(dimension) dimensions")
        let count = vectors.count / dimension
        (self.count, self.dimension) = (count, dimension)
        values = BufferView(count: vectors.count)
        var lengths = [Double](repeating: 0, count: count)
        let (source, target) = (vectors.pointer, values.pointer)
        lengths.withUnsafeMutableBufferPointer { lengths in
            let (source, target, lengths) = (source, target, lengths)
            Workers.forEachRange(count, grain: 64) { range in
                for row in range {
                    let (x, y) = (source + row * dimension, target + row * dimension)
                    // No float's square leaves the range of doubles.
                    var sum = 0.0
                    for i in 0..<dimension { sum += Double(x[i]) * Double(x[i]) }
                    lengths[row] = sum.squareRoot()
                    let scale = sum > 0 ? 1 / lengths[row] : 0
                    for i in 0..<dimension { y[i] = Float(Double(x[i]) * scale) }
                }
            }
        }
        firstNotFinite = lengths.firstIndex { !$0.isFinite }
        hasDirection = lengths.map { $0 > 0 }
    }

    /// One of them.
    public subscript(place: Int) -> BufferView { values.slice(place * dimension, dimension) }

    /// - Parameter others: unit vectors, [1 … 256, dimension].
    public func nearest(of others: BufferView) -> Nearest {
        let choices = others.count / dimension
        precondition(
            (1...256).contains(choices) && others.count == choices * dimension,
            "UnitVectors: nearest of \(others.count) numbers in \(dimension) dimensions")
        let products = BufferView(count: count * choices)
        MatrixProduct.multiply(
            values, others, into: products, rows: count, columns: choices, depth: dimension, transposeB: true)
        var numbers = [UInt8](repeating: 0, count: count)
        var cosines = [Float](repeating: 0, count: count)
        let source = products.pointer
        numbers.withUnsafeMutableBufferPointer { numbers in
            cosines.withUnsafeMutableBufferPointer { cosines in
                let (numbers, cosines, source) = (numbers, cosines, source)
                Workers.forEachRange(count, grain: 1024) { range in
                    for row in range {
                        let own = source + row * choices
                        var best = 0
                        for choice in 1..<choices where own[choice] > own[best] { best = choice }
                        numbers[row] = UInt8(truncatingIfNeeded: best)
                        cosines[row] = own[best]
                    }
                }
            }
        }
        return Nearest(numbers: numbers, cosines: cosines)
    }

    /// Sums of the vectors of each group, in their order and in double precision.
    ///
    /// - Parameters:
    ///   - numbers: of each vector's group.
    ///   - groups: how many there are.
    /// - Returns: [groups, dimension]
    public func sums(by numbers: [UInt8], groups: Int) -> [Double] {
        precondition(
            numbers.count == count && numbers.allSatisfy { $0 < groups },
            "UnitVectors: \(numbers.count) numbers of \(groups) groups for \(count) vectors")
        let (source, count, dimension) = (values.pointer, count, dimension)
        var sums = [Double](repeating: 0, count: groups * dimension)
        sums.withUnsafeMutableBufferPointer { sums in
            numbers.withUnsafeBufferPointer { numbers in
                let (sums, numbers, source) = (sums, numbers, source)
                Workers.forEachRange(dimension, grain: 64) { columns in
                    for row in 0..<count {
                        let group = Int(numbers[row]) * dimension
                        for column in columns { sums[group + column] += Double(source[row * dimension + column]) }
                    }
                }
            }
        }
        return sums
    }
}
