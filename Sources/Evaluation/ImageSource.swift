/// A set of images that a metric looks at: any image by its number, on whichever rank asks for it.
///
/// An image must be a pure function of its number, the same on all ranks: metrics deal the images to the ranks, and may
/// ask for one more than once.
public struct ImageSource {
    /// What errors call the set, such as "generated".
    public let name: String
    /// Images; their numbers are 0..<count.
    public let count: Int
    /// Side of the images, a power of two.
    public let resolution: Int
    public let channels: Int
    /// Where real images come from; nil of images that are made.
    public let origin: ImageOrigin?
    /// Images of latents near each other; nil of images that have no latents.
    public let paths: LatentPaths?
    /// The images' label maps; nil of images without.
    public let maps: LabelMapSource?
    /// Tells it from all other sets; copies, and what ``cached(bytes:)`` returns, are the same set.
    let token: Token
    private let load: ([Int]) throws -> [UInt8]

    /// - Parameter load: the images with these numbers, in the order given: uint8 N×H×W×C. Called by one thread.
    public init(
        name: String, count: Int, resolution: Int, channels: Int, origin: ImageOrigin? = nil,
        paths: LatentPaths? = nil, maps: LabelMapSource? = nil, load: @escaping ([Int]) throws -> [UInt8]
    ) {
        self.init(
            name: name, count: count, resolution: resolution, channels: channels, origin: origin, paths: paths,
            maps: maps, token: Token(), load: load)
    }

    private init(
        name: String, count: Int, resolution: Int, channels: Int, origin: ImageOrigin?, paths: LatentPaths?,
        maps: LabelMapSource?, token: Token, load: @escaping ([Int]) throws -> [UInt8]
    ) {
        precondition(
            count >= 0 && resolution > 0 && resolution & (resolution - 1) == 0 && channels > 0,
            "ImageSource: \(count) images of \(resolution)×\(resolution)×\(channels)")
        precondition(
            origin == nil || origin?.places.count == count,
            "ImageSource: \(count) images of \(origin?.places.count ?? 0) places")
        self.name = name
        self.count = count
        self.resolution = resolution
        self.channels = channels
        self.origin = origin
        self.paths = paths
        self.maps = maps
        self.token = token
        self.load = load
    }

    /// Bytes of one image.
    var imageBytes: Int { resolution * resolution * channels }

    /// uint8 N×H×W×C
    public func images(_ numbers: [Int]) throws -> [UInt8] {
        let bytes = try load(numbers)
        precondition(
            bytes.count == numbers.count * imageBytes,
            "ImageSource \(name): \(bytes.count) bytes for \(numbers.count) images of \(imageBytes)")
        return bytes
    }

    /// The same set, which remembers what it was asked for, up to so many bytes on each rank.
    ///
    /// For sets whose images are costly and that several metrics look at: with equal seeds a rank has the same images
    /// to look at, be it a few or many at a time.
    public func cached(bytes: Int) -> ImageSource {
        let cache = SampleCache<UInt8>(bytes: bytes, size: imageBytes)
        return copy(paths: paths) { numbers in try cache.values(numbers, load) }
    }

    /// The same set with other ways to its images.
    func copy(paths: LatentPaths?, load: @escaping ([Int]) throws -> [UInt8]) -> ImageSource {
        ImageSource(
            name: name, count: count, resolution: resolution, channels: channels, origin: origin, paths: paths,
            maps: maps, token: token, load: load)
    }

    final class Token {}
}

/// Where real images stand: what is found of them can be kept under it.
public struct ImageOrigin: Sendable, Equatable {
    /// Names an order of a data set's images, and how they were prepared.
    public let order: String
    /// Their places in it.
    public let places: Range<Int>

    public init(order: String, places: Range<Int>) {
        self.order = order
        self.places = places
    }
}

/// Pairs of images whose latents lie a step apart on a path between two random ones (arXiv 1812.04948, section 4.1).
public struct LatentPaths {
    /// Pairs; their numbers are 0..<count.
    public let count: Int
    /// In which the path goes, for labels: `w`, `z`.
    public let space: String
    private let load: (_ numbers: [Int], _ step: Float) throws -> [Float]

    /// - Parameter load: float [2·N, H, W, C] of the pairs with these numbers, nominally 0…255, not quantised; a pair's
    ///   images follow each other. The second image is `step` of the way to the other latent from the first.
    public init(
        count: Int, space: String, load: @escaping (_ numbers: [Int], _ step: Float) throws -> [Float]
    ) {
        self.count = count
        self.space = space
        self.load = load
    }

    package func images(_ numbers: [Int], step: Float) throws -> [Float] { try load(numbers, step) }
}
