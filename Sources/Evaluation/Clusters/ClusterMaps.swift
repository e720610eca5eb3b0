/// Which cluster each position of some images' feature maps belongs to.
public struct ClusterMaps: Sendable, Equatable {
    /// Height and width of a map.
    public let resolution: Int
    public let clusters: Int
    /// Channels of the feature maps; mean cosine distance of those that the clusters were fitted to from their centres.
    public let channels: Int
    public let distance: Double
    /// [images, resolution, resolution]
    public private(set) var numbers: [UInt8]

    public var count: Int { numbers.count / (resolution * resolution) }

    public init(resolution: Int, clusters: Int, channels: Int = 0, distance: Double = 0, numbers: [UInt8]) {
        precondition(
            resolution > 0 && numbers.count % (resolution * resolution) == 0
                && numbers.allSatisfy { $0 < clusters },
            "ClusterMaps: \(numbers.count) numbers of \(clusters) clusters at \(resolution)×\(resolution)")
        self.resolution = resolution
        self.clusters = clusters
        self.channels = channels
        self.distance = distance
        self.numbers = numbers
    }

    /// That of one image, row by row.
    public func map(_ image: Int) -> [UInt8] {
        let size = resolution * resolution
        return Array(numbers[image * size..<(image + 1) * size])
    }

    /// The same clusters with numbers by their sizes, the largest first: what k-means numbers them by says nothing.
    public func numberedBySize() -> ClusterMaps {
        var sizes = [Int](repeating: 0, count: clusters)
        for number in numbers { sizes[Int(number)] += 1 }
        let order = (0..<clusters).sorted { (-sizes[$0], $0) < (-sizes[$1], $1) }
        var renumbered = [UInt8](repeating: 0, count: clusters)
        for (place, cluster) in order.enumerated() { renumbered[cluster] = UInt8(place) }
        return numbered(renumbered)
    }

    /// The same clusters with the numbers of those of other maps of the same images that they overlap with most: of all
    /// ways to pair them, the one in which most positions have the same number in both.
    ///
    /// - Parameter other: of as many images and clusters, at the same resolution or one that divides this one's.
    public func matched(to other: ClusterMaps) -> ClusterMaps {
        precondition(
            count == other.count && clusters == other.clusters && resolution % other.resolution == 0,
            "ClusterMaps: \(count) of \(clusters) clusters at \(resolution), matched to \(other.count) of "
                + "\(other.clusters) at \(other.resolution)")
        let (side, factor) = (resolution, resolution / other.resolution)
        var overlap = [[Int]](repeating: [Int](repeating: 0, count: clusters), count: clusters)
        for line in 0..<count * side {
            let (image, row) = (line / side, line % side)
            let start = (image * other.resolution + row / factor) * other.resolution
            for column in 0..<side {
                overlap[Int(numbers[line * side + column])][Int(other.numbers[start + column / factor])] += 1
            }
        }
        return numbered(BestMatching.columns(overlap).map { UInt8($0) })
    }

    private func numbered(_ renumbered: [UInt8]) -> ClusterMaps {
        var maps = self
        maps.numbers = numbers.map { renumbered[Int($0)] }
        return maps
    }
}
