/// Some rows of a dataset.
public struct DatasetRows: Sendable, Equatable {
    /// uint8 [count, resolution, resolution, channels] of pictures; empty of other samples.
    public var images: [UInt8]
    /// Of samples that are no pictures, [count, height, width, channels] in physical units; empty of pictures.
    public var fields: [Float]
    /// Numbers beside the samples, [count, components] in physical units, or nil.
    public var vectors: [Float]?
    /// Images beside the samples, [count, height, width, channels of the condition] in physical units, or nil.
    public var imageConditions: [Float]?
    /// One class a row, or nil.
    public var labels: [Int32]?
    /// uint8 [count, resolution, resolution], or nil.
    public var semantic: [UInt8]?

    public init(
        images: [UInt8] = [], fields: [Float] = [], labels: [Int32]? = nil, semantic: [UInt8]? = nil,
        vectors: [Float]? = nil, imageConditions: [Float]? = nil
    ) {
        self.images = images
        self.fields = fields
        self.vectors = vectors
        self.imageConditions = imageConditions
        self.labels = labels
        self.semantic = semantic
    }
}
