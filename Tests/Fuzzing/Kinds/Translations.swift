import Storage

/// Images of images: pairs that are imported, checkpoints that translate with what they are given, and segmenters.
extension FuzzKind {
    // MARK: Pairs

    /// A picture of noise as PNG, or as JPEG.
    private static func picture(
        _ originals: Originals, width: Int, isJPEG: Bool, _ random: inout FuzzRandom
    ) -> [UInt8] {
        if isJPEG { return random.pick(originals.images.jpeg) }
        let channels = random.pick([1, 3])
        let image = RasterImage(
            height: 16, width: width, channels: channels, pixels: random.bytes(16 * width * channels))
        return (try? ImageFile.encodePNG(image)) ?? []
    }

    /// Two images, of which one is changed, or the one that it is made from.
    static func pairs(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        let layout = random.pick(["side-by-side", "A", "edges"])
        // JPEG is noise of 16².
        let isJPEG = layout != "side-by-side" && random.chance(30)
        let (width, ending) = (layout == "side-by-side" ? 32 : 16, isJPEG ? "jpg" : "png")
        let folders = layout == "A" ? ["folder/A", "folder/B"] : ["folder"]
        let paths = folders.flatMap { folder in ["a", "b"].map { "\(folder)/\($0).\(ending)" } }
        for path in paths { trial.add(path, picture(originals, width: width, isJPEG: isJPEG, &random)) }
        var (log, fault): ([String], String?) = ([], nil)
        if random.chance(75) {
            let path = random.pick(paths)
            var bytes = picture(originals, width: width, isJPEG: isJPEG, &random)
            let other = random.pick(isJPEG ? originals.images.jpeg : originals.images.png)
            ByteMutator(focus: [8..<33, 0..<min(bytes.count, 700)], keepsLength: random.chance(50))(
                &bytes, other: other, &random, log: &log)
            if !isJPEG, random.chance(60) {
                PNGChunks.forge(&bytes)
                log.append("CRCs made right")
            }
            if !isJPEG { fault = PNGChunks.fault(bytes).map { "\($0), and it was imported" } }
            trial.replace(path, with: bytes)
            log.insert(path, at: 0)
            if random.chance(6) {
                trial.replace(path, with: oddEntry(bytes, &random))
                (log, fault) = (["\(path) is something else"], nil)
            } else if random.chance(8) {
                trial.entries.removeAll { $0.path == path }
                (log, fault) = (["\(path) is missing"], nil)
            }
        }
        var options = [["--pair", layout]]
        if random.chance(15) {
            // A folder is read to its end: not the whole disk.
            let value = inside(String(random.pick(TextMutator.values).filter { $0 != "\u{0}" }))
            options = [["--pair", value]]
            log.append("--pair '\(value)'")
            // Another layout need not look at the file.
            fault = nil
        }
        if random.chance(30) {
            options.append(
                random.pick([
                    ["--direction", "BtoA"], ["--direction", "up"], ["--pair-channels", "1"], ["--pair-channels", "2"],
                    ["--channels", "1"], ["--resolution", "8"], ["--resolution", "4", "--crop", "center"],
                    ["--resize", "pad", "--resolution", "16"], ["--maps", "none"], ["--limit", "1"],
                ]))
        }
        if random.chance(30) { options.append(["--on-error", "skip"]) }
        // What is skipped, or not asked for, leaves the other pair.
        if options.contains(where: { ["--on-error", "--limit"].contains($0[0]) }) { fault = nil }
        trial.change = log.joined(separator: "; ")
        trial.commands = [
            .init(
                ["dataset", "import", "folder", "--out", "imported"] + options.flatMap(\.self),
                names: [
                    "folder", "--pair", "--direction", "--channels", "--maps", "--resolution", "--resize", "--limit",
                ], mustRefuse: fault)
        ]
        return trial
    }

    // MARK: Checkpoints that translate, and what they are given

    /// What checkpoints of a family make images of: a drawing of 16², or a label map of 64².
    private static func condition(_ family: String) -> [UInt8] {
        let side = family == "pix2pix" ? 16 : 64
        let pixels = (0..<side * side).map { family == "pix2pix" ? UInt8($0 % 251) : UInt8($0 / side / 8 % 9) }
        return (try? ImageFile.encodePNG(RasterImage(height: side, width: side, channels: 1, pixels: pixels))) ?? []
    }

    private static let palette = Array(
        ("[" + (0..<9).map { "{\"name\": \"c\($0)\", \"color\": [\($0), \($0), \($0)]}" }.joined(separator: ", ") + "]")
            .utf8)

    /// What the options of `translate` are tried on: a label map, and names of its classes.
    static let translated: [String: [UInt8]] = [
        "in/a.png": condition("oasis"), "in/palette.json": palette,
    ]

    static func translate(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        let family = random.pick(Translators.families)
        let path = Translators.checkpoint(family)
        let original = originals.translators.files[path] ?? []
        let map = condition(family)
        trial.add("checkpoint.h5", original)
        trial.add("in/a.png", map)
        var (log, altered): ([String], String?) = ([], nil)
        var isOfCheckpoint = false
        switch random.below(10) {
        case 0..<5:
            isOfCheckpoint = true
            if random.chance(8) {
                trial.replace("checkpoint.h5", with: oddEntry(original, &random))
                log = ["the checkpoint is something else"]
            } else if random.chance(40), let (bytes, changes) = originals.rewritten(path, .checkpoint, &random) {
                trial.replace("checkpoint.h5", with: bytes)
                log = changes
            } else {
                let other = originals.translators.files[Translators.checkpoint(random.pick(Translators.families))]
                let changed = ChangedFile.hdf5(original, originals.map(of: path), other: other ?? [], &random)
                trial.replace("checkpoint.h5", with: changed.bytes)
                log = changed.log
                // Files of other programs are taken; what bears our seal must be right.
                if !changed.isForged, changed.bytes != original, Seals.isMarked(changed.bytes) {
                    altered = "the checkpoint was altered and still ends with its seal"
                }
            }
        case 5..<8:
            var bytes = random.chance(60) ? map : random.pick(originals.images.png)
            ByteMutator(focus: [8..<33, 8..<min(bytes.count, 64)], keepsLength: random.chance(50))(
                &bytes, other: random.pick(originals.images.png), &random, log: &log)
            if random.chance(70) {
                PNGChunks.forge(&bytes)
                log.append("CRCs made right")
            }
            altered = PNGChunks.fault(bytes).map { "\($0), and it was translated" }
            trial.replace("in/a.png", with: bytes)
            if random.chance(8) {
                trial.replace("in/a.png", with: oddEntry(bytes, &random))
                (log, altered) = (["the input is something else"], nil)
            }
        default:
            var text = palette
            TextMutator(words: ["name", "color", "[0, 0, 0]", "{\"name\": \"sand\"}"])(
                &text, other: text, &random, log: &log)
            trial.add("in/palette.json", text)
            if random.chance(8) {
                trial.replace("in/palette.json", with: oddEntry(text, &random))
                log = ["the palette is something else"]
            }
        }
        trial.change = "\(family): " + log.joined(separator: "; ")
        let names = ["checkpoint.h5", "in/", "in: ", "a.png", "palette.json", "--input in", "--noise"]
        if isOfCheckpoint, random.chance(35) {
            trial.add(originals.translators.shapes)
            trial.add(Translators.segmenter, originals.translators.files[Translators.segmenter] ?? [])
            trial.commands = [
                random.pick([
                    .init(["inspect", "checkpoint.h5"], names: names, mustRefuse: altered),
                    .init(
                        [
                            "evaluate", "checkpoint.h5", "--data", "shapes", "--metrics", "miou", "--images", "2",
                            "--segmenter", Translators.segmenter, "--threads", "1",
                        ], names: names + ["shapes"], mustRefuse: altered),
                ])
            ]
            return trial
        }
        let options = [
            [], [], ["--noise", "class:1", "--seed", "3"], ["--sheet", "sheet.png"],
            ["--sheet", "sheet.png", "--real", "in"], family == "pix2pix" ? ["--edges"] : ["--count", "1"],
        ]
        trial.commands = [
            .init(
                ["translate", "checkpoint.h5", "--input", "in", "--out", "out", "--threads", "1"]
                    + random.pick(options), names: names, mustRefuse: altered)
        ]
        return trial
    }

    // MARK: Segmenters

    static func segmenter(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        let original = originals.translators.files[Translators.segmenter] ?? []
        var (bytes, altered): ([UInt8], String?) = (original, nil)
        if random.chance(5) {
            trial.change = "it is something else"
        } else if random.chance(45), let found = originals.rewritten(Translators.segmenter, .features, &random) {
            bytes = found.bytes
            trial.change = found.log.joined(separator: "; ")
        } else {
            let changed = ChangedFile.hdf5(
                original, originals.map(of: Translators.segmenter), other: originals.foreign[0], &random)
            bytes = changed.bytes
            trial.change = changed.log.joined(separator: "; ")
            if !changed.isForged, bytes != original { altered = "the segmenter was altered" }
        }
        trial.add("segmenter.h5", bytes)
        if trial.change == "it is something else" { trial.replace("segmenter.h5", with: oddEntry(bytes, &random)) }
        let names = ["segmenter.h5"]
        if random.chance(40) {
            // Files of other programs are shown; what bears our seal must be right.
            trial.commands = [
                .init(
                    ["inspect", "segmenter.h5"], names: names, mustRefuse: Seals.isMarked(bytes) ? altered : nil)
            ]
            return trial
        }
        let path = Translators.checkpoint("oasis")
        trial.add(path, originals.translators.files[path] ?? [])
        trial.add(originals.translators.shapes)
        trial.commands = [
            .init(
                [
                    "evaluate", path, "--data", "shapes", "--metrics", "miou", "--images", "2", "--threads", "1",
                    "--segmenter", "segmenter.h5",
                ], names: names, mustRefuse: altered)
        ]
        return trial
    }
}
