/// Some samples in the order in which they were asked for.
public struct Minibatch: Sendable, Equatable {
    /// Pictures: uint8 [count, height, width, channels]; empty of other samples.
    public var images: [UInt8]
    /// Other samples, as networks see them: [count, height, width, channels], each channel by its
    /// ``ChannelTransform``; empty of pictures.
    public var fields: [Float]
    /// One class a sample, or nil.
    public var labels: [Int32]?
    /// uint8 [count, height, width], or nil.
    public var semantic: [UInt8]?
    /// Numbers beside the samples, as networks see them: [count, components], or nil.
    public var vectors: [Float]?
    /// Images beside the samples, as networks see them: [count, height, width, channels of the condition], or nil.
    public var imageConditions: [Float]?
    public var count: Int
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(
        images: [UInt8] = [], fields: [Float] = [], labels: [Int32]? = nil, semantic: [UInt8]? = nil,
        vectors: [Float]? = nil, imageConditions: [Float]? = nil, count: Int, height: Int, width: Int, channels: Int
    ) {
        self.images = images
        self.fields = fields
        self.labels = labels
        self.semantic = semantic
        self.vectors = vectors
        self.imageConditions = imageConditions
        self.count = count
        self.height = height
        self.width = width
        self.channels = channels
    }
}
