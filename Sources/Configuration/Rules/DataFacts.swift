/// What a configuration needs to know of the data set that it is to train on.
public struct DataFacts: Equatable, Sendable {
    /// Of a sample.
    public var height: Int
    public var width: Int
    public var channels: Int
    /// Classes of the labels, 0 without.
    public var classes: Int
    /// Values of the label maps, 0 without.
    public var semanticClasses: Int
    /// Numbers beside each sample, 0 without.
    public var vectorComponents: Int
    /// Channels of the image beside each sample, which has its size; 0 without.
    public var conditionChannels: Int
    /// Bytes of one or three channels, square, a power of two wide; other samples are fields of physical values.
    public var isPicture: Bool
    /// Number of samples; nil where it is not known.
    public var images: Int?

    public init(
        height: Int, width: Int, channels: Int, classes: Int = 0, semanticClasses: Int = 0, vectorComponents: Int = 0,
        conditionChannels: Int = 0, isPicture: Bool, images: Int? = nil
    ) {
        self.height = height
        self.width = width
        self.channels = channels
        self.classes = classes
        self.semanticClasses = semanticClasses
        self.vectorComponents = vectorComponents
        self.conditionChannels = conditionChannels
        self.isPicture = isPicture
        self.images = images
    }

    /// "96×64"
    public var sizeText: String { "\(height)×\(width)" }
}

extension ImageGrid {
    /// Sides of starts that images can be doubled from: the smaller, and the larger.
    static let starts = 4...7
    static let longestStart = 64
    static let mostDoublings = 12

    /// The grid of images of a size: halved as often as both sides stay whole and 4 at least; nil where networks cannot
    /// make that size.
    public init?(height: Int, width: Int) {
        guard height >= 4, width >= 4 else { return nil }
        var k = 0
        while k < Self.mostDoublings, (height >> k) & 1 == 0, (width >> k) & 1 == 0, height >> (k + 1) >= 4,
            width >> (k + 1) >= 4
        {
            k += 1
        }
        let (h, w) = (height >> k, width >> k)
        guard k >= 1, Self.starts.contains(min(h, w)), max(h, w) <= Self.longestStart else { return nil }
        self.init(resolution: 4 << k, startHeight: h, startWidth: w)
    }

    /// Of the sizes that networks can make, the nearest: of each side the nearest multiple of a number of doublings.
    public static func nearest(height: Int, width: Int) -> ImageGrid {
        func start(_ side: Int, _ k: Int) -> Int {
            // Half of 2ᵏ upwards counts as the next.
            min(max((side + (1 << k) / 2) >> k, starts.lowerBound), longestStart)
        }
        let candidates = (1...mostDoublings).map { k in
            var (h, w) = (start(height, k), start(width, k))
            if min(h, w) > starts.upperBound {
                if h <= w { h = starts.upperBound } else { w = starts.upperBound }
            }
            return ImageGrid(resolution: 4 << k, startHeight: h, startWidth: w)
        }
        func distance(_ grid: ImageGrid) -> Int { abs(grid.height - height) + abs(grid.width - width) }
        return candidates.min { distance($0) < distance($1) } ?? candidates[0]
    }
}
