import Cluster
import Configuration
import Failure
import Models
import Recipes
import SmallRuns
import State
import Storage
import TestSupport
import Testing
import Training

/// What files tell of networks that make fields: 24×16 from 6×4, of five channels.
@Suite struct FieldNetworkFilesTests {
    private static let format = SampleFormat(
        element: .float32, height: 24, width: 16,
        channels: (0..<5).map { SampleFormat.Channel(name: "channel \($0)") })
    private static let facts = DataFacts(
        height: 24, width: 16, channels: 5, classes: 3, vectorComponents: 2, isPicture: false)

    static let families: [[String]] = [
        [], ["model.discriminator=orig", "growing.enabled=true", "growing.start=4"], Small.progressive,
        Small.selfAttention + ["data.labels=false"],
    ]
    private static let more = ["model.padding=periodic", "metrics.names="]

    /// - Parameter vectors: whether numbers condition the networks, and are told by the discriminator.
    private static func engine(_ family: [String], vectors: Bool) throws -> StepEngine {
        let condition = vectors ? ["data.condition=vector", "loss.regression_weight=1"] : []
        let configuration = try Small.configuration(family + more + condition, fields: facts)
        return StepEngine(configuration, datasetLabels: nil, communicator: LoopbackCommunicator())
    }

    private static func contents(_ engine: StepEngine, _ format: SampleFormat? = format) -> CheckpointContents {
        var contents = engine.checkpoint(datasetID: "set", ranks: 1)
        if let format { contents.attributes.append((SampleAttributes.sample, .string(format.json))) }
        return contents
    }

    @Test(arguments: families, [false, true]) func networksAreReadBack(_ family: [String], vectors: Bool) throws {
        let engine = try Self.engine(family, vectors: vectors)
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(Self.contents(engine), to: path)
            let file = try GeneratorFile(path)
            let (made, found) = (engine.networks.generator, file.generator)
            #expect(file.parameters.declarations.map(\.name) == engine.networks.average.declarations.map(\.name))
            #expect(file.parameters.declarations.map(\.layout) == engine.networks.average.declarations.map(\.layout))
            #expect(found.imageSize == MapSize(height: 24, width: 16) && found.imageChannels == 5)
            #expect(found.labelDim == (vectors ? 3 : 0) && found.zDim == 16)
            switch (made, found) {
            case (let made as StyleGAN2Generator, let found as StyleGAN2Generator):
                #expect(found.shape.grid == made.shape.grid && found.shape.padding == .periodic)
                #expect(!found.shape.boundedOutput && !made.shape.boundedOutput)
            case (let made as ProgressiveGenerator, let found as ProgressiveGenerator):
                #expect(found.shape.grid == made.shape.grid && found.shape.padding == .periodic)
            case (let made as SAGANGenerator, let found as SAGANGenerator):
                #expect(found.shape.grid == made.shape.grid && found.shape.padding == .periodic)
                #expect(!found.shape.boundedOutput && !made.shape.boundedOutput)
            default: Issue.record("\(type(of: made)) is read as \(type(of: found))")
            }
        }
    }

    static let leavingOut: [(family: [String], name: String)] = [
        (["data.condition=class"], "mapping.embed.none"), (Small.selfAttention, "g_block1/cbn_0/gamma_shared"),
    ]

    /// Of StyleGAN2, which then has what stands for none, and of SAGAN, whose batch normalisation then has gains that stand
    /// without classes.
    @Test(arguments: leavingOut) func classesThatMayBeLeftOutAreReadBack(_ family: [String], name: String) throws {
        // What the files' networks measure tells that they were read.
        let more = family + Self.more + ["data.condition_dropout=0.25", "model.spectral_norm=both"]
        let engine = StepEngine(
            try Small.configuration(more, fields: Self.facts), datasetLabels: Small.datasetLabels,
            communicator: LoopbackCommunicator())
        let contents = Self.contents(engine)
        #expect(contents.array("ema/" + name)?.shape == [16])
        #expect(try !StoredNetworks(contents, path: "a.h5").measured(of: .generator).isEmpty)
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(contents, to: path)
            let file = try GeneratorFile(path)
            #expect(file.parameters.declarations.map(\.layout) == engine.networks.average.declarations.map(\.layout))
            #expect(file.classCount == 3)
        }
    }

    /// The discriminator follows from the file's configuration, with the head that tells numbers; its parameters are read
    /// where something is measured of them.
    @Test(arguments: families, [false, true]) func discriminatorsFit(_ family: [String], vectors: Bool) throws {
        let engine = try Self.engine(family + ["model.spectral_norm=d"], vectors: vectors)
        let stored = try StoredNetworks(Self.contents(engine), path: "a.h5")
        #expect(try !stored.measured(of: .discriminator).isEmpty)
        let hasHead = engine.networks.d.trained.map(\.name).contains {
            $0 == "b4.regression.weight" || $0 == "d_regression/Matrix"
        }
        let isProgressive = engine.networks.generator is ProgressiveGenerator
        #expect(hasHead == (vectors && !isProgressive))
        if isProgressive {
            #expect(engine.networks.d.entry(named: "4x4/Dense1/bias")?.count == (vectors ? 3 : 1))
        }
    }

    /// Without its format a file of fields is none of pictures: shapes do not fit.
    @Test(arguments: families) func theFormatIsNeeded(_ family: [String]) throws {
        let engine = try Self.engine(family, vectors: false)
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(Self.contents(engine, nil), to: path)
            let error = thrown(StateError.self) { _ = try GeneratorFile(path) }
            let text = error.map { "\($0)" } ?? "none"
            #expect(text.hasPrefix(path), "\(text)")
        }
    }

    /// A format of a size that no networks make is damaged.
    @Test func aForgedSizeIsRefused() throws {
        let engine = try Self.engine([], vectors: false)
        var format = Self.format
        (format.height, format.width) = (99, 16)
        let error = thrown(StateError.self) { _ = try StoredNetworks(Self.contents(engine, format), path: "a.h5") }
        #expect(error?.reason == "its sample format is that of 99×16, which no networks make: it is damaged")
    }

    private static let numbers = VectorFormat(components: [.init(name: "flux"), .init(name: "radius")])

    /// What is shown as pictures are, by class, is refused of fields, and of what numbers condition.
    @Test(arguments: [true, false]) func onlyPicturesAreLookedInto(_ isField: Bool) throws {
        let engine = try isField ? Self.engine([], vectors: false) : Self.pictures()
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            var contents = Self.contents(engine, isField ? Self.format : nil)
            if !isField { contents.attributes.append((SampleAttributes.vector, .string(Self.numbers.json))) }
            try CheckpointFile.write(contents, to: path)
            let what =
                isField
                ? "its samples are fields of 24×16 with 5 channels; only networks of pictures"
                : "its networks are conditioned on flux, radius; only those of classes, or of no condition,"
            let file = try GeneratorFile(path)
            let errors = [
                thrown(DatasetError.self) { _ = try DiscriminatorFile(path) },
                thrown(DatasetError.self) { _ = try file.featureMaps(seed: 1, label: nil, truncation: 1) },
                thrown(DatasetError.self) { _ = try file.attended(seeds: [1], classes: nil) },
            ]
            for error in errors {
                #expect(error.map { "\($0)" } == "\(path): \(what) can be looked into")
                #expect(error?.exitCode == ExitCode.usage)
            }
        }
    }

    /// Of which numbers go together only the data set knows.
    @Test func standingStatisticsNeedClasses() throws {
        let engine = try Self.pictures(Small.selfAttention)
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            var contents = Self.contents(engine, nil)
            contents.attributes.append((SampleAttributes.vector, .string(Self.numbers.json)))
            try CheckpointFile.write(contents, to: path)
            let file = try GeneratorFile(path)
            let error = thrown(DatasetError.self) {
                _ = try file.takeStandingStatistics(batches: 1, available: 0) {
                    BatchSums(LoopbackCommunicator(), microbatches: $0)
                }
            }
            #expect(error.map { "\($0)" }?.contains("conditioned on numbers") == true)
            #expect(error?.exitCode == ExitCode.usage)
        }
    }

    /// Pictures that numbers condition.
    private static func pictures(_ family: [String] = []) throws -> StepEngine {
        let condition = family.filter { $0 != "data.labels=true" } + ["data.condition=vector"]
        let facts = DataFacts(height: 16, width: 16, channels: 3, vectorComponents: 2, isPicture: true)
        return StepEngine(
            try Small.configuration(condition, fields: facts), datasetLabels: nil, communicator: LoopbackCommunicator())
    }
}
