/// Sizes of a network's feature maps: all are a start of `startHeight` × `startWidth`, doubled k times.
///
/// A map's place is told by its nominal resolution 4·2ᵏ, whatever its size: for square images that are a power of two
/// wide both are the same.
public struct NetworkGrid: Hashable, Sendable {
    /// Nominal, of the images: 4·2ᵏ.
    public var resolution: Int
    public var startHeight: Int
    public var startWidth: Int

    public init(resolution: Int, startHeight: Int = 4, startWidth: Int = 4) {
        precondition(
            resolution >= 4 && resolution & (resolution - 1) == 0 && startHeight >= 1 && startWidth >= 1,
            "network grid: \(startHeight)×\(startWidth) up to a nominal \(resolution)")
        self.resolution = resolution
        self.startHeight = startHeight
        self.startWidth = startWidth
    }

    public var imageSize: MapSize { size(at: resolution) }

    /// Of the maps at a nominal resolution.
    public func size(at resolution: Int) -> MapSize {
        MapSize(height: startHeight * resolution / 4, width: startWidth * resolution / 4)
    }
}

/// Height and width of images or feature maps.
public struct MapSize: Hashable, Sendable, CustomStringConvertible {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    public static func square(_ side: Int) -> MapSize { MapSize(height: side, width: side) }

    public var count: Int { height * width }
    public var description: String { "\(height)×\(width)" }
}
