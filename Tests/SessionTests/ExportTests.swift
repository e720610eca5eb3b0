import Failure
import Foundation
import Session
import SmallRuns
import Storage
import TestSupport
import Testing

/// Networks written for other programs.
@Suite struct ExportTests {
    private func export(_ checkpoint: String, out: String, network: String? = nil) throws -> [String] {
        var said: [String] = []
        try ExportSession(checkpoint: checkpoint, format: "safetensors", out: out, network: network).run {
            said.append($0)
        }
        return said
    }

    /// As the format is described: read here by hand.
    private struct Read {
        var header: [String: Any] = [:]
        var arrays: [String: (shape: [Int], values: [Float])] = [:]

        init(_ path: String) throws {
            let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
            let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
            #expect(length % 8 == 0 && bytes.count > 8 + length)
            header = try #require(
                JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: Any])
            var covered = 0
            for (name, entry) in header where name != "__metadata__" {
                let entry = try #require(entry as? [String: Any])
                #expect(entry["dtype"] as? String == "F32")
                let shape = try #require(entry["shape"] as? [Int])
                let ends = try #require(entry["data_offsets"] as? [Int])
                #expect(ends[1] - ends[0] == 4 * shape.reduce(1, *))
                covered += ends[1] - ends[0]
                let start = 8 + length + ends[0]
                arrays[name] = (shape, RawFloats.read(bytes[start..<start + ends[1] - ends[0]]))
            }
            #expect(covered == bytes.count - 8 - length, "no gaps")
        }
    }

    static let families: [[String]] = [[], Small.progressive, Small.selfAttention]

    @Test(arguments: families) func allArraysByTheirNames(_ overrides: [String]) throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", overrides)
            let contents = try CheckpointFile.read(path)
            for group in ["ema", "generator", "discriminator"] {
                let out = scene.path + "/\(group).safetensors"
                let said = try export(path, out: out, network: group == "ema" ? nil : group)
                let expected = contents.arrays.filter { $0.path.hasPrefix(group + "/") }
                #expect(said.count == 1 && said[0].hasPrefix("\(group): \(expected.count) arrays, "), "\(said)")
                let read = try Read(out)
                #expect(read.arrays.count == expected.count && !expected.isEmpty)
                for array in expected {
                    let found = try #require(
                        read.arrays[String(array.path.dropFirst(group.count + 1))], "\(array.path)")
                    #expect(found.shape == array.shape && found.values == array.values, "\(array.path)")
                }
                let metadata = try #require(read.header["__metadata__"] as? [String: String])
                #expect(metadata["format"] == "pt" && metadata["network"] == group)
                #expect(metadata["config"] == contents.attribute("config")?.stringValue)
                #expect(metadata["resolution"] == "16")
            }
        }
    }

    /// By the library that others use.
    @Test(
        .enabled(
            if: Python.interpreter(with: "safetensors") != nil,
            "no Python has safetensors (pip install safetensors; GANGLION_PYTHON names one)"))
    func safetensorsReadsThem() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5")
            let out = scene.path + "/a.safetensors"
            _ = try export(path, out: out)
            let script = """
                import sys, numpy
                from safetensors import safe_open
                with safe_open(sys.argv[1], "np") as f:
                    for name in sorted(f.keys()):
                        a = f.get_tensor(name)
                        print(name, list(a.shape), repr(float(a.astype(numpy.float64).sum())))
                """
            let python = try #require(Python.interpreter(with: "safetensors"))
            let result = try ChildProcess.run(["/usr/bin/env", python, "-c", script, out])
            #expect(result.status == 0, "\(result.stderr)")
            let contents = try CheckpointFile.read(path)
            let expected = contents.arrays.filter { $0.path.hasPrefix("ema/") }.sorted { $0.path < $1.path }
            let lines = result.stdout.split(separator: "\n")
            #expect(lines.count == expected.count)
            for (line, array) in zip(lines, expected) {
                #expect(line.hasPrefix("\(array.path.dropFirst(4)) \(array.shape) "), "\(line)")
                let sum = array.values.reduce(0.0) { $0 + Double($1) }
                let found = Double(line.split(separator: " ").last ?? "") ?? .nan
                #expect(abs(found - sum) <= 1e-6 * max(1, abs(sum)), "\(line)")
            }
        }
    }

    @Test func whatCannotBeExported() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5")
            func refused(_ status: Int32, _ text: String, _ body: () throws -> Void) {
                let error = refusal(body)
                let found = "\(error.map { "\($0)" } ?? "nothing")"
                #expect(error?.exitCode == status && found.contains(text), "\(found)")
            }
            let out = scene.path + "/a.safetensors"
            refused(64, "--format pickle: expected onnx or safetensors") {
                _ = try ExportSession(checkpoint: path, format: "pickle", out: "a.pickle", network: nil)
            }
            refused(64, "--out a.bin: expected FILE.safetensors") { _ = try export(path, out: "a.bin") }
            refused(64, "--network optimizer: \(path) has ") { _ = try export(path, out: out, network: "optimizer") }
            refused(64, "--network teacher: \(path) has ") { _ = try export(path, out: out, network: "teacher") }
            var forged = try CheckpointFile.read(path)
            forged.arrays.append((path: "ema/__metadata__", shape: [1], values: [1]))
            try CheckpointFile.write(forged, to: scene.path + "/forged.h5")
            refused(65, "forged.h5: ema has an array named __metadata__") {
                _ = try export(scene.path + "/forged.h5", out: out)
            }
            refused(66, "none.h5") { _ = try export(scene.path + "/none.h5", out: out) }
            refused(73, "/no/a.safetensors") { _ = try export(path, out: scene.path + "/no/a.safetensors") }
            #expect(!FileManager.default.fileExists(atPath: out))
        }
    }
}
