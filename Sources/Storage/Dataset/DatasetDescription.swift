/// What all shards of a dataset have in common.
public struct DatasetDescription: Sendable, Equatable {
    /// Of the samples.
    public var format: SampleFormat
    /// Number of label classes, 0 without labels.
    public var classes: Int
    /// Number of values in the semantic maps, 0 without maps.
    public var semanticClasses: Int
    /// Names of the label classes; empty where nobody has told them.
    public var classNames: [String]
    /// Names of the values in the semantic maps; empty where nobody has told them.
    public var semanticNames: [String]
    /// Of the numbers that each sample has beside it; nil without.
    public var vector: VectorFormat?
    /// Of the image or field that each sample has beside it, of the samples' height and width; nil without.
    public var imageCondition: SampleFormat?

    public init(
        format: SampleFormat, classes: Int = 0, semanticClasses: Int = 0, classNames: [String] = [],
        semanticNames: [String] = [], vector: VectorFormat? = nil, imageCondition: SampleFormat? = nil
    ) {
        self.format = format
        self.classes = classes
        self.semanticClasses = semanticClasses
        self.classNames = classNames
        self.semanticNames = semanticNames
        self.vector = vector
        self.imageCondition = imageCondition
    }

    /// Of pictures: bytes of one or three channels.
    public init(
        resolution: Int, channels: Int, classes: Int = 0, semanticClasses: Int = 0, classNames: [String] = [],
        semanticNames: [String] = []
    ) {
        self.init(
            format: .picture(resolution: resolution, channels: channels), classes: classes,
            semanticClasses: semanticClasses, classNames: classNames, semanticNames: semanticNames)
    }

    /// Whether the samples are pictures; see ``SampleFormat/isPicture``.
    public var isPicture: Bool { format.isPicture }
    /// Of pictures, their side; of others, the nominal 4·2ᵏ of networks that make them, see ``SampleFormat/doublings``.
    public var resolution: Int { isPicture ? format.height : 4 << format.doublings }
    public var height: Int { format.height }
    public var width: Int { format.width }
    public var channels: Int { format.channels.count }

    /// Bytes of one sample, as stored.
    public var imageBytes: Int { format.bytes }
    /// Pixels of one sample.
    public var pixels: Int { format.height * format.width }
    /// Bytes of all that belongs to one sample but its label: sample, semantic map, numbers and condition image.
    var rowBytes: Int {
        imageBytes + (semanticClasses > 0 ? pixels : 0) + 4 * (vector?.count ?? 0) + (imageCondition?.bytes ?? 0)
    }
    /// Whether it is what data sets of pictures always were: then its identity and its shards are as ever.
    var isPlain: Bool {
        isPicture && vector == nil && imageCondition == nil
    }
    /// What samples are called in messages.
    var noun: String { isPicture ? "image" : "sample" }
}
