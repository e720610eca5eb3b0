import Configuration
import Failure
import TestSupport
import Testing

/// The file of a study: settings × seeds.
@Suite struct StudyTests {
    private static let text = """
        data: data/fashion
        out: studies/rates
        seeds: [3, 1]
        metrics: [pr/classifier/recall, fid, pr]
        kimg: 30
        every_kimg: 5
        at_minutes: [5, 0.5]
        threads: 2
        base:
          preset: quick-sagan
          batch: 16
        settings:
          as-it-is:
          fast: {optimizer: {g_lr: 0.005}, kimg: 60}
          by.rank: {batch_per_rank: 8, preset: quick, data.mirror: true}
        """

    private func study(_ text: String = text) throws -> Study { try Study(yaml: text, file: "a/rates.yaml") }

    /// The same with a line in place of that of the same key and what stands below it, or after all.
    private func error(_ key: String, _ line: String) throws -> ConfigurationError {
        var lines = Self.text.split(separator: "\n").map(String.init)
        if let place = lines.firstIndex(where: { $0.hasPrefix(key + ":") }) {
            let below = lines[(place + 1)...].prefix { $0.hasPrefix(" ") }.count
            lines.replaceSubrange(place...place + below, with: [line])
        } else {
            lines.append(line)
        }
        let error = thrown(ConfigurationError.self) {
            let study = try self.study(lines.joined(separator: "\n"))
            for setting in study.settings { _ = try study.configuration(of: setting, seed: 1) }
        }
        return try #require(error, "\(line)")
    }

    @Test func theHead() throws {
        let study = try study()
        #expect(study.name == "rates" && study.data == "data/fashion" && study.out == "studies/rates")
        #expect(study.seeds == [3, 1] && study.minutes == [0.5, 5])
        #expect(study.metrics == ["pr/classifier/recall", "fid", "pr"])
        #expect(study.ranks == 1 && study.beside == 1 && study.threads == 2)
        #expect(study.settings.map(\.name) == ["as-it-is", "fast", "by.rank"])
        #expect(study.common == ["preset=quick-sagan", "batch=16"])
        #expect(study.settings[1].changes == ["optimizer.g_lr=0.005", "kimg=60"])
        let other = try self.study(Self.text.replacing("[3, 1]", with: "7") + "\nname: \"Rates | ?\"\nbeside: 2\n")
        #expect(other.seeds == [7] && other.name == "Rates | ?" && other.beside == 2)
    }

    @Test func aSettingIsTheBaseAndItsOwnKeys() throws {
        let study = try study()
        let configurations = try study.settings.map { try study.configuration(of: $0, seed: 7) }
        for one in configurations {
            #expect(one.seed == 7 && one.data.path == "data/fashion" && one.metrics.everyKimg == 5)
            #expect(one.metrics.names == ["fid", "pr"] && one.threads == .value(2))
        }
        #expect(configurations.map(\.preset.rawValue) == ["quick-sagan", "quick-sagan", "quick"])
        #expect(configurations.map(\.kimg) == [30, 60, 30])
        #expect(configurations.map(\.batch) == [.global(16), .global(16), .perRank(8)])
        #expect(configurations[1].optimizer.gLR == 0.005)
    }

    /// What `train` makes of the words is what was checked.
    @Test func theWordsTrainThatConfiguration() throws {
        let study = try study()
        for setting in study.settings {
            let words = study.words(of: setting, seed: 7, run: "runs/a b")
            #expect(words.prefix(3) == ["train", "--run", "runs/a b"])
            #expect(!words.contains { $0.contains("threads") }, "the launcher gives them")
            let options = [
                "--data": "data.path=", "--kimg": "kimg=", "--seed": "seed=", "--preset": "preset=", "--set": "",
            ]
            let pairs = stride(from: 3, to: words.count, by: 2).map { (options[words[$0]] ?? "?") + words[$0 + 1] }
            let loaded = try Configuration.load(overrides: pairs + ["threads=2"])
            #expect(try loaded == study.configuration(of: setting, seed: 7), "\(words)")
        }
    }

    static let wrong: [(key: String, line: String, says: String)] = [
        ("seeds", "seeds: [1, x]", "seeds: \"x\" is not allowed"), ("seeds", "seeds: [1, 1]", "1 is there twice"),
        ("seeds", "seeds: []", "seeds: found nothing"), ("seeds", "seeds: {a: 1}", "found a section in the list"),
        ("data", "data: [a]", "data: found a list, expected a single value"), ("out", "out: \"\"", "out: \"\" is not"),
        ("metrics", "metrics: [FID]", "metrics: \"FID\" is not allowed"),
        ("at_minutes", "at_minutes: 0", "more than 0"), ("threads", "threads: 0", "1 to 1024, or auto"),
        ("beside", "beside: 0", "beside: \"0\""), ("ranks", "ranks: many", "ranks: \"many\""),
        ("kimg", "kimg: many", "kimg: \"many\" is no number"), ("seed", "sedes: 1", "did you mean seeds?"),
        ("batch", "batch: 8", "stand in base, or in a setting"), ("x", "nonsense: 8", "a study has name, data"),
        ("settings", "settings: 3", "settings: found a single value"),
        ("x", "  ../up: {}", "\"../up\" where a name belongs"), ("x", "  fast!: {}", "where a name belongs"),
        ("x", "  slow: 3", "slow: found a single value"), ("x", "  slow: {seed: 3}", "it has seeds for it"),
        ("x", "  slow: {data: {path: x}}", "data.path is the same for all runs of a study: it has data for it"),
        ("x", "  slow: {optimizer.g_lrr: 1}", "did you mean optimizer.g_lr?"),
        ("x", "  slow: {optimizer: {g_lr: -1}}", "optimizer.g_lr: -1 is not allowed"),
        ("x", "  slow: {preset: quickest}", "preset: quickest is not allowed"),
        ("x", "  slow: {batch: 8, batch_per_rank: 8}", "only one of them"), ("x", "  fast: {}", "written twice: fast"),
    ]

    @Test(arguments: wrong.indices) func whatIsWrongIsNamedWithItsLine(place: Int) throws {
        let wrong = Self.wrong[place]
        let found = try error(wrong.key, wrong.line)
        #expect(found.description.contains(wrong.says), "\(wrong.line): \(found)")
        #expect(found.description.contains("a/rates.yaml"), "\(found)")
        #expect(found.exitCode == ExitCode.badConfiguration)
        if wrong.line.hasPrefix("  slow: {opt") { #expect(found.source == .file("a/rates.yaml", line: 16)) }
    }

    @Test func whatIsMissingIsNamed() throws {
        for key in ["data", "out", "seeds", "metrics", "settings"] {
            let lines = Self.text.split(separator: "\n").filter { !$0.hasPrefix(key + ":") && !$0.hasPrefix("  ") }
            let text = lines.joined(separator: "\n") + (key == "settings" ? "" : "\nsettings: {a: }\n")
            let all = key == "settings" ? text : text.replacing("\nsettings:\n", with: "\n")
            let found = thrown(ConfigurationError.self) { try self.study(all) }
            #expect(
                found?.description.contains("\(key): found nothing; a study needs it") == true,
                "\(String(describing: found))")
        }
        let none = thrown(ConfigurationError.self) { try Study(file: "/nowhere/rates.yaml") }
        #expect(none?.exitCode == ExitCode.missingInput)
        #expect(thrown(ConfigurationError.self) { try Study(yaml: "[1]", file: "a") }?.kind == .badYAML)
        #expect(thrown(ConfigurationError.self) { try Study(yaml: "", file: "a") } != nil)
    }
}
