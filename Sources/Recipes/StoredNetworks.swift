import Configuration
import Failure
import Kernels
import Layers
import Models
import State
import Storage

/// The networks of a checkpoint, as its configuration describes them; their parameters are read when they are asked for.
public struct StoredNetworks {
    /// Fully grown.
    let generator: any Generator
    let discriminator: any Discriminator
    /// Of the run's samples.
    let attributes: SampleAttributes
    private let contents: CheckpointContents
    private let path: String

    /// - Throws: errors that name the file and what is wrong with it, such as that it was built from reference weights and
    ///   has no configuration.
    public init(_ contents: CheckpointContents, path: String) throws {
        self.contents = contents
        self.path = path
        let shapes = ParameterShapes(contents: contents, group: "generator", path: path)
        guard var configuration = try shapes.configuration() else {
            throw DatasetError.badData("\(path): has no configuration that describes its networks")
        }
        attributes = try SampleAttributes(contents, path: path)
        // Nothing goes back through them.
        configuration.memory = .full
        let made = try Recipes.generator(of: shapes)
        // One more than the numbers, which tells that they are given.
        let isVector = configuration.data.condition == .vector
        let resolved = try configuration.resolve(
            DataFacts(
                height: made.imageSize.height, width: made.imageSize.width, channels: made.imageChannels,
                classes: isVector ? 0 : made.labelDim,
                semanticClasses: configuration.supervision == .labels
                    ? try LabelDecoder.classes(in: contents, path: path)
                    : configuration.data.condition == .map ? made.conditionChannels : 0,
                vectorComponents: isVector ? max(0, made.labelDim - 1) : 0,
                conditionChannels: configuration.data.condition == .image ? made.conditionChannels : 0,
                isPicture: attributes.sampleFormat == nil),
            ranks: 1, coresPerRank: 1)
        (generator, discriminator) = Recipes.type(resolved).declared(by: resolved)
    }

    /// How far they had grown.
    func level() throws -> GrowthLevel {
        try GrowthLevel(
            contents, path: path, final: generator.resolution, grows: generator is any GrowingGenerator)
            ?? GrowthLevel(resolution: generator.resolution)
    }

    func parameters(of learner: Learner) throws -> Parameters {
        switch learner {
        case .generator: try Parameters(generator.declarations, group: "generator", of: contents, path: path)
        case .discriminator:
            try Parameters(discriminator.declarations, group: "discriminator", of: contents, path: path)
        }
    }

    /// Numbers that reports have of a network, such as the σ of its layers and the gains of attention; none where it has
    /// none, and then nothing of it is read.
    public func measured(of learner: Learner) throws -> [(name: String, value: Float)] {
        let declarations = learner == .generator ? generator.declarations : discriminator.declarations
        guard declarations.contains(where: { $0.reparametrization != nil || $0.isReported }) else { return [] }
        return try parameters(of: learner).measured
    }
}

/// The discriminator of a checkpoint, as far as it had grown.
public struct DiscriminatorFile {
    public let discriminator: any Discriminator
    public let parameters: Parameters
    /// Length of what conditions it; 0 for an unconditional network.
    public let labelDim: Int
    public let imageChannels: Int
    /// Of what its decoder predicts, GGDR's or one of label maps, once it has grown so far; nil without a decoder.
    public let decodedResolution: Int?
    let path: String

    /// - Throws: errors that name the file and what is wrong with it; ``DatasetError`` (64) of one of a run on fields or
    ///   with numbers as conditions, which are not shown here.
    public init(_ path: String) throws {
        self.path = path
        let contents = try CheckpointFile.read(path, verification: .ifPresent)
        let stored = try StoredNetworks(contents, path: path)
        try stored.attributes.checkPictures(path)
        decodedResolution = stored.discriminator.decoder?.resolution ?? stored.discriminator.labelDecoder?.resolution
        discriminator = try stored.level().of(stored.discriminator)
        parameters = try stored.parameters(of: .discriminator)
        (labelDim, imageChannels) = (stored.generator.labelDim, stored.generator.imageChannels)
    }
}

extension SampleAttributes {
    /// What is shown as pictures are, by class, is refused of fields and of networks that numbers condition.
    ///
    /// - Throws: ``DatasetError`` (64) that names the file.
    func checkPictures(_ path: String) throws {
        if let format = sampleFormat {
            let channels = format.channels.count
            throw DatasetError.usage(
                "\(path): its samples are fields of \(format.sizeText) with \(channels) channel\(channels == 1 ? "" : "s"); only"
                    + " networks of pictures can be looked into")
        }
        if let text = pixelText {
            throw DatasetError.usage(
                "\(path): its networks are conditioned on \(text); only those of classes, or of no condition, can be looked"
                    + " into")
        }
        if let vector = vectorFormat {
            throw DatasetError.usage(
                "\(path): its networks are conditioned on \(vector.components.map(\.name).joined(separator: ", ")); only those"
                    + " of classes, or of no condition, can be looked into")
        }
    }
}

extension Parameters {
    /// Those of a group of a checkpoint.
    ///
    /// - Throws: errors that name the file and an array that is missing or has another shape, before memory is taken for
    ///   any.
    convenience init(
        _ declarations: [ParameterDeclaration], group: String, of contents: CheckpointContents, path: String
    ) throws {
        for declaration in declarations {
            _ = try StoredTensor.array("\(group)/\(declaration.name)", declaration.layout, in: contents, path: path)
        }
        self.init(declarations)
        for entry in trained + untrained {
            let tensor = NamedTensor("\(group)/\(entry.name)", entry.declaration.layout, view(entry))
            Elementwise.copy(
                BufferView(try StoredTensor.values(of: tensor, in: contents, path: path)), into: tensor.view)
        }
        didChange()
    }
}
