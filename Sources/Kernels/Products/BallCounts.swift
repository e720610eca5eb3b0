/// Which vectors of two sets lie in balls around those of the other; the second set comes block by block.
public struct BallCounts {
    /// Squared radii of the balls around the first set's vectors, of those with their border.
    private let closed: [Double]
    /// The same of balls without it.
    private let open: [Double]
    private let block: VectorBlock
    /// How many of the second set's vectors lie in each vector's open ball.
    public private(set) var inside: [Int]
    /// Whether each vector lies in a closed ball around some vector of the second set.
    public private(set) var isCovered: [Bool]

    /// - Parameters:
    ///   - closed: squared radii around each vector of balls with their border.
    ///   - open: of balls without it.
    public init(_ block: VectorBlock, closed: [Double], open: [Double]) {
        precondition(
            closed.count == block.count && open.count == block.count,
            "BallCounts: \(closed.count) and \(open.count) radii of \(block.count) vectors")
        self.block = block
        self.closed = closed
        self.open = open
        inside = [Int](repeating: 0, count: block.count)
        isCovered = [Bool](repeating: false, count: block.count)
    }

    /// Looks at more vectors of the second set.
    ///
    /// - Parameters:
    ///   - others: with the first set's centre.
    ///   - radii: squared, of the closed balls around them.
    ///   - isHit: set where one of them lies in a closed ball around some vector of the first set.
    public mutating func look(at others: VectorBlock, radii: [Double], isHit: inout [Bool]) {
        precondition(
            radii.count == others.count && isHit.count == others.count,
            "BallCounts: \(radii.count) radii and \(isHit.count) marks of \(others.count) vectors")
        let products = block.products(others)
        let count = others.count
        let grain = 64
        // Items of the loop share the second set: each has its own marks.
        let items = (block.count + grain - 1) / grain
        var marks = [Bool](repeating: false, count: items * count)
        let job = Job(block: block, others: others, products: products, closed: closed, open: open, radii: radii)
        inside.withUnsafeMutableBufferPointer { inside in
            isCovered.withUnsafeMutableBufferPointer { covered in
                marks.withUnsafeMutableBufferPointer { marks in
                    let (inside, covered, marks) = (inside, covered, marks)
                    Workers.forEachRange(block.count, grain: grain) { range in
                        let base = range.lowerBound / grain * count
                        for i in range {
                            for j in 0..<count {
                                let found = job.relation(
                                    i, j, needsCover: !covered[i], needsHit: !marks[base + j])
                                if found.isInside { inside[i] += 1 }
                                if found.covers { covered[i] = true }
                                if found.hits { marks[base + j] = true }
                            }
                        }
                    }
                }
            }
        }
        for (index, mark) in marks.enumerated() where mark { isHit[index % count] = true }
    }

    private struct Job: @unchecked Sendable {
        private let a, b, products: UnsafePointer<Float>
        private let aNorms, bNorms: [Double]
        private let closed, open, radii: [Double]
        private let dimension, count: Int
        private let relative, absolute: Double
        /// Keeps what is looked at.
        private let owners: [BufferView]

        init(
            block: VectorBlock, others: VectorBlock, products: BufferView, closed: [Double], open: [Double],
            radii: [Double]
        ) {
            a = UnsafePointer(block.values.pointer)
            b = UnsafePointer(others.values.pointer)
            self.products = UnsafePointer(products.pointer)
            owners = [block.values, others.values, products]
            (aNorms, bNorms) = (block.norms, others.norms)
            (self.closed, self.open, self.radii) = (closed, open, radii)
            (dimension, count) = (block.dimension, others.count)
            relative = max(block.relativeError, others.relativeError)
            absolute = block.absoluteError
        }

        @inline(__always)
        func relation(
            _ i: Int, _ j: Int, needsCover: Bool, needsHit: Bool
        ) -> (isInside: Bool, covers: Bool, hits: Bool) {
            let sum = aNorms[i] + bNorms[j]
            let distance = sum - 2 * Double(products[i * count + j])
            let error = relative * sum + absolute
            let (least, most) = (distance - error, distance + error)
            // Most pairs are far apart.
            if least >= open[i], least > closed[i], least > radii[j] { return (false, false, false) }
            let isDecided =
                (least >= open[i] || most < open[i])
                && (!needsCover || least > radii[j] || most <= radii[j])
                && (!needsHit || least > closed[i] || most <= closed[i])
            if isDecided {
                return (most < open[i], needsCover && most <= radii[j], needsHit && most <= closed[i])
            }
            let exact = VectorBlock.exact(a + i * dimension, b + j * dimension, dimension)
            return (exact < open[i], exact <= radii[j], exact <= closed[i])
        }
    }
}
