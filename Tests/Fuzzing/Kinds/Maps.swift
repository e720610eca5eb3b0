/// A folder of image files with their label maps and, perhaps, a palette.
extension FuzzKind {
    static func maps(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        trial.add("folder/images/a.png", originals.images.png[4])
        var log: [String] = []
        var bytes = random.pick(originals.images.png)
        if random.chance(85) {
            let head = [8..<33, 8..<min(bytes.count, 64)]
            ByteMutator(focus: head, keepsLength: random.chance(50))(
                &bytes, other: random.pick(originals.images.png), &random, log: &log)
        }
        if random.chance(75) {
            PNGChunks.forge(&bytes)
            log.append("CRCs made right")
        }
        let fault = PNGChunks.fault(bytes).map { "\($0), and it was imported" }
        trial.add("folder/annotations/a.png", bytes)
        var text = Array(#"[{"name": "sky", "color": [0, 0, 0]}, {"name": "sea", "color": [255, 255, 255]}]"#.utf8)
        let hasPalette = random.chance(40)
        if hasPalette {
            if random.chance(60) {
                TextMutator(words: ["name", "color", "[255, 255, 255]", "{\"name\": \"sand\"}"])(
                    &text, other: text, &random, log: &log)
            }
            trial.add("folder/palette.json", text)
        }
        if random.chance(4) {
            let path = random.pick(["folder/annotations/a.png"] + (hasPalette ? ["folder/palette.json"] : []))
            trial.replace(path, with: oddEntry(bytes, &random))
            log = ["\(path) is something else"]
        }
        trial.change = log.joined(separator: "; ")
        let options = [
            [], [], ["--on-error", "skip"], ["--map-classes", "2"], ["--resolution", "4"],
            ["--resolution", "16", "--resize", "pad"], ["--maps", "annotations"],
        ]
        trial.commands = [
            .init(
                ["dataset", "import", "folder", "--out", "imported"] + random.pick(options),
                names: ["a.png", "palette.json", "folder"], mustRefuse: fault)
        ]
        return trial
    }
}
