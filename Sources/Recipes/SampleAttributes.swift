import Configuration
import Models
import State
import Storage

/// What a checkpoint says of the samples that its networks make: how fields, and the numbers and images that condition them,
/// become what networks see, and which classes label maps have. Checkpoints of pictures that nothing of it conditions say
/// nothing.
public struct SampleAttributes: Sendable {
    public static let sample = "sample_format"
    public static let vector = "vector_format"
    public static let condition = "condition_format"
    public static let mapClasses = "map_classes"
    public static let mapNames = "map_names"

    /// Of fields; nil of pictures.
    public let sampleFormat: SampleFormat?
    /// Of the numbers that condition the networks; nil without.
    public let vectorFormat: VectorFormat?
    /// Of the images that condition each pixel; nil without.
    public let conditionFormat: SampleFormat?
    /// Of the label maps that condition each pixel; nil without.
    public let mapFormat: MapFormat?

    init(
        sampleFormat: SampleFormat?, vectorFormat: VectorFormat?, conditionFormat: SampleFormat? = nil,
        mapFormat: MapFormat? = nil
    ) {
        (self.sampleFormat, self.vectorFormat) = (sampleFormat, vectorFormat)
        (self.conditionFormat, self.mapFormat) = (conditionFormat, mapFormat)
    }

    /// - Parameter description: of the data set; nil for pictures without numbers beside them.
    public init(_ description: DatasetDescription?, _ configuration: ResolvedConfiguration) {
        sampleFormat = description.flatMap { $0.isPicture ? nil : $0.format }
        vectorFormat = configuration.data.condition == .vector ? description?.vector : nil
        conditionFormat = configuration.data.condition == .image ? description?.imageCondition : nil
        mapFormat =
            configuration.data.condition == .map
            ? MapFormat(classes: configuration.conditionChannels, names: description?.semanticNames ?? []) : nil
    }

    /// As a checkpoint has them.
    ///
    /// - Throws: ``DatasetError`` (65) that names the file and what cannot be.
    public init(_ contents: CheckpointContents, path: String) throws {
        func text(_ name: String) throws -> String? {
            guard let value = contents.attribute(name) else { return nil }
            guard let text = value.stringValue else {
                throw DatasetError.badData("\(path): attribute \(name) is no text: it is damaged or forged")
            }
            return text
        }
        sampleFormat = try text(Self.sample).map { try SampleFormat(json: $0, path: path) }
        vectorFormat = try text(Self.vector).map { try VectorFormat(json: $0, path: path) }
        conditionFormat = try text(Self.condition).map { try SampleFormat(json: $0, path: path) }
        mapFormat = try MapFormat(contents, path: path)
    }

    public var attributes: [(String, AttributeValue)] {
        [
            (Self.sample, sampleFormat?.json), (Self.vector, vectorFormat?.json),
            (Self.condition, conditionFormat?.json),
        ].compactMap { name, text in text.map { (name, .string($0)) } } + (mapFormat?.attributes ?? [])
    }

    /// Compares with the fully grown generator of the same file.
    ///
    /// - Throws: ``DatasetError`` (65) that names the file and what does not fit.
    func check(_ generator: any Generator, path: String) throws {
        func expect(_ holds: Bool, _ name: String, _ found: String, _ expected: String) throws {
            if holds { return }
            throw DatasetError.badData(
                "\(path): attribute \(name) states \(found), but its generator has \(expected): it is damaged or forged"
            )
        }
        if let sampleFormat {
            try expect(
                sampleFormat.channels.count == generator.imageChannels, Self.sample,
                "\(sampleFormat.channels.count) channels", "\(generator.imageChannels)")
            // A run may end its growth below the data set's size.
            let (made, own) = (generator.imageSize, MapSize(height: sampleFormat.height, width: sampleFormat.width))
            let factor = max(1, own.height / made.height)
            try expect(
                made.height * factor == own.height && made.width * factor == own.width && factor.nonzeroBitCount == 1,
                Self.sample, "fields of \(own)", "images of \(made)")
        }
        if let vectorFormat {
            try expect(
                vectorFormat.count + 1 == generator.labelDim, Self.vector, "\(vectorFormat.count) numbers",
                "conditions of \(generator.labelDim - 1)")
        }
        if let conditionFormat {
            try expect(
                conditionFormat.channels.count == generator.conditionChannels, Self.condition,
                "\(conditionFormat.channels.count) channels", "conditions of \(generator.conditionChannels)")
        }
        if let mapFormat {
            try expect(
                mapFormat.classes == generator.conditionChannels, Self.mapClasses, "\(mapFormat.classes) classes",
                "conditions of \(generator.conditionChannels) channels")
        }
        guard generator.conditionChannels > 0, (conditionFormat == nil) == (mapFormat == nil) else { return }
        throw DatasetError.badData(
            "\(path): its generator is conditioned on each pixel, but it has \(mapFormat == nil ? "neither" : "both") of the"
                + " attributes \(Self.condition) and \(Self.mapClasses): it is damaged or forged")
    }

    /// Compares with those of a checkpoint that a run is to go on from.
    ///
    /// - Throws: ``StateError`` that names both.
    public func check(_ contents: CheckpointContents, path: String) throws {
        guard let difference = try difference(from: contents, path: path) else { return }
        throw StateError(
            path: path,
            reason:
                "was trained on \(difference.found), but the data set has \(difference.own); give the data set it was"
                + " trained on, or start a new run with --transfer")
    }

    /// What differs from a checkpoint whose networks a run is to start from, to be told.
    public func changes(in contents: CheckpointContents, path: String) throws -> [String] {
        guard let difference = try difference(from: contents, path: path) else { return [] }
        return ["\(path) was trained on \(difference.found); this run's data set has \(difference.own)"]
    }

    private func difference(from contents: CheckpointContents, path: String) throws -> (found: String, own: String)? {
        let stored = try SampleAttributes(contents, path: path)
        if stored.sampleFormat != sampleFormat {
            let texts = (stored.sampleFormat.map { $0.text } ?? "pictures", sampleFormat.map { $0.text } ?? "pictures")
            return texts.0 == texts.1 ? (texts.0 + " with other transforms", texts.1) : texts
        }
        if let difference = stored.pixelDifference(from: self) { return difference }
        guard stored.vectorFormat != vectorFormat else { return nil }
        func text(_ format: VectorFormat?) -> String {
            guard let format else { return "no numbers as conditions" }
            return "the condition\(format.count == 1 ? "" : "s") "
                + format.components.map { $0.text }.joined(separator: ", ")
        }
        let texts = (text(stored.vectorFormat), text(vectorFormat))
        return texts.0 == texts.1 ? (texts.0 + ", otherwise normalised", texts.1) : texts
    }
}

extension SampleFormat {
    /// "float32 fields of 96×64, channels temperature [K], humidity"
    public var text: String {
        "\(element.rawValue) fields of \(sizeText), channel\(channels.count == 1 ? "" : "s") "
            + channels.map { $0.text }.joined(separator: ", ")
    }
}

extension SampleFormat.Channel {
    /// "temperature [K]"
    public var text: String { unit.isEmpty ? name : "\(name) [\(unit)]" }
}
