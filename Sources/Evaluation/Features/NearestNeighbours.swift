import Kernels

/// The real images nearest to given ones, by Euclidean distance, in pixels or in the features of a network.
///
/// What an image is nearest to tells whether it was made or remembered. The same whatever the number of threads.
public struct NearestNeighbours {
    /// A real image, and how far it is.
    public struct Found: Sendable, Equatable {
        /// Its number in the set.
        public let number: Int
        public let distance: Double
    }

    /// Images looked at together.
    private static let batch = 64

    private let count: Int
    private let resolution: Int
    private let channels: Int
    private let extractor: (any FeatureExtractor)?
    private let dimension: Int
    /// [count, dimension]
    private let rows: [Float]
    private let view: BufferView
    private let squares: [Double]

    /// - Parameters:
    ///   - images: uint8 [count, resolution, resolution, channels].
    ///   - extractor: nil for pixels.
    /// - Throws: ``EvaluationError`` where the extractor cannot look at such images.
    public init(
        of images: [UInt8], count: Int, resolution: Int, channels: Int, extractor: (any FeatureExtractor)?
    ) throws {
        precondition(
            images.count == count * resolution * resolution * channels && count > 0,
            "NearestNeighbours: \(images.count) bytes for \(count) images of \(resolution)×\(resolution)×\(channels)")
        (self.count, self.resolution, self.channels) = (count, resolution, channels)
        self.extractor = extractor
        dimension = extractor?.dimension ?? resolution * resolution * channels
        rows = try Self.rows(images, count, resolution, channels, extractor)
        view = BufferView(rows)
        squares = Self.squares(rows, dimension)
    }

    /// Looks through a set of real images.
    ///
    /// - Parameters:
    ///   - real: of the same size.
    ///   - neighbours: how many of each.
    ///   - excluded: for each image the number of a real one that does not count, such as itself; empty for none.
    ///   - progress: takes how many real images have been looked at.
    /// - Returns: for each image its neighbours, the nearest first; fewer where there are not so many.
    public func find(
        in real: ImageSource, neighbours: Int, excluding excluded: [Int] = [], progress: (Int) -> Void = { _ in }
    ) throws -> [[Found]] {
        precondition(
            real.resolution == resolution && real.channels == channels,
            "NearestNeighbours: of \(resolution)×\(resolution)×\(channels) among \(real.resolution)×\(real.resolution)×"
                + "\(real.channels)")
        var found = [[Found]](repeating: [], count: count)
        for start in stride(from: 0, to: real.count, by: Self.batch) {
            let numbers = Array(start..<min(real.count, start + Self.batch))
            let others = try Self.rows(try real.images(numbers), numbers.count, resolution, channels, extractor)
            let otherSquares = Self.squares(others, dimension)
            let products = BufferView(count: count * numbers.count)
            MatrixProduct.multiply(
                view, BufferView(others), into: products, rows: count, columns: numbers.count, depth: dimension,
                transposeB: true)
            let values = products.array
            for query in 0..<count {
                for place in numbers.indices where excluded.isEmpty || excluded[query] != numbers[place] {
                    let total = squares[query] + otherSquares[place]
                    let rough = total - 2 * Double(values[query * numbers.count + place])
                    // The difference of large numbers is not exact: whatever might belong is measured once more.
                    if found[query].count == neighbours, let last = found[query].last,
                        rough - 1e-4 * total > last.distance * last.distance
                    {
                        continue
                    }
                    let distance = self.distance(query, others, place)
                    let after = found[query].firstIndex { $0.distance > distance } ?? found[query].count
                    guard after < neighbours else { continue }
                    found[query].insert(Found(number: numbers[place], distance: distance), at: after)
                    if found[query].count > neighbours { found[query].removeLast() }
                }
            }
            progress(start + numbers.count)
        }
        return found
    }

    private func distance(_ query: Int, _ others: [Float], _ place: Int) -> Double {
        var sum = 0.0
        for i in 0..<dimension {
            let difference = Double(rows[query * dimension + i]) - Double(others[place * dimension + i])
            sum += difference * difference
        }
        return sum.squareRoot()
    }

    /// [count, dimension]
    private static func rows(
        _ images: [UInt8], _ count: Int, _ resolution: Int, _ channels: Int, _ extractor: (any FeatureExtractor)?
    ) throws -> [Float] {
        let size = resolution * resolution * channels
        guard let extractor else { return images.map { Float($0) } }
        var rows: [Float] = []
        rows.reserveCapacity(count * extractor.dimension)
        for start in stride(from: 0, to: count, by: batch) {
            let end = min(count, start + batch)
            let pixels = images[start * size..<end * size].map { Float($0) }
            rows += try extractor.features(
                of: pixels, count: end - start, resolution: resolution, channels: channels
            ).features
        }
        return rows
    }

    private static func squares(_ rows: [Float], _ dimension: Int) -> [Double] {
        stride(from: 0, to: rows.count, by: dimension).map { start in
            rows[start..<start + dimension].reduce(0) { $0 + Double($1) * Double($1) }
        }
    }
}
