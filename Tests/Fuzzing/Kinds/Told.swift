import Configuration

/// What is told by text: configurations, options, measurements, host files.
extension FuzzKind {
    private static let keys = Configuration.keys.map(\.path)

    static func configuration(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        trial.add(originals.data)
        let saved = random.pick([originals.run["run/config.yaml"], originals.grown["grown/config.yaml"]]) ?? []
        let short = Array(
            """
            preset: quick
            batch: 8
            microbatch: 4
            model:
              channel_base: 64
              channel_max: 8
            snapshot: {grid: 2x2, every_kimg: 5}
            """.utf8)
        var text = random.chance(60) ? saved : short
        var log: [String] = []
        TextMutator(
            words: keys + keys.flatMap { $0.split(separator: ".").map(String.init) } + ["auto", "none", "false"])(
                &text, other: saved, &random, log: &log)
        trial.add("config.yaml", text)
        if random.chance(4) {
            trial.replace("config.yaml", with: oddEntry(text, &random))
            log = ["it is something else"]
        }
        trial.change = log.joined(separator: "; ")
        // A configuration may well ask for much; what is asked here is one small step.
        let limits =
            ["--batch", "8", "--microbatch", "4", "--threads", "1"]
            + ["model.channel_base=64", "model.channel_max=8", "model.z_dim=8", "model.w_dim=8"].flatMap {
                ["--set", $0]
            }
        trial.commands = [
            .init(
                ["train", "--data", "data", "--run", "new", "--config", "config.yaml", "--dry-run"] + limits,
                names: ["config.yaml"] + keys)
        ]
        return trial
    }

    static func scaling(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        func result(_ way: String, _ ranks: Int, _ seconds: Double, _ bytes: Int) -> String {
            """
            {"batch": \(4 * ranks), "bucket_mb": 1, "bytes_per_step": \(bytes), "case": "S8", "communication_seconds": 0.0006,
             "cores": 2, "gbit_per_second": 0.5, "gradient_bytes_per_step": 5949585.25, "hosts": \(ranks), "machines": 1,
             "microbatch": 2, "not_hidden_seconds": 0.0006, "ranks": \(ranks), "seconds_per_step": \(seconds), "spread": 0,
             "sums_per_step": 9.25, "threads": 2, "way": "\(way)"}
            """
        }
        let results = [
            result("alone", 1, 0.067, 0), result("overlapped", 2, 0.1, 5_949_585),
            result("exposed", 2, 0.13, 5_949_585),
        ]
        var text = Array("{\"cluster\": [\(results.joined(separator: ", "))]}".utf8)
        var log: [String] = []
        TextMutator(words: ["alone", "exposed", "\"ranks\": 2"])(&text, other: text, &random, log: &log)
        trial.add("steps.json", text)
        if random.chance(4) {
            trial.replace("steps.json", with: oddEntry(text, &random))
            log = ["it is something else"]
        }
        trial.change = log.joined(separator: "; ")
        trial.commands = [
            .init(
                ["bench", "scaling", "steps.json"] + random.pick([[], ["--json"], ["--svg", "scaling.svg"]]),
                names: ["steps.json"])
        ]
        return trial
    }

    // MARK: Options

    /// A whole command line whose values can be changed one by one.
    private struct Line {
        var words: [String]
        var options: [(name: String, value: String)]
        /// Options whose large values ask for large work, and are meant.
        var costly: Set<String> = []
    }

    private static let lines: [Line] = [
        Line(
            words: ["dataset", "synthesize"],
            options: [
                ("out", "new"), ("count", "4"), ("resolution", "8"), ("channels", "3"), ("shards", "1"), ("seed", "1"),
            ],
            costly: ["count"]),
        Line(
            words: ["dataset", "import", "data/shard-00000.h5"],
            options: [
                ("out", "new"), ("resolution", "8"), ("channels", "3"), ("shards", "1"), ("labels", "none"),
                ("limit", "3"),
                ("resize", "box"), ("crop", "center"), ("on-error", "skip"),
            ]),
        Line(words: ["dataset", "info", "data"], options: [("preview", "preview.png")]),
        Line(
            words: ["sample", "run/checkpoints/00000016.h5"],
            options: [("out", "sample.png"), ("count", "2"), ("truncation", "0.5"), ("grid", "2x2")]),
        Line(
            words: ["sample", "grown/checkpoints/00000016.h5"],
            options: [("out", "sample.png"), ("seeds", "0-3,9"), ("class", "1")]),
        Line(
            words: ["evaluate", "run/checkpoints/00000016.h5"],
            options: [("data", "data"), ("metrics", "swd"), ("images", "8"), ("seed", "1"), ("threads", "1")]),
        Line(
            words: ["translate", Translators.checkpoint("oasis")],
            options: [
                ("input", "in"), ("out", "new"), ("seed", "1"), ("noise", "class:1"), ("palette", "in/palette.json"),
                ("sheet", "sheet.png"), ("real", "in"), ("threads", "1"), ("count", "1"),
            ]),
        Line(
            words: ["translate", Translators.checkpoint("pix2pix"), "--edges"],
            options: [("input", "in"), ("out", "new"), ("count", "1"), ("sheet", "sheet.png"), ("threads", "1")]),
        Line(
            words: ["evaluate", Translators.checkpoint("ccfpse")],
            options: [
                ("data", "shapes"), ("metrics", "miou"), ("segmenter", Translators.segmenter), ("images", "2"),
                ("threads", "1"),
            ]),
        Line(words: ["inspect", "run/checkpoints/00000016.h5"], options: [("compare", "run/checkpoints/00000008.h5")]),
        Line(
            words: ["bench", "data"],
            options: [("data", "data"), ("images", "8"), ("batch", "4"), ("seconds", "0.01")],
            costly: ["images", "seconds"]),
        Line(
            words: ["bench", "kernels"], options: [("filter", "no such line"), ("seconds", "0.01"), ("threads", "1")],
            costly: ["seconds"]),
        Line(words: ["bench", "allreduce"], options: [("sizes", "4kb"), ("seconds", "0.01")], costly: ["seconds"]),
        Line(
            words: ["train", "--dry-run"] + Originals.tiny,
            options: [
                ("data", "data"), ("run", "new"), ("preset", "quick"), ("kimg", "1"), ("seed", "1"),
                ("resume", "auto"), ("transfer", "run/checkpoints/00000016.h5"), ("config", "run/config.yaml"),
            ]),
    ]

    static func options(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        trial.add(originals.data)
        trial.add(originals.run)
        trial.add(originals.grown)
        if random.chance(45) { return settings(trial, &random) }
        var line = random.pick(lines)
        if line.words.contains(where: { $0.hasPrefix("translators/") }) {
            trial.add(originals.translators.files)
            trial.add(originals.translators.shapes)
            trial.add(translated)
        }
        // Some options exclude each other; most cases have one or two that matter.
        var names: [String] = []
        var log: [String] = []
        for _ in 0..<(random.chance(70) ? 1 : 2) {
            let at = random.below(line.options.count)
            let name = line.options[at].name
            var value = Self.value(&random)
            if line.costly.contains(name), let number = Double(value), number >= 1000, number < 1e18 { value = "-1" }
            if random.chance(25) {
                var bytes = Array(line.options[at].value.utf8)
                TextMutator(words: [])(&bytes, other: bytes, &random, log: &log)
                // What changes bytes at random may write any number.
                value = String(decoding: bytes.prefix(10_000), as: UTF8.self)
                if line.costly.contains(name), Double(value).map({ $0 >= 1000 }) ?? false { value = "x" }
            }
            if ["out", "preview", "run", "sheet"].contains(name) { value = inside(value) }
            // A folder that is read to its end: the whole disk may be meant.
            if ["input", "real"].contains(name) { value = inside(value) }
            // Many lines of the benchmark have such words in their names: all of them take half a minute.
            if name == "filter", value.count < 4 { value = "no such line" }
            line.options[at].value = value
            names += ["--" + name, value]
            log.append("--\(name) '\(value.prefix(200))'")
        }
        let kept = line.options.filter { option in
            names.contains("--" + option.name) || random.chance(60)
                || ["out", "data", "run", "filter", "input"].contains(option.name)
        }
        trial.change = log.joined(separator: "; ")
        trial.commands = [
            .init(
                line.words + kept.flatMap { ["--" + $0.name, $0.value] },
                // A value that names a file is shown with its control characters escaped.
                names: names.contains {
                    !$0.allSatisfy { $0.isASCII && !$0.isNewline && $0 >= " " } || $0.count < 3
                        || $0.hasPrefix("--") && $0.count > 40
                } ? [] : names)
        ]
        if random.chance(5) { trial.commands[0].arguments.append(random.bytes(random.below(40))) }
        if random.chance(3) { trial.commands[0].arguments.remove(at: random.below(trial.commands[0].arguments.count)) }
        if trial.commands[0].arguments.count != line.words.count + 2 * kept.count { trial.commands[0].names = [] }
        return trial
    }

    private static func value(_ random: inout FuzzRandom) -> String {
        random.chance(3)
            ? String(repeating: random.pick(["9", "a", "x", "-", ","]), count: 10_000) : random.pick(TextMutator.values)
    }

    /// A name of something that is written, below the folder of the case: the program may write where it is told to.
    static func inside(_ value: String) -> String {
        String(value.drop { $0 == "/" || $0 == "~" }.replacing("..", with: "_"))
    }

    /// `--set key=value`, for every key.
    private static func settings(_ trial: Trial, _ random: inout FuzzRandom) -> Trial {
        var (trial, names, sets) = (trial, [String](), [String]())
        for _ in 0..<(random.chance(70) ? 1 : 2) {
            let key = random.pick(keys)
            var text = "\(key)=\(value(&random))"
            if random.chance(15) {
                var (bytes, log) = (Array(text.utf8), [String]())
                TextMutator(words: keys)(&bytes, other: bytes, &random, log: &log)
                text = String(decoding: bytes.prefix(10_000), as: UTF8.self)
            }
            if text.contains("stage") { text = inside(text.replacing("/", with: "_")) }
            sets += ["--set", text]
            // Where a change makes another key of it, that is named.
            names += [text.hasPrefix(key + "=") ? key : "", "--set"].filter { !$0.isEmpty }
        }
        // What a run is to last, and the size of its steps, is left to whoever asks; one step is enough here.
        let long = ["kimg", "growing.training_kimg", "growing.transition_kimg", "metrics.images"]
        let isDry =
            random.chance(70) || long.contains { key in sets.contains { $0.contains(key) } }
            || sets.contains { $0.hasPrefix("kimg") }
        trial.change = sets.filter { $0 != "--set" }.map { "--set '\($0.prefix(200))'" }.joined(separator: "; ")
        trial.commands = [
            .init(
                ["train", "--data", "data", "--run", "new"] + Originals.tiny
                    + (isDry ? ["--dry-run"] : ["--kimg", "0.008"])
                    + sets, names: names + keys + ["new/", "data"])
        ]
        return trial
    }
}
