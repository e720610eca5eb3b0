import Configuration
import Testing

/// Keys that hold more than one value: tables by resolution, and lists.
@Suite struct TableTests {
    @Test(arguments: [
        "growing: {minibatch: {4: 128, 16: 64, 8: 128}}", "growing:\n  minibatch: 4:128 8:128 16:64\n",
        "growing: {minibatch: \"16:64,4:128, 8:128\"}", "growing:\n  minibatch:\n    16: 64\n    8: 128\n    4: 128\n",
    ])
    func oneTableInManyForms(yaml: String) throws {
        let c = try Configuration.parse(yaml: yaml)
        #expect(c.growing.minibatch == ResolutionTable([4: 128, 8: 128, 16: 64]))
        #expect(c.growing.minibatch.resolutions == [4, 8, 16] && c.growing.minibatch[16] == 64)
        #expect(c.growing.minibatch[32] == nil && !c.growing.minibatch.isEmpty)
        #expect(c.yaml.contains("\n  minibatch: \"4:128 8:128 16:64\"\n"))
        #expect(try Configuration.load(overrides: ["growing.minibatch=4:128 8:128 16:64"]) == c)
    }

    @Test(arguments: ["growing: {learning_rate: {}}", "growing: {learning_rate: \"\"}", ""])
    func emptyTable(yaml: String) throws {
        let c = try Configuration.parse(yaml: yaml, overrides: ["growing.microbatch="])
        #expect(c.growing.learningRate.isEmpty && c.growing.microbatch.isEmpty)
        #expect(c.yaml.contains("  learning_rate: \"\"\n"))
    }

    @Test(arguments: ["metrics: {names: [msssim, swd]}", "metrics: {names: \"swd,msssim\"}"])
    func lists(yaml: String) throws {
        let c = try Configuration.parse(yaml: yaml)
        #expect(c.metrics.names == ["msssim", "swd"])
        #expect(c.yaml.contains("  names: \"msssim,swd\"\n"))
        #expect(try Configuration.parse(yaml: "metrics: {names: []}") == Preset.quick.configuration)
        #expect(try Configuration.parse(yaml: "metrics: {names: swd}").metrics.names == ["swd"])
    }

    /// As files and checkpoints of earlier versions have them.
    @Test(arguments: ["snapshot: {metrics: [msssim, swd], metric_images: 64}", "snapshot: {metrics: \"swd,msssim\"}"])
    func namesThatKeysOnceHad(yaml: String) throws {
        let c = try Configuration.parse(yaml: yaml, overrides: ["snapshot.metric_images=64"])
        #expect(c.metrics.names == ["msssim", "swd"] && c.metrics.images == 64)
        #expect(c.explicitKeys.contains("metrics.images"))
        let stored = try Configuration.parseStored(yaml: yaml, name: "00000008.h5")
        #expect(stored.configuration.metrics.names == ["msssim", "swd"] && stored.unknown.isEmpty)
    }

    private static let conflicts: [([String], String)] = [
        (
            ["metrics.best=fid"],
            "metrics.best is fid, which metrics.names does not measure: set metrics.names=fid too, or metrics.best=none"
        ),
        (
            ["metrics.names=swd,msssim", "metrics.best=fid/classifier"],
            "metrics.best is fid/classifier, which metrics.names does not measure (msssim, swd): set metrics.names=fid"
        ),
        (
            ["metrics.patience_kimg=10", "metrics.names=swd"],
            "metrics.patience_kimg is 10, but there is no value to wait for: set metrics.best, or"
        ),
    ]

    @Test(arguments: conflicts) func whatMetricsNeed(texts: [String], message: String) {
        #expect {
            try Configuration.load(overrides: texts)
        } throws: { error in
            "\(error)".hasPrefix(message) && (error as? ConfigurationError)?.exitCode == 78
        }
    }

    private static let tables =
        "allowed: resolution:value pairs such as 4:128, each resolution once and a power of two, 4 to 1024, each value"
        + " 1 to 1048576; or empty"

    private static let valuesRefused: [(String, String)] = [
        ("growing.minibatch=128", "growing.minibatch: \"128\" is no table; \(tables)"),
        ("growing.minibatch=4:128:2", "growing.minibatch: \"4:128:2\" is no table; \(tables)"),
        ("growing.minibatch=4:many", "growing.minibatch: \"4:many\" is no table; \(tables)"),
        ("growing.minibatch=4:8 4:16", "growing.minibatch: 4:8 4:16 is not allowed; \(tables)"),
        ("growing.minibatch=12:8", "growing.minibatch: 12:8 is not allowed; \(tables)"),
        ("growing.minibatch=2048:8", "growing.minibatch: 2048:8 is not allowed; \(tables)"),
        ("growing.minibatch=4:0", "growing.minibatch: 4:0 is not allowed; \(tables)"),
        ("metrics.names=f!d", "metrics.names: f!d is not allowed; allowed: names of metrics; or empty"),
        ("metrics.names=swd,swd", "metrics.names: swd,swd is not allowed; allowed: names of metrics; or empty"),
        (
            "metrics.every_kimg=0",
            "metrics.every_kimg: 0 is not allowed; allowed: more than 0, at most 1000000000, or none"
        ),
        (
            "metrics.best=FID",
            "metrics.best: FID is not allowed; allowed: a value of metrics.jsonl such as swd/average, or a metric of"
                + " metrics.names, or none"
        ),
        ("metrics.features=", "metrics.features: \"\" is not allowed; allowed: a path, or auto"),
        ("metrics.resize=scipy", "metrics.resize: scipy is not allowed; allowed: one of pytorch, tensorflow"),
        ("growing.final=12", "growing.final: 12 is not allowed; allowed: a power of two, 8 to 1024, or auto"),
        ("growing.transition_kimg=-1", "growing.transition_kimg: -1 is not allowed; allowed: 0 to 1000000000"),
    ]

    @Test(arguments: valuesRefused) func badValues(text: String, message: String) {
        #expect {
            try Configuration.load(overrides: [text])
        } throws: { error in
            "\(error)" == message + " (--set \(text))" && (error as? ConfigurationError)?.exitCode == 78
        }
    }

    private static let formsRefused: [(String, String)] = [
        ("growing: {minibatch: [4, 8]}", "growing.minibatch: found a list, but a table is expected; \(tables)"),
        ("growing: {minibatch: {4: [1]}}", "growing.minibatch: found a section, but a table is expected; \(tables)"),
        (
            "snapshot: {metrics: {swd: 1}}",
            "metrics.names: found a section, but a list of words is expected; allowed: names of metrics; or empty"
        ),
        ("batch: {4: 8}", "batch: found a section, but a whole number is expected; allowed: 1 to 1048576, or auto"),
    ]

    @Test(arguments: formsRefused) func badForms(yaml: String, message: String) {
        #expect {
            try Configuration.parse(yaml: yaml, name: "run.yaml")
        } throws: { error in
            "\(error)".hasPrefix(message) && "\(error)".hasSuffix("(run.yaml, line 1)")
        }
    }

    @Test func keysOfTheCommandLineAreRemembered() throws {
        let c = try Configuration.parse(yaml: "kimg: 3\nggdr: {weight: 2}", overrides: ["kimg=5", "seed=1", "seed=0"])
        #expect(c.explicitKeys.contains("kimg") && c.explicitKeys.contains("seed"))
        #expect(!c.explicitKeys.contains("ggdr.weight") && !c.explicitKeys.contains("batch"))
        // They are no part of what ranks compare, files hold, or values equal.
        let same = try Configuration.parse(yaml: "kimg: 5\nggdr: {weight: 2}")
        #expect(!same.explicitKeys.contains("kimg"))
        #expect(same == c && same.yaml == c.yaml && same.entries.elementsEqual(c.entries, by: ==))
        let resolved = try c.resolve(resolution: 32, channels: 1, classes: 0, ranks: 1, coresPerRank: 1)
        #expect(resolved.explicitKeys.contains("kimg"))
        #expect(try same.resolve(resolution: 32, channels: 1, classes: 0, ranks: 1, coresPerRank: 1) == resolved)
    }

    @Test func storedTextOfAnotherVersion() throws {
        let text = "preset: cifar\nkimg: 4\nluck: 3\nggdr: {weight: 2, haste: [1]}\n"
        let (configuration, unknown) = try Configuration.parseStored(yaml: text, name: "1.h5")
        var expected = Preset.cifar.configuration
        expected.kimg = 4
        expected.ggdr.weight = 2
        #expect(configuration == expected)
        #expect(unknown.map(\.key) == ["luck", "ggdr.haste"] && unknown.map(\.value) == ["3", ""])
        #expect(throws: ConfigurationError.self) { try Configuration.parse(yaml: text) }
        // What it does know must still be right.
        #expect(throws: ConfigurationError.self) { try Configuration.parseStored(yaml: "kimg: -4", name: "1.h5") }
    }
}
