import Configuration
import Foundation
import Testing

@Suite struct LoadingTests {
    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try text.write(to: url, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }

    @Test func presetThenFileThenOverrides() throws {
        try withFile("preset: paper256\nkimg: 10\nloss:\n  r1_gamma: 3\n  pl_weight: 1\n") { path in
            let c = try Configuration.load(file: path, overrides: ["loss.pl_weight=0.5", "kimg=1.5", "kimg=2.5"])
            #expect(c.preset == .paper256 && c.model.mappingLayers == 8)
            #expect(c.loss.r1Gamma == .value(3) && c.loss.plWeight == 0.5 && c.kimg == 2.5)
            let d = try Configuration.load(preset: "cifar", file: path)
            #expect(d.preset == .cifar && d.model.discriminator == .orig && d.kimg == 10)
            #expect(try Configuration.load(overrides: ["preset=cifar"]) == Preset.cifar.configuration)
        }
        #expect(try Configuration.load() == Preset.quick.configuration)
        #expect(try Configuration.load(preset: "cifar", overrides: ["ggdr.enabled=true"]).ggdr.enabled)
    }

    @Test(arguments: ["", "# nothing\n", "---\n", "{}"])
    func emptyFile(text: String) throws {
        #expect(try Configuration.parse(yaml: text) == Preset.quick.configuration)
    }

    @Test func laterBatchReplacesTheOther() throws {
        let c = try Configuration.parse(yaml: "batch: 64", overrides: ["batch_per_rank=8"])
        #expect(c.batch == .perRank(8))
        #expect(try Configuration.parse(yaml: "batch_per_rank: 4", overrides: ["batch=auto"]).batch == .auto)
    }

    @Test(arguments: Preset.allCases)
    func roundTrip(preset: Preset) throws {
        var c = preset.configuration
        #expect(try Configuration.parse(yaml: c.yaml) == c)
        c.seed = .max
        c.kimg = 0.001
        c.batch = .perRank(8)
        c.microbatch = .auto
        c.threads = .value(3)
        // Image to image has no blocks that are computed again, and only fixed resolutions have rates that go down.
        if c.data.condition.isDense { c.optimizer.decayFrom = 0.25 } else { c.memory = .checkpointing }
        c.data.path = "/data/a \"b\": #c\\d\tü\u{1}"
        c.data.stage = "/local/a b"
        c.model.clamp = nil
        c.ema.ramp = nil
        c.ggdr.resolution = .value(16)
        c.optimizer.epsilon = 1e-16
        c.loss.plDecay = 0.1 + 0.2
        c.guards.nan = .skip
        c.guards.skipLimit = 1
        c.snapshot.grid = Grid(columns: 3, rows: 5)
        c.snapshot.keep = 20
        c.metrics.names = ["msssim", "swd"]
        c.metrics.everyKimg = 2.5
        c.metrics.best = "swd/average"
        c.metrics.patienceKimg = 40
        c.metrics.features = .value("/data/a b/features.h5")
        c.metrics.resize = .tensorflow
        c.events.enabled = false
        c.events.histogramsKimg = 10
        c.growing.final = .value(64)
        c.growing.transitionKimg = 0
        c.growing.minibatch = ResolutionTable([16: 64, 4: 128, 8: 100])
        c.growing.microbatch = ResolutionTable([1024: 2])
        c.growing.learningRate = ResolutionTable([8: 1e-16, 1024: 0.0015])
        #expect(try Configuration.parse(yaml: c.yaml) == c)
    }

    @Test func numbersAreWrittenForEveryReader() {
        let yaml = Configuration().yaml
        #expect(yaml.contains("  epsilon: 1.0e-08\n"))
        #expect(yaml.contains("  beta1: 0\n"))
        #expect(
            yaml.hasPrefix(
                "preset: quick-reference\nseed: 0\nkimg: 60\nbatch: 32\nmicrobatch: 8\nthreads: auto\nmemory: full\nfreeze_d: 0\ndata:\n"
            ))
    }

    @Test func entriesAreWhatRanksCompare() throws {
        var c = Configuration()
        let before = c.entries
        c.threads = .value(7)
        c.memory = .checkpointing
        c.data.stage = "/local"
        #expect(c.entries.elementsEqual(before, by: ==))
        c.loss.plWeight = 1
        let differing = zip(c.entries, before).filter { $0 != $1 }
        #expect(differing.map(\.0.key) == ["loss.pl_weight"])
        #expect(before.contains { $0 == ("optimizer.g_lr", "0.0025") })
        #expect(!before.contains { ["threads", "memory", "data.stage", "batch_per_rank"].contains($0.key) })
        let resolved = try c.resolve(resolution: 32, channels: 1, classes: 0, ranks: 2, coresPerRank: 1)
        #expect(resolved.entries.contains { $0 == ("(ranks)", "2") })
    }

    @Test func differencesNameTheKeys() throws {
        let mine = try Configuration.load(overrides: ["kimg=1"])
        let yours = try Configuration.load(overrides: ["kimg=2", "batch_per_rank=16"])
        let found = Configuration.differences(mine.entries, yours.entries)
        #expect(found.map(\.key) == ["kimg", "batch", "batch_per_rank"])
        #expect(found.map(\.first) == ["1", "8", nil] && found.map(\.second) == ["2", nil, "16"])
        #expect(Configuration.differences(mine.entries, mine.entries).isEmpty)
    }

    /// A line that is too long goes on below the text that it belongs to.
    @Test(arguments: [80, 100, 200]) func helpHangsInItsColumn(columns: Int) throws {
        let lines = Configuration.help(columns: columns).split(separator: "\n").map(String.init)
        let isKey = lines.map { $0.hasPrefix("  ") && $0.dropFirst(2).first != " " }
        #expect(isKey.count { $0 } == Configuration.keys.count)
        // Where the text of the last key begins, that of all does.
        let first = try #require(lines.first { $0.hasPrefix("  snapshot.grid=8x8 ") })
        let start = try #require(first.range(of: "columns and rows")).lowerBound
        let indent = first.distance(from: first.startIndex, to: start)
        for (line, isKey) in zip(lines, isKey) {
            #expect(line.count <= columns, "\(line)")
            let margin = line.prefix(indent)
            #expect(isKey ? margin.last == " " : margin.allSatisfy { $0 == " " }, "\(line)")
            #expect(line.dropFirst(indent).first != " ", "\(line)")
        }
        #expect(isKey.contains(false) || columns == 200, "nothing was broken at \(columns) columns")
    }

    @Test func minutesBetweenCheckpoints() throws {
        func minutes(_ text: String) throws -> Double? {
            try Configuration.load(overrides: ["checkpoint.every_minutes=\(text)"]).checkpoint.everyMinutes
        }
        #expect(try Configuration.load().checkpoint.everyMinutes == nil)
        #expect(try minutes("15") == 15)
        #expect(try minutes("0.5") == 0.5)
        #expect(try minutes("none") == nil)
        #expect(try Configuration.parse(yaml: "checkpoint: {every_minutes: null}").checkpoint.everyMinutes == nil)
        for text in ["0", "-1", "1000001", "nan", "inf"] {
            #expect(throws: ConfigurationError.self, "\(text)") { try minutes(text) }
        }
        for text in ["none", "2.5"] {
            let configuration = try Configuration.load(overrides: ["checkpoint.every_minutes=\(text)"])
            #expect(configuration.yaml.contains("  every_minutes: \(text)\n"))
            #expect(try Configuration.parse(yaml: configuration.yaml) == configuration)
        }
    }

    @Test func helpListsEveryKey() {
        let help = Configuration.help()
        for key in Configuration.keys {
            #expect(help.contains("  \(key.path)="))
            #expect(!key.help.isEmpty && !key.allowed.isEmpty && !key.type.isEmpty)
        }
        #expect(Set(Configuration.keys.map(\.path)).count == Configuration.keys.count)
    }
}
