import Storage

/// Shards and checkpoints: what seals guard.
extension FuzzKind {
    static func shard(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        let folder = random.pick(["data", "data", "grey", "fields", "fields", "packed"])
        let all = originals.data.merging(originals.grey) { $1 }.merging(originals.fields) { $1 }
        let files = all.filter { $0.key.hasPrefix(folder + "/") }
        let path = random.pick(files.keys.sorted())
        let original = files[path] ?? []
        trial.add(files)
        if random.chance(4) {
            trial.replace(path, with: oddEntry(original, &random))
            trial.change = "\(path) is something else"
            trial.commands = shardCommands(folder, path, mustRefuse: nil, &random)
            return trial
        }
        let others = all.sorted { $0.key < $1.key }.map(\.value)
        let changed = ChangedFile.hdf5(original, originals.map(of: path), other: random.pick(others), &random)
        trial.replace(path, with: changed.bytes)
        trial.change = "\(path): " + changed.log.joined(separator: "; ")
        // The format's version says that there must be a seal, which in turn covers every byte.
        let mustRefuse = !changed.isForged && changed.bytes != original ? "the shard was altered" : nil
        trial.commands = shardCommands(folder, path, mustRefuse: mustRefuse, &random)
        return trial
    }

    private static func shardCommands(
        _ folder: String, _ path: String, mustRefuse: String?, _ random: inout FuzzRandom
    ) -> [Trial.Command] {
        let names = [path, folder]
        let short = Originals.tiny + ["--data", folder, "--run", "new"]
        let choice = random.below(10)
        // Fields are no source of an import without a key, and are measured by training.
        let isField = folder == "fields" || folder == "packed"
        switch isField && [3, 5, 6].contains(choice) ? 9 : choice {
        case 0: return [.init(["inspect", path], names: names)]
        case 1: return [.init(["train"] + short + ["--kimg", "0.024"], names: names)]
        case 2: return [.init(["train"] + short + ["--dry-run"], names: names)]
        case 3: return [.init(["train"] + short + ["--kimg", "0.008", "--set", "data.labels=true"], names: names)]
        case 4: return [.init(["dataset", "info", folder, "--preview", "preview.png"], names: names)]
        case 5: return [.init(["dataset", "import", path, "--out", "imported"], names: names)]
        case 6:
            return [
                .init(
                    ["bench", "data", "--data", folder, "--images", "8", "--batch", "4", "--seconds", "0.01"],
                    names: names)
            ]
        default: return [.init(["dataset", "info", folder, "--verify"], names: names, mustRefuse: mustRefuse)]
        }
    }

    static func checkpoint(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        trial.add(originals.data)
        let isGrown = random.chance(35)
        let source = isGrown ? "grown/checkpoints/00000016.h5" : "run/checkpoints/00000016.h5"
        let original = (isGrown ? originals.grown : originals.run)[source] ?? []
        let path = "checkpoint.h5"
        let options = isGrown ? Originals.growing : Originals.tiny
        if random.chance(4) {
            trial.replace(path, with: oddEntry(original, &random))
            trial.change = "it is something else"
            trial.commands = checkpointCommands(path, original, original, options, isGuarded: false, &random)
            return trial
        }
        if random.chance(35), let (bytes, log) = originals.rewritten(source, .checkpoint, &random) {
            trial.add(path, bytes)
            trial.change = log.joined(separator: "; ")
            trial.commands = checkpointCommands(path, bytes, original, options, isGuarded: false, &random)
            return trial
        }
        let other = random.pick([originals.run, originals.grown]).sorted { $0.key < $1.key }[0].value
        let changed = ChangedFile.hdf5(original, originals.map(of: source), other: other, &random)
        trial.add(path, changed.bytes)
        trial.change = changed.log.joined(separator: "; ")
        trial.commands = checkpointCommands(
            path, changed.bytes, original, options, isGuarded: !changed.isForged && changed.bytes != original, &random)
        return trial
    }

    private static func checkpointCommands(
        _ path: String, _ bytes: [UInt8], _ original: [UInt8], _ options: [String], isGuarded: Bool,
        _ random: inout FuzzRandom
    ) -> [Trial.Command] {
        let altered = isGuarded ? "the checkpoint was altered" : nil
        // Sampling takes files of other programs; what bears our seal must be right.
        let alteredWithSeal =
            isGuarded && Seals.isMarked(bytes) ? "the checkpoint was altered and still ends with its seal" : nil
        let train = ["train", "--data", "data", "--run", "new", "--kimg", "0.024"] + options
        let names = [path]
        switch random.below(10) {
        case 0, 1:
            return [
                .init(
                    ["sample", path, "--out", "sample.png", "--count", "2"], names: names, mustRefuse: alteredWithSeal)
            ]
        case 2:
            return [
                .init(
                    ["sample", path, "--out", "sample.h5", "--count", "2", "--truncation", "0.7"],
                    names: names + ["--truncation"], mustRefuse: alteredWithSeal)
            ]
        case 3, 4: return [.init(train + ["--resume", path], names: names, mustRefuse: altered)]
        case 5: return [.init(train + ["--transfer", path], names: names, mustRefuse: alteredWithSeal)]
        case 6: return [.init(["inspect", path, "--compare", path], names: names, mustRefuse: altered)]
        case 7:
            return [
                .init(
                    ["evaluate", path, "--data", "data", "--metrics", "swd", "--images", "4", "--threads", "1"],
                    names: names + ["16×16", "16x16"], mustRefuse: alteredWithSeal)
            ]
        default: return [.init(["inspect", path], names: names, mustRefuse: alteredWithSeal)]
        }
    }
}

extension Originals {
    /// Where the structures of a shard or checkpoint of ours lie.
    package func map(of path: String) -> HDF5Map { maps[path] ?? HDF5Map([]) }

    /// A checkpoint that the program's own writer wrote, so that all checksums are right, with contents that no run has.
    ///
    /// - Parameter path: of the sound one.
    func rewritten(
        _ path: String, _ format: SealedFormat, _ random: inout FuzzRandom
    ) -> (bytes: [UInt8], log: [String])? {
        guard var contents = contents[path] else { return nil }
        var log: [String] = []
        var rounds = 1
        while rounds < 6, random.chance(35) { rounds += 1 }
        for _ in 0..<rounds { log.append(Self.change(&contents, &random)) }
        guard let folder = try? Scratch() else { return nil }
        let file = folder.path + "/checkpoint.h5"
        guard (try? CheckpointFile.write(contents, to: file, as: format)) != nil,
            let bytes = try? folder.bytes("checkpoint.h5")
        else {
            return nil
        }
        return (bytes, log)
    }

    private static func change(_ contents: inout CheckpointContents, _ random: inout FuzzRandom) -> String {
        guard !contents.arrays.isEmpty, !contents.attributes.isEmpty else { return "nothing is left" }
        let at = random.below(contents.arrays.count)
        let (path, shape, values) = contents.arrays[at]
        switch random.below(9) {
        case 0, 1, 2:
            let index = random.below(contents.attributes.count)
            let value = attribute(contents.attributes[index].1, &random)
            contents.attributes[index].1 = value
            return "attribute \(contents.attributes[index].0) is \("\(value)".prefix(200))"
        case 3:
            let index = random.below(contents.attributes.count)
            return "attribute \(contents.attributes.remove(at: index).0) is missing"
        case 4:
            contents.arrays.remove(at: at)
            return "\(path) is missing"
        case 5:
            // The same number of values in another shape.
            let other = random.pick([
                [values.count], [1, values.count], [values.count, 1, 1], [1, 1, 1, 1, values.count],
            ])
            contents.arrays[at].shape = other
            return "\(path) is \(other) instead of \(shape)"
        case 6:
            let count = random.pick([0, 1, values.count + 1, max(0, values.count - 1), 5000])
            contents.arrays[at] = (path, count == 1 ? [] : [count], [Float](repeating: 0.5, count: count))
            return "\(path) has \(count) values instead of \(shape)"
        case 7:
            let value = random.pick([.nan, .infinity, -.infinity, 3e38, -3e38, 1e-37, 0] as [Float])
            let all = random.chance(50)
            contents.arrays[at].values = values.indices.map { all || $0 == values.count / 2 ? value : values[$0] }
            return "\(path) holds \(value)"
        default:
            let name =
                random.pick(["generator/", "ema/", "state/", "optimizer/", ""]) + random.pick(["x", "é", "a.b.c", "0"])
            if !contents.arrays.contains(where: { $0.path == name || $0.path.hasPrefix(name + "/") }) {
                contents.arrays.append((name, [2], [1, 2]))
            }
            return "\(name) was added"
        }
    }

    private static func attribute(_ value: AttributeValue, _ random: inout FuzzRandom) -> AttributeValue {
        if let text = value.stringValue, random.chance(75) {
            var (bytes, log) = (Array(text.utf8), [String]())
            TextMutator(words: ["256", "8", "stylegan2", "pggan"])(&bytes, other: bytes, &random, log: &log)
            return .string(String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self))
        }
        let number = Int64(bitPattern: ByteMutator.number(&random, size: 16))
        switch random.below(8) {
        case 0, 1, 2: return .int(Int(number))
        case 3: return .double(random.pick([.nan, .infinity, -1, 1e300, 0.5, 9.3e18]))
        case 4: return .string(random.pick(TextMutator.values).replacing("\u{0}", with: ""))
        case 5: return .ints([Int(number), 1, 2])
        case 6: return .floats([.nan, 1])
        default: return .strings(["a", "b"])
        }
    }
}
