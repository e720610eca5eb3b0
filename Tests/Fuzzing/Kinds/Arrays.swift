import Foundation
import TestSupport

/// Arrays of numbers that `dataset import` makes fields of: numpy's files and netCDF's.
extension FuzzKind {
    /// As Python writes them: Tests/Reference/field_files.py.
    private static let arrays: [String: [UInt8]] = {
        let golden = ProcessInfo.processInfo.environment["GANGLION_GOLDEN"] ?? Repository.path + "/Tests/Golden"
        let names = ["big_endian.npy", "fortran.npy", "stored.npz", "deflated.npz", "weather.nc", "showers.h5"]
        return Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, FileManager.default.contents(atPath: golden + "/fields/" + name).map { [UInt8]($0) } ?? [])
            })
    }()

    static func numpy(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        let array = arrays[random.pick(["big_endian.npy", "fortran.npy"])] ?? []
        var changed = array
        var log: [String] = []
        let mode = random.below(3)
        if mode == 0, let end = array.firstIndex(of: 0x0A) {
            // The text before the numbers.
            var head = Array(array[10...end])
            TextMutator(words: [
                "'descr'", "'<f4'", "'>f8'", "'|O'", "[('a', '<f4')]", "'shape'", "(3, 2, 8, 12)", "(3, 8, 12)",
                "(99999999999999999999,)", "(4294967296, 4294967296)", "()", "True", "False", "None", "L",
            ])(&head, other: head, &random, log: &log)
            let count = head.count
            changed = Array(array[..<8]) + [UInt8(count & 255), UInt8(count >> 8 & 255)] + head + array[(end + 1)...]
        } else {
            ByteMutator(focus: [0..<128])(&changed, other: arrays["stored.npz"] ?? [], &random, log: &log)
        }
        return imported(changed, "source.npy", log, arguments(of: "", &random), &random)
    }

    static func npz(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var log: [String] = []
        var bytes: [UInt8]
        if random.chance(40) {
            // A sound archive of a changed array.
            var array = arrays[random.pick(["big_endian.npy", "fortran.npy"])] ?? []
            ByteMutator(focus: [0..<128])(&array, other: array, &random, log: &log)
            bytes = ZIPFile.stored([("maps.npy", array), ("count.npy", arrays["big_endian.npy"] ?? [])])
            log.append("with a right CRC")
        } else {
            bytes = arrays[random.pick(["stored.npz", "deflated.npz"])] ?? []
            let end = bytes.count
            ByteMutator(focus: [0..<64, max(0, end - 22)..<end, max(0, end - 200)..<end])(
                &bytes, other: arrays["deflated.npz"] ?? [], &random, log: &log)
        }
        return imported(bytes, "source.npz", log, arguments(of: "maps", &random), &random)
    }

    static func netcdf(_ originals: Originals, _ random: inout FuzzRandom) -> Trial {
        var log: [String] = []
        let name = random.pick(["weather.nc", "weather.nc", "showers.h5"])
        var bytes = arrays[name] ?? []
        ByteMutator(focus: [0..<2048], keepsLength: random.chance(70))(
            &bytes, other: arrays["showers.h5"] ?? [], &random, log: &log)
        let key = name == "weather.nc" ? random.pick(["t2m", "rain", "t2m,rain"]) : "showers"
        var more = arguments(of: key, &random)
        if name == "showers.h5" { more += ["--shape", "16x12", "--condition", "incident_energies"] }
        return imported(bytes, "source.h5", log, more, &random)
    }

    private static func arguments(of key: String, _ random: inout FuzzRandom) -> [String] {
        (key.isEmpty ? [] : ["--key", key])
            + (random.chance(40) ? ["--missing", "1"] : [])
            + (random.chance(30) ? ["--crop", "8", "--stride", "4"] : [])
            + (random.chance(20) ? ["--transform", "asinh:2"] : [])
    }

    private static func imported(
        _ bytes: [UInt8], _ path: String, _ log: [String], _ more: [String], _ random: inout FuzzRandom
    ) -> Trial {
        var trial = Trial()
        trial.add(path, bytes)
        trial.change = log.joined(separator: "; ")
        if random.chance(4) {
            trial.replace(path, with: oddEntry(bytes, &random))
            trial.change = "it is something else"
        }
        trial.commands = [
            .init(
                ["dataset", "import", path, "--out", "imported"] + more,
                names: [path, "channel", "--crop", "--missing"])
        ]
        return trial
    }
}
