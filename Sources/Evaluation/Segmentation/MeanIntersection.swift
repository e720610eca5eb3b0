import Cluster
import Storage

/// Label maps of a set's images: those that generated images were made of, and those that real ones have.
public struct LabelMapSource {
    /// Values stay below it.
    public let classes: Int
    /// A class that is no class of any: its pixels do not count; nil where all do.
    public let ignored: Int?
    private let load: ([Int]) throws -> [UInt8]

    /// - Parameter load: of the images with these numbers, uint8 [N, H, W] of the images' size.
    public init(classes: Int, ignored: Int?, load: @escaping ([Int]) throws -> [UInt8]) {
        (self.classes, self.ignored, self.load) = (classes, ignored, load)
    }

    func maps(_ numbers: [Int]) throws -> [UInt8] { try load(numbers) }
}

/// Mean intersection over union of the label maps that images were made of and what a segmenter sees in the images
/// (arXiv 1903.07291, section 4: "whether the content of generated images matches the label map"), and the pixel accuracy: the
/// share of pixels told right.
///
/// The segmenter learned from real images: `ganglion features train --maps`. What it says of the data set's own images is the
/// most that generated ones can be expected to have. Counts of pixels are summed over all images before anything is divided.
public struct MeanIntersection {
    private let segmenter: SegmenterNetwork
    private let seed: UInt64

    /// Collective.
    ///
    /// - Throws: ``EvaluationError`` on all ranks alike where images have no label maps, or others than the segmenter knows;
    ///   what the source throws; ``ClusterError``.
    func counts(of source: ImageSource, _ communicator: any Communicator) throws -> ConfusionMatrix {
        guard let maps = source.maps else {
            throw EvaluationError("mIoU: the \(source.name) images have no label maps")
        }
        guard maps.classes == segmenter.shape.classes else {
            throw EvaluationError(
                "mIoU: the label maps of the \(source.name) images have \(maps.classes) classes, the segmenter tells "
                    + "\(segmenter.shape.classes); expected the segmenter of this data set")
        }
        if let problem = segmenter.problem(resolution: source.resolution, channels: source.channels) {
            throw EvaluationError("mIoU: the segmenter \(problem)")
        }
        let deal = ImageDeal(count: source.count, seed: seed)
        var counts = ConfusionMatrix(classes: maps.classes)
        let (side, ignored) = (source.resolution, ignored(maps))
        try deal.forEachPart(of: ImageDeal.together(size: source.imageBytes), communicator) { places in
            let numbers = places.map { deal.number($0) }
            let pixels = try source.images(numbers).map { Float($0) }
            let truth = MajorityFilter.down(
                try maps.maps(numbers), count: numbers.count, height: side, width: side,
                factor: side / segmenter.shape.resolution)
            let told = segmenter.classes(
                of: pixels, count: numbers.count, resolution: side, channels: source.channels, leavingOut: ignored)
            counts.add(truth: truth, told: told, ignored: ignored)
        }
        return try counts.summed(communicator)
    }

    /// What is no class of the maps, or none that the segmenter has learned: it is not told, and its pixels do not count.
    private func ignored(_ maps: LabelMapSource) -> Int? { maps.ignored ?? segmenter.ignored }

    private func values(_ source: ImageSource, _ communicator: any Communicator) throws -> [MetricValue] {
        let counts = try counts(of: source, communicator)
        guard let mean = counts.meanIntersectionOverUnion(ignored: source.maps.flatMap(ignored)) else {
            throw EvaluationError("mIoU: no pixel of the \(source.name) images' label maps is of a class")
        }
        return [
            MetricValue(part: "mean", label: "mIoU", value: mean, decimals: 4),
            MetricValue(
                part: "accuracy", label: "pixel accuracy", value: Double(counts.right) / Double(counts.total),
                decimals: 4),
        ]
    }
}

extension MeanIntersection: PictureMetric {
    public static let name = "miou"
    public static let smallest = 8
    public static let least = 1
    public static let needs: MetricNeeds = [.segmenter, .labelMaps]

    public init(_ context: MetricContext) throws {
        guard let segmenter = context.segmenter else {
            throw EvaluationError(
                "\(Self.name): needs a segmenter, but none was given: `ganglion features train --maps` makes one, and "
                    + "`ganglion evaluate` finds the value")
        }
        (self.segmenter, seed) = (segmenter, context.seed)
    }

    public func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        try values(generated, communicator)
    }

    public func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] {
        try values(real.all, communicator)
    }

    public func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) {
        ("real_images", real.all.count, real.all.count)
    }

    public static func lowerIsBetter(_ part: String?) -> Bool? { false }

    public static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { ("mIoU", $0.value, 4) }
    }
}
