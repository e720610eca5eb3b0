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
}

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

/// Names and limits of the format.
enum DatasetFormat {
    static let format = "ganglion-dataset"
    /// What is written. Version 2 has a hash for each chunk in the seal, see ``ShardSeal``.
    static let version = 2
    /// What is read.
    static let versions = 1...2

    /// A row read at random costs a chunk, so chunks are small: about 64 KB.
    static func chunkRows(rowBytes: Int) -> Int { max(1, min(64, 65_536 / max(1, rowBytes))) }

    /// An image of it, in colour, fits into a shard.
    static let largestResolution = 8192
    static let shardCounts = 1...99_999

    /// Shards are built in memory.
    static let largestShard = 1 << 29
    static let usualShard = 1 << 27

    static func shardName(_ index: Int) -> String {
        let digits = String(index)
        return "shard-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".h5"
    }

    /// Bounds of what a shard may state of its dataset, so that no product of these numbers is too large.
    static let resolutions = 4...1 << 14
    static let mostClasses = 1 << 16
    static let mostSemanticClasses = 256
    /// Samples are dealt by permutations of numbers of 32 bits, in which a row may stand twice.
    static let mostRows = 1 << 31 - 1

    /// - Throws: ``DatasetError`` (65) naming the shard and the number that cannot be.
    static func check(
        _ description: DatasetDescription, countTotal: Int, index: Int, shards: Int, _ path: String
    ) throws {
        func expect(_ holds: Bool, _ found: String, _ expected: String) throws {
            if holds { return }
            throw DatasetError.badData(
                "\(path): states \(found), expected \(expected): it is damaged or forged. Import the data again")
        }
        let (side, channels) = (description.resolution, description.channels)
        try expect(
            isPowerOfTwo(side) && resolutions.contains(side), "resolution \(side)",
            "a power of two from \(resolutions.lowerBound) to \(resolutions.upperBound)")
        try expect(channels == 1 || channels == 3, "\(channels) channels", "1 or 3")
        try expect(
            (0...mostClasses).contains(description.classes), "\(description.classes) classes", "0 to \(mostClasses)")
        try expect(
            (0...mostSemanticClasses).contains(description.semanticClasses),
            "\(description.semanticClasses) semantic classes", "0 to \(mostSemanticClasses)")
        try expect((1...99_999).contains(shards), "\(shards) shards", "1 to 99999")
        try expect((0..<shards).contains(index), "that it is shard \(index)", "0 to \(shards - 1)")
        try expect((1...mostRows).contains(countTotal), "\(countTotal) images in all", "1 to \(mostRows)")
    }

    static func isShardName(_ name: String) -> Bool { name.hasPrefix("shard-") && name.hasSuffix(".h5") }

    static func isPowerOfTwo(_ value: Int) -> Bool { value > 0 && value & (value - 1) == 0 }

    /// The identity of a dataset: its description and its rows in order, whatever the version of the format.
    struct Identity {
        private var hash = ContentHash()

        mutating func add(image: ArraySlice<UInt8>, label: Int32?, semantic: ArraySlice<UInt8>?) {
            image.withUnsafeBytes { hash.add($0) }
            if var label = label?.littleEndian { withUnsafeBytes(of: &label) { hash.add($0) } }
            semantic?.withUnsafeBytes { hash.add($0) }
        }

        func text(_ description: DatasetDescription, count: Int) -> String {
            var final = hash
            final.add(
                "\(format) 1 \(count) \(description.resolution) \(description.channels) "
                    + "\(description.classes) \(description.semanticClasses)")
            return final.text
        }
    }
}
