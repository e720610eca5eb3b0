/// Some samples in the order in which they were asked for.
public struct Minibatch: Sendable, Equatable {
    /// uint8 [count, height, width, channels].
    public var images: [UInt8]
    /// One class a sample, or nil.
    public var labels: [Int32]?
    /// uint8 [count, height, width], or nil.
    public var semantic: [UInt8]?
    public var count: Int
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(
        images: [UInt8], labels: [Int32]? = nil, semantic: [UInt8]? = nil, count: Int, height: Int, width: Int,
        channels: Int
    ) {
        self.images = images
        self.labels = labels
        self.semantic = semantic
        self.count = count
        self.height = height
        self.width = width
        self.channels = channels
    }
}
