/// Squared distances of some vectors from the nearest others, which come block by block.
public struct NearestVectors {
    private let block: VectorBlock
    private let neighbours: Int
    /// [count, neighbours], each row in ascending order; infinite where there were not so many.
    public private(set) var squaredDistances: [Double]

    /// - Parameter neighbours: how many of the nearest count.
    public init(_ block: VectorBlock, neighbours: Int) {
        precondition(neighbours > 0, "NearestVectors: \(neighbours) neighbours")
        self.block = block
        self.neighbours = neighbours
        squaredDistances = [Double](repeating: .infinity, count: block.count * neighbours)
    }

    /// Looks at more vectors.
    ///
    /// - Parameter offset: vector i is `others`' vector i + offset, which is no neighbour of itself; nil where they are of
    ///   another set.
    public mutating func look(at others: VectorBlock, offset: Int?) {
        let products = block.products(others)
        let (block, neighbours) = (block, neighbours)
        let (own, other, source) = (block.values.pointer, others.values.pointer, products.pointer)
        let dimension = block.dimension
        let relative = max(block.relativeError, others.relativeError)
        squaredDistances.withUnsafeMutableBufferPointer { all in
            let (all, own, other, source) = (all, own, other, source)
            Workers.forEachRange(block.count, grain: 16) { range in
                for i in range {
                    let first = i * neighbours
                    let last = first + neighbours - 1
                    let norm = block.norms[i]
                    for j in 0..<others.count {
                        let sum = norm + others.norms[j]
                        let least =
                            sum - 2 * Double(source[i * others.count + j])
                            - (relative * sum + block.absoluteError)
                        // Nothing is nearer than what is equal. What is no number decides nothing.
                        if least >= all[last] || all[last] == 0 { continue }
                        if let offset, j == i + offset { continue }
                        let distance = VectorBlock.exact(own + i * dimension, other + j * dimension, dimension)
                        guard distance < all[last] else { continue }
                        var place = last
                        while place > first, all[place - 1] > distance {
                            all[place] = all[place - 1]
                            place -= 1
                        }
                        all[place] = distance
                    }
                }
            }
        }
    }
}
