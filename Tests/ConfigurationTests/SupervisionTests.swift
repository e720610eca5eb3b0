import Configuration
import Testing

/// `supervision` and `ggdr.enabled` are two names of one value; a part of a data set.
@Suite struct SupervisionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var file = ""
        var set: [String] = []
        let expected: Supervision
        var testDescription: String { "\(file) \(set.joined(separator: " "))" }
    }

    static let cases: [Case] = [
        Case(expected: .generator),
        Case(file: "preset: stylegan2", expected: .none),
        Case(file: "preset: stylegan2", set: ["ggdr.enabled=true"], expected: .generator),
        Case(file: "preset: stylegan2", set: ["supervision=generator"], expected: .generator),
        Case(set: ["supervision=labels"], expected: .labels),
        Case(set: ["supervision=labels", "ggdr.enabled=false"], expected: .labels),
        Case(set: ["ggdr.enabled=false", "supervision=labels"], expected: .labels),
        Case(set: ["supervision=none"], expected: .none),
        Case(set: ["ggdr.enabled=false"], expected: .none),
        // As runs of earlier versions have it.
        Case(file: "ggdr: {enabled: false}", expected: .none),
        Case(file: "ggdr: {enabled: true}", expected: .generator),
        // The command line wins.
        Case(file: "ggdr: {enabled: true}", set: ["supervision=labels"], expected: .labels),
        Case(file: "supervision: labels\nggdr: {enabled: false}", set: ["ggdr.enabled=true"], expected: .generator),
        Case(file: "supervision: labels", set: ["ggdr.enabled=false"], expected: .labels),
        Case(file: "supervision: generator", set: ["ggdr.enabled=false"], expected: .none),
    ]

    @Test(arguments: cases) func oneValueOfTwoNames(_ known: Case) throws {
        let c = try Configuration.parse(yaml: known.file, overrides: known.set)
        #expect(c.supervision == known.expected)
        #expect(c.ggdr.enabled == (known.expected == .generator))
        // What is written says the same by both names, and is read again.
        #expect(c.yaml.contains("\nsupervision: \(known.expected.rawValue)\n"))
        #expect(try Configuration.parse(yaml: c.yaml) == c)
        #expect(try Configuration.parseStored(yaml: c.yaml, name: "1.h5").configuration == c)
    }

    private static let refused: [(String, [String], String)] = [
        (
            "", ["supervision=labels", "ggdr.enabled=true"],
            "supervision is labels, but ggdr.enabled is true, which says supervision=generator"
        ),
        ("ggdr: {enabled: true}\nsupervision: none", [], "supervision is none, but ggdr.enabled is true"),
        ("supervision: generator\nggdr: {enabled: false}", [], "supervision is generator, but ggdr.enabled is false"),
        ("", ["supervision=maps"], "supervision: maps is not allowed; allowed: one of none, labels, generator"),
        ("", ["data.limit=0"], "data.limit: 0 is not allowed"),
        ("", ["supervision_weight=-1"], "supervision_weight: -1 is not allowed"),
    ]

    @Test(arguments: refused) func contradictionsAreRefused(file: String, set: [String], message: String) {
        #expect {
            try Configuration.parse(yaml: file, overrides: set)
        } throws: { error in
            "\(error)".contains(message) && (error as? ConfigurationError)?.exitCode == 78
        }
    }

    private func resolve(
        _ overrides: [String], semanticClasses: Int = 5, images: Int? = 100
    ) throws -> ResolvedConfiguration {
        try Configuration.load(overrides: overrides).resolve(
            resolution: 32, channels: 3, classes: 0, semanticClasses: semanticClasses, images: images, ranks: 1,
            coresPerRank: 1)
    }

    @Test func labelsNeedMaps() throws {
        #expect(try resolve(["supervision=labels"]).mapClasses == 5)
        #expect(try resolve([]).mapClasses == 0)
        #expect(try resolve(["supervision=labels", "ggdr.resolution=16"]).ggdrResolution == 16)
        for (classes, text) in [(0, "no label maps (32×32 images"), (1, "maps of one class")] {
            #expect {
                try resolve(["supervision=labels", "data.path=data/shapes"], semanticClasses: classes)
            } throws: { error in
                let parts: [String] = ["supervision is labels", "data/shapes", text, "--maps FOLDER"]
                return parts.allSatisfy("\(error)".contains) && (error as? ConfigurationError)?.exitCode == 78
            }
        }
        #expect {
            try resolve(["supervision=labels", "ggdr.resolution=64"])
        } throws: { error in
            "\(error)".contains("ggdr.resolution is 64; allowed: a power of two from 8 to 32")
        }
    }

    @Test func aLimitIsAPartOfTheDataSet() throws {
        #expect(try resolve([]).data.limit == nil && resolve([]).notes.isEmpty)
        let some = try resolve(["data.limit=40", "data.limit_seed=3"])
        #expect(some.data.limit == 40 && some.data.limitSeed == 3)
        #expect(some.notes == ["data.limit: trains on 40 of 100 images; metrics compare with all of them"])
        #expect(try resolve(["data.limit=100"]).data.limit == 100)
        #expect(try resolve(["data.limit=all"]).data.limit == nil)
        #expect {
            try resolve(["data.limit=101"])
        } throws: { error in
            "\(error)".hasPrefix("data.limit is 101, but the data set has 100 images; allowed: 1 to 100, or all")
        }
        // A checkpoint is read where the data set is not known.
        #expect(try resolve(["data.limit=101"], images: nil).data.limit == 101)
    }
}
