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
    private let load: ([Int]) throws -> [UInt8]

    /// - Parameter load: the images with these numbers, in the order given: uint8 N×H×W×C. Called by one thread.
    public init(
        name: String, count: Int, resolution: Int, channels: Int, load: @escaping ([Int]) throws -> [UInt8]
    ) {
        precondition(
            count >= 0 && resolution > 0 && resolution & (resolution - 1) == 0 && channels > 0,
            "ImageSource: \(count) images of \(resolution)×\(resolution)×\(channels)")
        self.name = name
        self.count = count
        self.resolution = resolution
        self.channels = channels
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
    /// For sets whose images are costly and that several metrics look at: with equal seeds they ask alike.
    public func cached(bytes: Int) -> ImageSource {
        let cache = Cache(room: bytes)
        return ImageSource(name: name, count: count, resolution: resolution, channels: channels) { numbers in
            if let known = cache.answers[numbers] { return known }
            let images = try load(numbers)
            if images.count <= cache.room {
                cache.room -= images.count
                cache.answers[numbers] = images
            }
            return images
        }
    }

    private final class Cache {
        var answers: [[Int]: [UInt8]] = [:]
        var room: Int

        init(room: Int) { self.room = room }
    }
}
