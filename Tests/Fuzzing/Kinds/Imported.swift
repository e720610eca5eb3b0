/// What `dataset import` takes: other programs' HDF5 files, images, labels, IDX, CIFAR.
extension FuzzKind {
    static func hdf5(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        let role = random.pick([HDF5Zoo.Role.source, .source, .shard, .weights])
        var mustRefuse: String?
        var bytes: [UInt8] = []
        if random.chance(60), let zoo = HDF5Zoo(role, &random) {
            (bytes, trial.change, mustRefuse) = (zoo.bytes, zoo.log.joined(separator: "; "), zoo.leadsElsewhere)
            if random.chance(15) {
                // A sound oddity with damage.
                let map = HDF5Map(bytes)
                let changed = ChangedFile.hdf5(bytes, map, other: random.pick(originals.foreign), &random)
                (bytes, mustRefuse) = (changed.bytes, nil)
                trial.change += "; " + changed.log.joined(separator: "; ")
            }
        } else {
            let index = random.below(originals.foreign.count)
            let changed = ChangedFile.hdf5(
                originals.foreign[index], originals.foreignMaps[index], other: random.pick(originals.foreign), &random)
            bytes = changed.bytes
            trial.change = changed.log.joined(separator: "; ")
        }
        // What it may lead to.
        trial.add("outside.bin", [UInt8](repeating: 0x53, count: 1 << 12))
        trial.add("other.h5", originals.foreign[1])
        // Who refuses a file of another kind at once has not followed anything.
        switch role {
        case .source:
            trial.add("source.h5", bytes)
            let skip = random.chance(30) ? ["--on-error", "skip"] : []
            let size = random.chance(30) ? ["--resolution", "8", "--crop", "center"] : []
            trial.commands = [
                random.chance(70)
                    ? .init(
                        ["dataset", "import", "source.h5", "--out", "imported"] + skip + size, names: ["source.h5"],
                        mustRefuse: mustRefuse)
                    : .init(["inspect", "source.h5"], names: ["source.h5"], mustRefuse: mustRefuse)
            ]
        case .shard:
            trial.add("data/shard-00000.h5", bytes)
            let names = ["data"]
            trial.commands = [
                random.chance(60)
                    ? .init(["dataset", "info", "data", "--verify"], names: names, mustRefuse: mustRefuse)
                    : .init(
                        ["train", "--data", "data", "--run", "new", "--kimg", "0.008", "--set", "data.labels=true"]
                            + Originals.tiny, names: names, mustRefuse: mustRefuse)
            ]
        case .weights:
            trial.add("weights.h5", bytes)
            let names = ["weights.h5"]
            trial.add(originals.data)
            trial.commands = [
                random.pick([
                    .init(
                        ["sample", "weights.h5", "--out", "sample.png", "--count", "1"], names: names,
                        mustRefuse: mustRefuse),
                    .init(
                        ["train", "--data", "data", "--run", "new", "--kimg", "0.008", "--transfer", "weights.h5"]
                            + Originals.tiny, names: names, mustRefuse: mustRefuse),
                    .init(["inspect", "weights.h5"], names: names, mustRefuse: mustRefuse),
                ])
            ]
        }
        return trial
    }

    static func png(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var bytes = random.pick(originals.images.png)
        let head = [8..<33, 8..<min(bytes.count, 64)]
        var log: [String] = []
        ByteMutator(focus: head, keepsLength: random.chance(50))(
            &bytes, other: random.pick(originals.images.png), &random, log: &log)
        if random.chance(55) {
            PNGChunks.forge(&bytes)
            log.append("CRCs made right")
        }
        let fault = PNGChunks.fault(bytes).map { "\($0), and it was imported" }
        return image("image.png", bytes, log, mustRefuse: fault, &random)
    }

    static func jpeg(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var bytes = random.pick(originals.images.jpeg)
        var log: [String] = []
        // What follows the first markers are coefficients.
        ByteMutator(focus: [0..<min(bytes.count, 700)], keepsLength: random.chance(50))(
            &bytes, other: random.pick(originals.images.jpeg), &random, log: &log)
        return image("image.jpg", bytes, log, mustRefuse: nil, &random)
    }

    private static func image(
        _ name: String, _ bytes: [UInt8], _ log: [String], mustRefuse: String?, _ random: inout FuzzRandom
    ) -> Trial {
        var trial = Trial()
        var (mustRefuse, log) = (mustRefuse, log)
        trial.add("folder/\(name)", bytes)
        if random.chance(3) {
            trial.replace("folder/\(name)", with: oddEntry(bytes, &random))
            log = ["it is something else"]
            mustRefuse = nil
        }
        trial.change = log.joined(separator: "; ")
        let options = [
            [], [], ["--resolution", "8"], ["--resolution", "16", "--resize", "box", "--crop", "center"],
            ["--resolution", "1024", "--resize", "pad"], ["--on-error", "skip"], ["--channels", "1"],
        ]
        trial.commands = [
            .init(
                ["dataset", "import", "folder", "--out", "imported"] + random.pick(options), names: [name, "folder"],
                mustRefuse: mustRefuse)
        ]
        return trial
    }

    static func labels(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        for index in 0..<3 { trial.add("folder/0000\(index)/img.png", originals.images.png[4]) }
        var text = Array(#"{"labels": [["00000/img.png", 6], ["00001/img.png", 0], ["00002/img.png", 2]]}"#.utf8)
        var log: [String] = []
        if random.chance(85) {
            TextMutator(words: ["labels", "00000/img.png", "[\"00000/img.png\", 6]"])(
                &text, other: text, &random, log: &log)
        } else {
            ByteMutator()(&text, other: text, &random, log: &log)
        }
        trial.add("folder/dataset.json", text)
        if random.chance(4) {
            trial.replace("folder/dataset.json", with: oddEntry(text, &random))
            log = ["it is something else"]
        }
        trial.change = log.joined(separator: "; ")
        trial.commands = [
            .init(
                ["dataset", "import", "folder", "--out", "imported", "--labels", "json"],
                names: ["dataset.json", "00000/img.png", "folder"])
        ]
        return trial
    }

    // MARK: IDX and CIFAR

    private static func idxPair() -> (images: [UInt8], labels: [UInt8]) {
        func big(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
        let pixels = (0..<6 * 64).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        return ([0, 0, 8, 3] + big(6) + big(8) + big(8) + pixels, [0, 0, 8, 1] + big(6) + [0, 1, 2, 3, 4, 9])
    }

    static func idx(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        var (images, labels) = idxPair()
        var log: [String] = []
        let mutator = ByteMutator(focus: [0..<16], keepsLength: random.chance(60))
        if random.chance(70) { mutator(&images, other: labels, &random, log: &log) }
        if random.chance(40) { mutator(&labels, other: images, &random, log: &log) }
        let isPacked = random.chance(25)
        let end = isPacked ? ".gz" : ""
        trial.add("a-images-idx3-ubyte\(end)", isPacked ? GzipMember.pack(images) : images)
        trial.add("a-labels-idx1-ubyte\(end)", isPacked ? GzipMember.pack(labels) : labels)
        if random.chance(4) {
            let path = random.pick(["a-images-idx3-ubyte\(end)", "a-labels-idx1-ubyte\(end)"])
            trial.replace(path, with: oddEntry(images, &random))
            log = ["\(path) is something else"]
        }
        trial.change = log.joined(separator: "; ")
        let skip = random.chance(30) ? ["--on-error", "skip"] : []
        trial.commands = [
            .init(
                ["dataset", "import", "a-images-idx3-ubyte\(end)", "--out", "imported"] + skip,
                names: ["a-images-idx3-ubyte", "a-labels-idx1-ubyte"])
        ]
        return trial
    }

    static func gzip(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        let (images, labels) = idxPair()
        let level = random.pick([0, 1, 6] as [Int32])
        let original = GzipMember.pack(images, level: level)
        var bytes = original
        var log: [String] = []
        ByteMutator(focus: [0..<12, (bytes.count - 8)..<bytes.count], keepsLength: random.chance(50))(
            &bytes, other: GzipMember.pack(labels), &random, log: &log)
        if random.chance(35), GzipMember.forge(&bytes) { log.append("its trailer made right") }
        trial.add("a-images-idx3-ubyte.gz", bytes)
        trial.add("a-labels-idx1-ubyte", labels)
        trial.change = "level \(level): " + log.joined(separator: "; ")
        // What no longer begins as gzip is taken for what it then is.
        let fault =
            bytes.starts(with: [0x1F, 0x8B]) && GzipMember.contents(bytes) == nil
            ? "it is no whole gzip member with a right trailer" : nil
        trial.commands = [
            .init(
                ["dataset", "import", "a-images-idx3-ubyte.gz", "--out", "imported"],
                names: ["a-images-idx3-ubyte", "a-labels-idx1-ubyte"], mustRefuse: fault)
        ]
        return trial
    }

    static func cifar(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        let isHundred = random.chance(40)
        var log: [String] = []
        for name in isHundred ? ["train.bin"] : ["data_batch_1.bin", "data_batch_2.bin"] {
            var bytes: [UInt8] = []
            for row in 0..<3 {
                bytes.append(UInt8(row))
                if isHundred { bytes.append(UInt8(row + 40)) }
                bytes += [UInt8](repeating: UInt8(row), count: 3072)
            }
            if random.chance(70) {
                ByteMutator(focus: [0..<4], keepsLength: random.chance(70))(&bytes, other: bytes, &random, log: &log)
            }
            let isPacked = random.chance(15)
            trial.add("batches/\(name)", isPacked ? GzipMember.pack(bytes) : bytes)
            if random.chance(5) {
                trial.replace("batches/\(name)", with: oddEntry(bytes, &random))
                log.append("\(name) is something else")
            }
        }
        trial.change = log.joined(separator: "; ")
        let skip = random.chance(30) ? ["--on-error", "skip"] : []
        trial.commands = [
            .init(["dataset", "import", "batches", "--out", "imported"] + skip, names: ["batches"])
        ]
        return trial
    }
}
