import Evaluation
import Failure
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct InceptionFileTests {
    static let shapes: [(name: String, shape: [Int])] = [("a.conv.weight", [2, 3]), ("a.bn.running_var", [2])]

    /// A small file of that layout.
    struct Sample: Sendable {
        var format = "ganglion-features"
        var kind = "inception-v3"
        var version = 1
        var weights: [Float] = [1, 2, 3, 4, 5, 6]
        var weightShape = [2, 3]
        var variances: [Float]? = [0, 1]
        var extra = false
        var checksum: Int?

        func write(to path: String) throws {
            let file = try HDF5File(inMemory: path)
            defer { file.close() }
            for (name, value) in [("format", format), ("kind", kind), ("source", "x.pth")] {
                try file.setAttribute(name, to: .string(value))
            }
            try file.setAttribute("version", to: .int(version))
            try file.writeChecked(weights, shape: weightShape, to: "a.conv.weight")
            if let checksum { try file.setAttribute("crc32", to: .int(checksum), on: "a.conv.weight") }
            if let variances { try file.writeChecked(variances, shape: [variances.count], to: "a.bn.running_var") }
            if extra { try file.writeChecked([1], shape: [1], to: "b") }
            try file.save(to: path)
        }
    }

    private func read(_ path: String) throws -> [[Float]] {
        let file = try InceptionFile(path, shapes: Self.shapes)
        return try Self.shapes.map { try file.values($0.name) }
    }

    @Test func whatWasWrittenIsRead() throws {
        try withTemporaryFolder { folder in
            try Sample().write(to: folder + "/x.h5")
            #expect(try read(folder + "/x.h5") == [[1, 2, 3, 4, 5, 6], [0, 1]])
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let sample: Sample
        let words: String
        var testDescription: String { words }

        init(_ words: String, _ change: (inout Sample) -> Void) {
            var sample = Sample()
            change(&sample)
            (self.sample, self.words) = (sample, words)
        }
    }

    static let refusals: [Refusal] = [
        Refusal("attribute format is \"other\", expected \"ganglion-features\"") { $0.format = "other" },
        Refusal("attribute kind is \"classifier\", expected \"inception-v3\"") { $0.kind = "classifier" },
        Refusal("format version is 2, expected 1") { $0.version = 2 },
        Refusal("a.conv.weight has shape [3, 2], expected [2, 3]") { $0.weightShape = [3, 2] },
        Refusal("a.bn.running_var is missing, expected shape [2]") { $0.variances = nil },
        Refusal("a.bn.running_var has shape [3], expected [2]") { $0.variances = [1, 2, 3] },
        Refusal("holds b, which is no array of Inception-v3's") { $0.extra = true },
        Refusal("a.conv.weight holds nan, 1 of its 6 values are not finite") { $0.weights[2] = .nan },
        Refusal("a.bn.running_var holds -0.5, expected variances") { $0.variances = [1, -0.5] },
        Refusal("reading a.conv.weight: its checksum is") { $0.checksum = 7 },
    ]

    @Test("What is wrong with a file is told", arguments: refusals)
    func refusal(_ refusal: Refusal) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/x.h5"
            try refusal.sample.write(to: path)
            var found: (any ExitCoded)?
            do { _ = try read(path) } catch { found = error as? any ExitCoded }
            let error = try #require(found)
            let text = "\(error)"
            #expect(error.exitCode == ExitCode.badData)
            #expect(text.hasPrefix(path + ": ") && text.contains(refusal.words), "\(text)")
        }
    }

    @Test("A missing file: what to fetch, and how to convert it")
    func missing() throws {
        let error = try #require(
            thrown(InceptionFileError.self) { try InceptionFeatures(path: "/nowhere/inception.h5", resize: .pytorch) })
        let text = "\(error)"
        #expect(error.exitCode == ExitCode.missingInput)
        #expect(text.hasPrefix("/nowhere/inception.h5: no such file"))
        #expect(
            text.contains(
                "cluster/convert-inception pt_inception-2015-12-05-6726825d.pth /nowhere/inception.h5"), "\(text)")
    }

    @Test("What is no HDF5 file, or cut short, or a folder")
    func noFile() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/x.h5"
            try Sample().write(to: path)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            for content in [Data(), Data("text".utf8), bytes.prefix(bytes.count / 2)] {
                try content.write(to: URL(fileURLWithPath: path))
                var found: (any ExitCoded)?
                do { _ = try read(path) } catch { found = error as? any ExitCoded }
                let error = try #require(found, "\(content.count) bytes")
                #expect(error.exitCode == ExitCode.badData && "\(error)".contains(path), "\(error)")
            }
            var found: (any ExitCoded)?
            do { _ = try read(folder) } catch { found = error as? any ExitCoded }
            let error = try #require(found)
            #expect(error.exitCode != ExitCode.done && "\(error)".contains(folder), "\(error)")
        }
    }
}
