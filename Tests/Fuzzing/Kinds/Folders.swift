import Glibc
import TestSupport

/// What runs leave and find again: run folders, staged copies, and the host files of jobs.
extension FuzzKind {
    static func run(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        let isGrown = random.chance(40)
        let (files, folder) = isGrown ? (originals.grown, "grown") : (originals.run, "run")
        trial.add(originals.data)
        trial.add(files)
        // Small files steer; there are many pictures.
        let steering = files.keys.filter { !$0.hasSuffix(".png") || $0.hasSuffix("timelapse.png") }.sorted()
        var log: [String] = []
        for _ in 0..<(random.chance(75) ? 1 : 3) {
            let path = random.pick(random.chance(85) ? steering : files.keys.sorted())
            var bytes = files[path] ?? []
            if random.chance(12) {
                if random.chance(50) {
                    trial.entries.removeAll { $0.path == path }
                    log.append("\(path) is missing")
                } else {
                    trial.replace(path, with: oddEntry(bytes, &random))
                    log.append("\(path) is something else")
                }
                continue
            }
            var changes: [String] = []
            if path.hasSuffix(".h5") {
                let changed = ChangedFile.hdf5(bytes, originals.map(of: path), other: bytes, &random)
                (bytes, changes) = (changed.bytes, changed.log)
            } else if path.hasSuffix(".png") {
                ByteMutator(focus: [0..<64])(&bytes, other: bytes, &random, log: &changes)
                if random.chance(60) { PNGChunks.forge(&bytes) }
            } else if random.chance(80) {
                TextMutator(words: [
                    "00000008.h5", "00000016.h5", "99999999.h5", "../../data/shard-00000.h5", "images_shown",
                ])(
                    &bytes, other: bytes, &random, log: &changes)
            } else {
                ByteMutator()(&bytes, other: bytes, &random, log: &changes)
            }
            trial.replace(path, with: bytes)
            log.append("\(path): " + changes.joined(separator: "; "))
        }
        if random.chance(8) {
            let name = random.pick([
                ".lock", "run.lock", "lock", "checkpoints/.lock", "checkpoints/99999999999999999999.h5",
                "checkpoints/.00000024.h5.partial-1", "checkpoints/00000024.h5",
            ])
            trial.replace("\(folder)/\(name)", with: oddEntry([0x31, 0x0A], &random))
            log.append("\(name) is something else")
        }
        trial.change = log.joined(separator: "; ")
        let options = isGrown ? Originals.growing : Originals.tiny
        let names = [folder]
        if random.chance(30) { trial.commands.append(.init(["inspect", folder], names: names)) }
        trial.commands.append(
            .init(["train", "--data", "data", "--run", folder, "--kimg", "0.024"] + options, names: names))
        return trial
    }

    static func staged(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        trial.add(originals.data)
        trial.add(originals.stage)
        let path = random.pick(originals.stage.keys.sorted())
        var bytes = originals.stage[path] ?? []
        var log: [String] = []
        if random.chance(10) {
            trial.replace(path, with: oddEntry(bytes, &random))
            log = ["it is something else"]
        } else {
            if path.hasSuffix(".h5") {
                let original = originals.data.first { $0.key.hasSuffix(path.suffix(14)) }?.key ?? ""
                let changed = ChangedFile.hdf5(bytes, originals.map(of: original), other: bytes, &random)
                (bytes, log) = (changed.bytes, changed.log)
            } else if random.chance(70) {
                TextMutator(words: ["shards", "size", "checksum"])(&bytes, other: bytes, &random, log: &log)
            } else if !bytes.isEmpty {
                ByteMutator()(&bytes, other: bytes, &random, log: &log)
            } else {
                bytes = random.bytes(20)
            }
            trial.replace(path, with: bytes)
        }
        trial.change = "\(path): " + log.joined(separator: "; ")
        let arguments = ["train", "--data", "data", "--run", "new", "--kimg", "0.024", "--set", "data.stage=stage"]
        trial.commands = [.init(arguments + Originals.tiny, names: ["stage", "data/"])]
        return trial
    }

    /// The scripts start nothing here: see ``StandIns``.
    static func hosts(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var trial = Trial()
        var text = Array(
            """
            # two hosts
            node01 slots=2
            node02 slots=2 max_slots=4
            10.0.0.7 slots=1
            """.utf8)
        var log: [String] = []
        let evil = [
            "-oProxyCommand=touch${IFS}owned", "--", "-V", "$(touch owned)", "`touch owned`", ";touch owned",
            "node01;touch owned",
            "a b", "'", "\"", "*", "?", "[a", "slots=08", "slots=-1", "slots=99999999999999999999",
            "slots=1;touch owned",
            "user@node01", "-l root node01", "node01\\", "host\u{1B}[2J", "::1", "[::1]", ".", "..", "../x",
            "slots=a[$(touch owned)]",
        ]
        TextMutator(words: evil + evil)(&text, other: text, &random, log: &log)
        if random.chance(50) {
            let line = random.pick(evil) + (random.chance(70) ? " slots=2" : "")
            text += Array("\n\(line)\n".utf8)
            log.append("a line '\(line)'")
        }
        trial.add("hosts", text)
        if random.chance(3) {
            trial.replace("hosts", with: random.pick([.folder, .link("missing"), .link("/dev/null")]))
            log = ["it is something else"]
        }
        trial.change = log.joined(separator: "; ")
        let isSupervised = random.chance(70)
        var command = Trial.Command([], names: ["hosts", "cluster/"])
        command.script =
            isSupervised
            ? ["supervise", "--drop-dead-hosts", "--restarts", "0", "--backoff", "0:0", "--hostfile", "hosts"]
            : ["launch", "--hostfile", "hosts"]
        command.script += ["--program", "/bin/true", "--", "train", "--data", "data", "--run", "new"]
        // No host is reachable.
        command.codes = [69]
        command.inspect = { folder in
            if access(folder + "/owned", F_OK) == 0 { return "the host file was run" }
            guard let file = fopen(folder + "/" + StandIns.note, "r") else { return nil }
            fclose(file)
            return "ssh was started with something that is no host name"
        }
        trial.commands = [command]
        return trial
    }
}
