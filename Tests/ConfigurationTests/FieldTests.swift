import Configuration
import TestSupport
import Testing

/// Samples that are no pictures: their sizes, and what other keys may not ask of them.
@Suite struct FieldTests {
    static func facts(
        _ height: Int, _ width: Int, channels: Int = 3, classes: Int = 0, numbers: Int = 0, isPicture: Bool = false
    ) -> DataFacts {
        DataFacts(
            height: height, width: width, channels: channels, classes: classes, semanticClasses: 4,
            vectorComponents: numbers, isPicture: isPicture, images: 100)
    }

    static func resolved(_ set: [String], _ facts: DataFacts) throws -> ResolvedConfiguration {
        try Configuration.load(overrides: set).resolve(facts, ranks: 1, coresPerRank: 1)
    }

    private static func error(_ set: [String], _ facts: DataFacts) -> ConfigurationError? {
        thrown(ConfigurationError.self) { try resolved(set, facts) }
    }

    struct Size: Sendable, CustomTestStringConvertible {
        let height: Int
        let width: Int
        let grid: ImageGrid
        var testDescription: String { "\(height)×\(width)" }

        init(_ height: Int, _ width: Int, _ resolution: Int, _ startHeight: Int, _ startWidth: Int) {
            (self.height, self.width) = (height, width)
            grid = ImageGrid(resolution: resolution, startHeight: startHeight, startWidth: startWidth)
        }
    }

    static let sizes: [Size] = [
        Size(64, 64, 64, 4, 4), Size(96, 64, 64, 6, 4), Size(64, 96, 64, 4, 6), Size(40, 40, 32, 5, 5),
        Size(8, 8, 8, 4, 4), Size(8, 128, 8, 4, 64), Size(10, 14, 8, 5, 7), Size(112, 56, 32, 14, 7),
        Size(1024, 512, 512, 8, 4),
    ]

    @Test(arguments: sizes) func aStartIsDoubled(_ size: Size) throws {
        #expect(ImageGrid(height: size.height, width: size.width) == size.grid)
        #expect(size.grid.height == size.height && size.grid.width == size.width)
        let made = try Self.resolved(["model.channel_base=4096"], Self.facts(size.height, size.width))
        #expect(made.grid == size.grid)
        #expect(made.resolution == size.grid.resolution && made.dataResolution == size.grid.resolution)
        #expect(made.isPicture == false && made.channels == 3)
        // What works is the nearest to itself.
        #expect(ImageGrid.nearest(height: size.height, width: size.width) == size.grid)
    }

    static let impossible: [(Int, Int, String)] = [
        (100, 64, "96×64 (6×4, doubled 4 times)"), (63, 64, "64×64 (4×4, doubled 4 times)"),
        (100, 100, "96×96 (6×6, doubled 4 times)"), (7, 9, "8×10 (4×5, doubled 1 time)"),
        (5, 5, "8×8 (4×4, doubled 1 time)"), (3, 3, "8×8 (4×4, doubled 1 time)"),
        (4, 1024, "8×128"), (8, 4096, "8×128"),
    ]

    @Test(arguments: impossible) func theNearestSizeIsNamed(_ height: Int, _ width: Int, _ nearest: String) throws {
        #expect(ImageGrid(height: height, width: width) == nil)
        let error = try #require(Self.error([], Self.facts(height, width)))
        #expect(error.key == "data.path" && error.exitCode == 78)
        #expect(error.message.contains("the samples are \(height)×\(width)"))
        let found = ImageGrid.nearest(height: height, width: width)
        #expect(ImageGrid(height: found.height, width: found.width) == found)
        if !nearest.hasPrefix("8×128") { #expect(error.message.contains("The nearest size that works is \(nearest)")) }
    }

    @Test func picturesGoAsEver() throws {
        let old = try Configuration.load(overrides: []).resolve(
            resolution: 32, channels: 3, classes: 3, semanticClasses: 4, images: 100, ranks: 1, coresPerRank: 1)
        let new = try Self.resolved([], Self.facts(32, 32, classes: 3, isPicture: true))
        #expect(old == new)
        #expect(new.isPicture && new.grid == ImageGrid(resolution: 32))
        #expect(!new.entries.contains { $0.key.hasPrefix("(fields)") })
        let message = Self.error([], Self.facts(48, 48, isPicture: true))?.message
        #expect(message?.contains("the images are 48×48; the resolution must be a power of two") == true)
    }

    /// Rules that read a resolution take the nominal one.
    @Test func rulesAreNominal() throws {
        let square = try Self.resolved(["preset=stylegan2-ggdr"], Self.facts(64, 64))
        let rectangle = try Self.resolved(["preset=stylegan2-ggdr"], Self.facts(96, 64))
        #expect(square.batch == rectangle.batch && square.r1Gamma * 1.5 == rectangle.r1Gamma)
        #expect(square.ggdrResolution == rectangle.ggdrResolution && square.channelBase == rectangle.channelBase)
        #expect(
            rectangle.notes.contains(
                "resolutions are nominal: of samples of 96×64, doubled from 6×4, that of the whole counts as 64"))
        #expect(!square.notes.contains { $0.hasPrefix("resolutions are nominal") })
        let entries = Dictionary(uniqueKeysWithValues: rectangle.entries.map { ($0.key, $0.value) })
        #expect(entries["(fields) size"] == "96×64")
    }

    @Test func rectanglesGrow() throws {
        let grown = try Self.resolved(
            ["preset=quick-growing"], Self.facts(48, 32, channels: 2))
        #expect(grown.stages.map(\.resolution) == [4, 8, 16, 32])
        let error = try #require(Self.error(["preset=quick-growing", "growing.final=64"], Self.facts(48, 32)))
        #expect(error.message.contains("48×32, whose resolution counts as 32"))
        let idle = try #require(Self.error(["growing.final=16"], Self.facts(48, 32)))
        #expect(idle.message.contains("the images are 48×32, whose resolution counts as 32"))
    }

    @Test(arguments: [1, 2, 64]) func anyChannels(_ channels: Int) throws {
        #expect(try Self.resolved([], Self.facts(32, 32, channels: channels)).channels == channels)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let set: [String]
        let facts: DataFacts
        let key: String
        let parts: [String]
        var testDescription: String { self.set.joined(separator: " ") }

        init(_ set: String..., facts: DataFacts, key: String, says parts: String...) {
            (self.set, self.facts, self.key, self.parts) = (set, facts, key, parts)
        }
    }

    static let refusals: [Refusal] = [
        Refusal(
            facts: facts(32, 32, channels: 65), key: "data.path", says: "65 channels", "1 to 64 are allowed"),
        Refusal(
            "augment.mode=ada", facts: facts(32, 32), key: "augment.pipeline",
            says: "augment.pipeline is bgc, which changes colours", "fields of 3 channels", "augment.pipeline=bg"),
        Refusal(
            "augment.mode=ada", "augment.pipeline=color", facts: facts(48, 32, channels: 2), key: "augment.pipeline",
            says: "fields of 2 channels", "augment.pipeline=geom"),
        Refusal(
            "augment.mode=ada", "augment.pipeline=bg", facts: facts(48, 32), key: "augment.pipeline",
            says: "turns samples by 90°", "48×32"),
        Refusal(
            "augment.diffaugment=color,cutout", facts: facts(32, 32), key: "augment.diffaugment",
            says: "has color", "fields"),
        Refusal(
            "data.condition=vector", facts: facts(32, 32, classes: 2), key: "data.condition",
            says: "no numbers beside its samples", "data.condition=none or class"),
        Refusal("data.condition=class", facts: facts(32, 32, numbers: 2), key: "data.labels", says: "has no labels"),
        Refusal(
            "data.condition_dropout=0.1", facts: facts(32, 32, numbers: 2), key: "data.condition_dropout",
            says: "data.condition_dropout is 0.1, but data.condition is none"),
        Refusal(
            "loss.regression_weight=1", facts: facts(32, 32, numbers: 2), key: "loss.regression_weight",
            says: "loss.regression_weight is 1, but data.condition is none"),
        Refusal(
            "loss.regression_weight=1", "data.labels=true", facts: facts(32, 32, classes: 2, numbers: 2),
            key: "loss.regression_weight", says: "data.condition is class"),
    ]

    @Test(arguments: refusals) func isRefused(_ known: Refusal) throws {
        let error = try #require(Self.error(known.set, known.facts))
        #expect(error.key == known.key)
        for part in known.parts { #expect(error.message.contains(part), "\(error.message)") }
    }

    static let allowed: [[String]] = [
        ["augment.mode=ada", "augment.pipeline=geom"], ["augment.diffaugment=translation,cutout"],
        ["metrics.names=spectrum,moments"], ["model.padding=periodic"], ["supervision=labels"],
    ]

    @Test(arguments: allowed) func isAllowed(_ set: [String]) throws {
        #expect(try Self.resolved(set, Self.facts(48, 32)).startHeight == 6)
    }
}

/// `data.condition` and `data.labels` are two names of one value.
@Suite struct ConditionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var file = ""
        var set: [String] = []
        let expected: ConditionChoice
        var testDescription: String { "\(file) \(set.joined(separator: " "))" }
    }

    static let cases: [Case] = [
        Case(expected: .none), Case(set: ["data.labels=true"], expected: .class),
        Case(set: ["data.condition=class"], expected: .class), Case(set: ["data.condition=vector"], expected: .vector),
        Case(file: "data: {labels: true}", expected: .class),
        Case(file: "data: {labels: true}", set: ["data.condition=vector"], expected: .vector),
        Case(file: "data: {condition: vector}", set: ["data.labels=true"], expected: .class),
        Case(file: "data: {labels: false, condition: vector}", expected: .vector),
        Case(file: "data: {condition: vector, labels: false}", expected: .vector),
        Case(file: "preset: sagan", expected: .class),
        Case(file: "preset: sagan", set: ["data.condition=vector"], expected: .vector),
        Case(file: "preset: sagan", set: ["data.condition=none"], expected: .none),
        Case(file: "preset: sagan", set: ["data.labels=false"], expected: .none),
    ]

    @Test(arguments: cases) func oneValueOfTwoNames(_ known: Case) throws {
        let c = try Configuration.parse(yaml: known.file, overrides: known.set)
        #expect(c.data.condition == known.expected)
        #expect(c.data.labels == (known.expected == .class))
        #expect(try Configuration.parse(yaml: c.yaml) == c)
        #expect(try Configuration.parseStored(yaml: c.yaml, name: "1.h5").configuration == c)
    }

    @Test func theyMustNotDisagree() throws {
        let error = try #require(
            thrown(ConfigurationError.self) {
                try Configuration.load(overrides: ["data.labels=true", "data.condition=vector"])
            })
        #expect(error.kind == .conflict && error.key == "data.condition")
        #expect(error.message.contains("data.condition is vector, but data.labels is true"))
        #expect(
            thrown(ConfigurationError.self) {
                try Configuration.parse(yaml: "data: {labels: false, condition: class}")
            }?.kind == .conflict)
    }

    /// Of classes a one-hot label; of numbers these and one that tells that they are given.
    @Test func dimensions() throws {
        let facts = FieldTests.facts(32, 32, classes: 5, numbers: 2)
        func resolved(_ set: String...) throws -> ResolvedConfiguration { try FieldTests.resolved(set, facts) }
        let none = try resolved()
        #expect(none.labelDimension == 0 && none.conditionClasses == 0 && none.regressionDimension == 0)
        let classes = try resolved("data.condition=class")
        #expect(classes.labelDimension == 5 && classes.conditionClasses == 5)
        let vector = try resolved("data.condition=vector")
        #expect(vector.labelDimension == 3 && vector.conditionClasses == 0 && vector.regressionDimension == 0)
    }

    /// The rule of R1's weight is one of pixels, whatever map they are doubled from.
    @Test func gammaFollowsThePixels() throws {
        let square = try FieldTests.resolved(["batch=32"], FieldTests.facts(64, 64))
        let wide = try FieldTests.resolved(["batch=32"], FieldTests.facts(64, 192))
        #expect(wide.r1Gamma == square.r1Gamma * 3)
    }

    @Test func sheetsHaveChannelsSideBySide() throws {
        let most = FieldTests.facts(1024, 1024, channels: 64)
        let error = thrown(ConfigurationError.self) {
            _ = try FieldTests.resolved(["snapshot.grid=4x8", "batch=32"], most)
        }
        #expect(error == nil)
        let tooMany = thrown(ConfigurationError.self) {
            _ = try FieldTests.resolved(["snapshot.grid=16x16", "batch=32"], most)
        }
        #expect(tooMany?.message.contains("sheets of 131072×16384 pixels") == true)
    }

    @Test(arguments: ["spectrum/T2m", "moments/δ/mean", "swd/16"]) func bestMayBeOfAnyChannel(key: String) throws {
        let name = key.prefix { $0 != "/" }
        let configuration = try Configuration.load(overrides: ["metrics.names=\(name)", "metrics.best=\(key)"])
        #expect(configuration.metrics.best == key)
    }

    /// Where the discriminator has no projection, it reads the numbers.
    @Test func regressionIsAuto() throws {
        let facts = FieldTests.facts(32, 32, numbers: 2)
        func resolved(_ set: String...) throws -> ResolvedConfiguration { try FieldTests.resolved(set, facts) }
        let pggan = try resolved("preset=quick-pggan", "data.condition=vector")
        #expect(pggan.regressionWeight == 1 && pggan.regressionDimension == 2)
        #expect(pggan.configuration.loss.regressionWeight == .value(1))
        #expect(try resolved("preset=quick-pggan").regressionWeight == 0)
        let none = try resolved("preset=quick-pggan", "data.condition=vector", "loss.regression_weight=0")
        #expect(none.regressionDimension == 0)
        #expect(none.notes.contains { $0.contains("samples will have nothing to do with them") })
        // Where it means nothing it stays open, for who conditions a run like this one.
        #expect(try resolved("preset=quick-pggan").configuration.loss.regressionWeight == .auto)
        let asked = try resolved("data.condition=vector", "loss.regression_weight=0.5")
        #expect(asked.regressionWeight == 0.5 && asked.regressionDimension == 2)
        // What was resolved is resolved again to the same.
        let again = try Configuration.parse(yaml: pggan.yaml).resolve(facts, ranks: 1, coresPerRank: 1)
        #expect(again.configuration == pggan.configuration)
    }

    /// Checkpoints of earlier versions lack the keys.
    @Test func oldConfigurationsHaveTheDefaults() throws {
        let old = Configuration().yaml.split(separator: "\n").filter { line in
            !["condition:", "condition_dropout:", "regression_weight:", "padding:"].contains {
                line.trimmingPrefix(while: { $0 == " " }).hasPrefix($0)
            }
        }
        #expect(old.count == Configuration().yaml.split(separator: "\n").count - 4)
        let stored = try Configuration.parseStored(yaml: old.joined(separator: "\n"), name: "1.h5")
        #expect(stored.configuration == Configuration() && stored.unknown.isEmpty)
    }
}
