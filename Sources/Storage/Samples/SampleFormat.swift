/// What a sample of a data set is: its size, its channels, and how their values become what networks see.
///
/// Pictures are the case of bytes with one or three channels that are square, a power of two wide.
public struct SampleFormat: Codable, Equatable, Sendable {
    /// How values are stored.
    public enum Element: String, Codable, CaseIterable, Sendable {
        case uint8, uint16, float32

        /// Bytes of a value.
        public var bytes: Int {
            switch self {
            case .uint8: 1
            case .uint16: 2
            case .float32: 4
            }
        }
    }

    /// One of a sample's channels.
    public struct Channel: Codable, Equatable, Sendable {
        /// Such as `temperature`; never empty.
        public var name: String
        /// Of the physical values, such as `K`; empty where nobody has told it.
        public var unit: String
        public var transform: ChannelTransform

        public init(name: String, unit: String = "", transform: ChannelTransform = ChannelTransform()) {
            self.name = name
            self.unit = unit
            self.transform = transform
        }
    }

    public var element: Element
    public var height: Int
    public var width: Int
    /// 1 to ``mostChannels``.
    public var channels: [Channel]

    public static let mostChannels = 64

    public init(element: Element, height: Int, width: Int, channels: [Channel]) {
        self.element = element
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Bytes of one or three channels.
    public static func picture(resolution: Int, channels: Int) -> SampleFormat {
        let all =
            channels == 1
            ? grey
            : channels == 3 ? colours : (0..<channels).map { Channel(name: "channel \($0)", transform: .picture) }
        return SampleFormat(element: .uint8, height: resolution, width: resolution, channels: all)
    }

    private static let grey = [Channel(name: "grey", transform: .picture)]
    private static let colours = ["red", "green", "blue"].map { Channel(name: $0, transform: .picture) }

    /// Whether samples are shown, compared and written as pictures are: their channels are those of
    /// ``picture(resolution:channels:)``. One with a name or a unit of its own is a field's whatever its values are; its
    /// fitted transform may happen to be that of pictures.
    public var isPicture: Bool {
        element == .uint8 && height == width && DatasetFormat.isPowerOfTwo(height)
            && (channels == Self.grey || channels == Self.colours)
    }

    /// Values of one sample.
    public var count: Int { height * width * channels.count }

    /// Bytes of one sample as stored.
    public var bytes: Int { count * element.bytes }

    /// Halvings of height and width that leave whole numbers, each 4 at least: networks double a start of
    /// `height >> doublings` × `width >> doublings` so often.
    public var doublings: Int {
        var count = 0
        while height >> count & 1 == 0, width >> count & 1 == 0, height >> (count + 1) >= 4, width >> (count + 1) >= 4 {
            count += 1
        }
        return count
    }

    /// 96×64
    public var sizeText: String { "\(height)×\(width)" }
}
