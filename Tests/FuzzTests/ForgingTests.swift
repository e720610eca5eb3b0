import Foundation
import Fuzzing
import TestSupport
import Testing

/// Seals and checksums that are made right again are taken for right: otherwise only the seal would be tried.
@Suite struct ForgingTests {
    private let originals: Originals
    private let process: FuzzedProcess
    private let program: String

    init() throws {
        originals = try KindTests.runner.get().originals
        program = try ChildProcess.product("ganglion")
        process = FuzzedProcess(guardian: try ChildProcess.product("FuzzGuard"), FuzzLimits())
    }

    private func run(_ files: [String: [UInt8]], _ arguments: [String]) throws -> EndedProcess {
        let scratch = try Scratch()
        for (path, bytes) in files {
            let file = URL(fileURLWithPath: scratch.path + "/" + path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
        return try process.run(
            ([program] + arguments).map { Array($0.utf8) }, in: scratch.path, environment: FuzzRunner.environment,
            output: scratch.outer + "/output")
    }

    @Test func lookup3IsThatOfItsAuthor() {
        // From the comment at the end of lookup3.c, with an initial value of 0.
        #expect(lookup3(Array("Four score and seven years ago".utf8)[...]) == 0x1777_0551)
        #expect(lookup3([][...]) == 0xDEAD_BEEF)
    }

    @Test func sealsMadeHereAreThoseOfTheProgram() throws {
        let all = originals.data.merging(originals.run) { $1 }.merging(originals.fields) { $1 }
        for (path, file) in all where path.hasSuffix(".h5") {
            let (content, seal) = Seals.split(file)
            let found = try #require(seal, "\(path) has no seal")
            #expect(Seals.sealed(content, found) == file, "\(path)")
        }
    }

    @Test func aForgedShardIsRefusedOnlyForWhatIsInIt() throws {
        let path = "data/shard-00000.h5"
        let original = try #require(originals.data[path])
        var (content, seal) = Seals.split(original)
        let made = try #require(seal)
        guard case .shard(let lists) = made, let images = lists.first else {
            Issue.record("a seal of another version")
            return
        }
        // A pixel: the chunk's own Fletcher-32 is made right, then the seal.
        content[images.extents[0].lowerBound + 5] ^= 0x10
        originals.map(of: path).forge(&content)
        let forged = originals.data.merging([path: Seals.sealed(content, made)]) { $1 }
        let ended = try run(forged, ["dataset", "info", "data", "--verify"])
        #expect(ended.ending == .exit(65) && ended.output.contains("dataset_id"), "\(ended.output)")
        // Everything but --verify takes it.
        #expect(try run(forged, ["dataset", "info", "data", "--preview", "p.png"]).ending == .exit(0))
        let damaged = originals.data.merging([path: content + original.dropFirst(content.count)]) { $1 }
        let refused = try run(damaged, ["dataset", "info", "data", "--preview", "p.png"])
        #expect(refused.ending == .exit(65) && !refused.output.contains("dataset_id"), "\(refused.output)")
    }

    @Test func aForgedCheckpointGetsPastItsSealAndHDF5() throws {
        let path = "run/checkpoints/00000016.h5"
        let original = try #require(originals.run[path])
        var (content, seal) = Seals.split(original)
        let made = try #require(seal)
        // The name of an array's attribute, in an object header with a checksum of HDF5.
        let place = try #require(content.firstRange(of: Array("crc32".utf8)))
        content[place.upperBound - 1] ^= 1
        let sealed = try run(["c.h5": Seals.sealed(content, made)], ["inspect", "c.h5"])
        #expect(sealed.ending == .exit(65) && !sealed.output.contains("has no checksum"), "\(sealed.output)")
        originals.map(of: path).forge(&content)
        let ended = try run(["c.h5": Seals.sealed(content, made)], ["inspect", "c.h5"])
        #expect(ended.ending == .exit(65) && ended.output.contains("has no checksum"), "\(ended.output)")
        let unsealed = try run(["c.h5": content + original.suffix(32)], ["inspect", "c.h5"])
        #expect(unsealed.ending == .exit(65) && !unsealed.output.contains("has no checksum"), "\(unsealed.output)")
    }

    @Test func nothingIsChangedWhereNothingIsWrong() throws {
        for (path, file) in originals.run where path.hasSuffix(".h5") {
            var content = Seals.split(file).content
            originals.map(of: path).forge(&content)
            #expect(content == Seals.split(file).content, "\(path)")
            #expect(!originals.map(of: path).isEmpty)
        }
        for image in originals.images.png {
            #expect(PNGChunks.fault(image) == nil)
            var changed = image
            changed[20] ^= 1
            #expect(PNGChunks.fault(changed) != nil)
            PNGChunks.forge(&changed)
            #expect(PNGChunks.fault(changed) == nil)
        }
        let text = Array("some text, some text, some text".utf8)
        var packed = GzipMember.pack(text)
        #expect(GzipMember.contents(packed) == text)
        #expect(GzipMember.contents(packed + [0]) == nil && GzipMember.contents(packed.dropLast()) == nil)
        packed[packed.count - 5] ^= 1
        #expect(GzipMember.contents(packed) == nil)
        GzipMember.forge(&packed)
        #expect(GzipMember.contents(packed) == text)
    }

    @Test func soundInputsAreTaken() throws {
        let data = originals.data
        let checkpoint = try #require(originals.run["run/checkpoints/00000016.h5"])
        let png = originals.images.png.enumerated().map { ("f/\($0.offset).png", $0.element) }
        let jpeg = originals.images.jpeg.enumerated().map { ("f/\($0.offset).jpg", $0.element) }
        let cases: [([String: [UInt8]], [String])] = [
            (data, ["dataset", "info", "data", "--verify"]),
            (["c.h5": checkpoint], ["inspect", "c.h5"]),
            (["c.h5": checkpoint], ["sample", "c.h5", "--out", "s.png", "--count", "1"]),
            (["s.h5": originals.foreign[1]], ["dataset", "import", "s.h5", "--out", "new"]),
            (Dictionary(png) { $1 }, ["dataset", "import", "f", "--out", "new", "--channels", "3"]),
            (Dictionary(jpeg) { $1 }, ["dataset", "import", "f", "--out", "new", "--channels", "3"]),
        ]
        for (files, arguments) in cases {
            let ended = try run(files, arguments)
            #expect(ended.ending == .exit(0), "\(arguments): \(ended.output)")
        }
    }
}
