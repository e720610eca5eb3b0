import Cluster
import Configuration
import Failure
import Recipes
import Session
import Storage
import TestSupport
import Testing
import Training

/// Checkpoints of small networks that translate, and files that condition them.
struct TranslationScene {
    let path: String
    let side = 16
    static let classes = 4

    func callAsFunction(_ name: String) -> String { path + "/" + name }

    /// - Parameter facts: of the data set that it is of.
    static func configuration(_ overrides: [String], _ facts: DataFacts) throws -> ResolvedConfiguration {
        try Configuration.load(overrides: ["batch=4", "microbatch=2", "kimg=1"] + overrides)
            .resolve(facts, ranks: 1, coresPerRank: 1)
    }

    static let ofMaps = DataFacts(
        height: 16, width: 16, channels: 3, semanticClasses: classes, isPicture: true)
    static let ofImages = DataFacts(height: 16, width: 16, channels: 3, conditionChannels: 1, isPicture: true)
    static let oasis = ["preset=quick-oasis", "model.channel_base=128", "model.condition_width=8"]
    static let pix2pix = ["preset=quick-pix2pix", "model.channel_base=128"]

    static let description = DatasetDescription(
        format: .picture(resolution: 16, channels: 3), imageCondition: .picture(resolution: 16, channels: 1))

    /// - Parameters:
    ///   - scale: of the weights that a run starts from, which make images of hardly anything but grey.
    ///   - change: of what is written.
    func checkpoint(
        _ name: String, _ overrides: [String], _ facts: DataFacts, _ description: DatasetDescription? = nil,
        scale: Float, _ change: (inout CheckpointContents) -> Void = { _ in }
    ) throws -> String {
        let engine = StepEngine(
            try Self.configuration(overrides, facts), conditions: nil, communicator: LoopbackCommunicator())
        var contents = engine.checkpoint(datasetID: "set", ranks: 1, description: description)
        for place in contents.arrays.indices {
            let array = contents.arrays[place]
            guard array.path.hasPrefix("ema/") || array.path.hasPrefix("generator/"), array.path.hasSuffix(".weight"),
                array.shape.count == 4
            else { continue }
            contents.arrays[place].values = array.values.map { $0 * scale }
        }
        change(&contents)
        try CheckpointFile.write(contents, to: self(name))
        return self(name)
    }

    func oasis(_ name: String = "oasis.h5") throws -> String {
        try checkpoint(name, Self.oasis, Self.ofMaps, scale: 50)
    }

    func pix2pix(_ name: String = "pix2pix.h5") throws -> String {
        try checkpoint(name, Self.pix2pix, Self.ofImages, Self.description, scale: 5)
    }

    /// Areas of classes, other ones in maps of other numbers, never the last class.
    static func map(_ number: Int, height: Int = 16, width: Int = 16) -> [UInt8] {
        (0..<height * width).map { pixel in
            UInt8((pixel / width / 4 + pixel % width / 4 * 2 + number) % (classes - 1))
        }
    }

    static func grey(_ number: Int, height: Int = 16, width: Int = 16) -> [UInt8] {
        (0..<height * width).map { UInt8(($0 * 7 + $0 / width * (number + 3)) % 251) }
    }

    func write(_ values: [UInt8], _ name: String, height: Int = 16, width: Int = 16) throws {
        let file = self(name)
        try Files.makeFolder(String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
        try ImageFile.write(RasterImage(height: height, width: width, channels: 1, pixels: values), to: file)
    }

    /// - Parameter available: bytes of memory; 0 for as much as one likes.
    /// - Returns: what was said.
    func translate(
        _ checkpoint: String, _ input: String = "in", available: Int = 0,
        _ change: (inout TranslateSession.Options) -> Void = { _ in }
    ) throws -> [String] {
        var options = TranslateSession.Options(checkpoint: checkpoint, input: self(input), out: self("out"))
        options.threads = 1
        change(&options)
        var said: [String] = []
        try TranslateSession(options).run(LoopbackCommunicator(), available: available) { said.append($0) }
        return said
    }

    /// What is refused, and as what.
    func refusal(
        _ checkpoint: String, _ input: String = "in", available: Int = 0,
        _ change: (inout TranslateSession.Options) -> Void = { _ in }
    ) throws -> (code: Int32, text: String) {
        do {
            _ = try translate(checkpoint, input, available: available, change)
        } catch let error as any ExitCoded {
            return (error.exitCode, "\(error)")
        }
        Issue.record("nothing was refused")
        return (0, "")
    }

    /// Whether nothing stands there.
    func isMissing(_ name: String) -> Bool { FileKind(at: self(name)) == nil }
}

func withTranslation(_ body: (TranslationScene) throws -> Void) throws {
    try withTemporaryFolder { try body(TranslationScene(path: $0)) }
}
