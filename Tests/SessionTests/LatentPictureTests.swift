import Failure
import Foundation
import Recipes
import Session
import SmallRuns
import Storage
import TestSupport
import Testing

/// Pictures of latents and styles: ways between seeds, styles of two seeds, truncations.
@Suite struct LatentPictureTests {
    private func options(_ scene: PictureScene, _ checkpoint: String) -> LatentPictureOptions {
        LatentPictureOptions(checkpoint: checkpoint, out: scene.out)
    }

    /// An image of a seed as it stands in a sheet.
    private func shown(_ file: GeneratorFile, _ seed: Int, truncation: Float = 1) throws -> [UInt8] {
        let classes = file.classCount
        return PictureScene.shown(
            try file.images(
                seeds: [seed], classes: classes == 0 ? nil : [seed % classes], truncation: truncation))
    }

    struct Way: Sendable, CustomTestStringConvertible {
        let name: String
        let overrides: [String]
        let space: String?
        var testDescription: String { "\(name), \(space ?? "the usual")" }
    }
    static let ways = [
        Way(name: "stylegan2", overrides: [], space: nil),
        Way(name: "stylegan2", overrides: [], space: "z"),
        Way(name: "stylegan2 with classes", overrides: ["data.labels=true"], space: "w"),
        Way(name: "pggan", overrides: Small.progressive, space: nil),
        Way(name: "sagan", overrides: Small.selfAttention, space: "slerp"),
        Way(name: "sagan", overrides: Small.selfAttention, space: "z"),
    ]

    @Test(arguments: ways) func waysBeginAndEndWithTheSeedsImages(_ way: Way) throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", way.overrides, steps: 3)
            let file = try GeneratorFile(path)
            var said: [String] = []
            try InterpolationSession(
                options(scene, path), seeds: "5,2,8", way: way.space, frames: 4, framesPerSecond: nil, isClosed: true
            ).run { said.append($0) }
            let cells = try scene.cells()
            #expect(cells.count == 3 && cells.allSatisfy { $0.count == 5 })
            for (row, (first, second)) in [(5, 2), (2, 8), (8, 5)].enumerated() {
                #expect(try cells[row][0].pixels == shown(file, first))
                #expect(try cells[row][4].pixels == shown(file, second))
                // What is between is no copy of an end, and each step another one.
                #expect(Set(cells[row].map(\.pixels)).count == 5, "row \(row)")
            }
            #expect(said.count == 1 && said[0].hasPrefix("3 ways in "), "\(said)")
        }
    }

    /// In z, half of the way is another place than around the sphere; w is another one again.
    @Test func spacesDiffer() throws {
        try withPictures { scene in
            let file = try GeneratorFile(try scene.checkpoint("a.h5", steps: 3))
            let middles = try LatentWay.allCases.map {
                try file.images(from: 1, to: 2, classes: nil, way: $0, shares: [0.5], truncation: 1)
            }
            // z is normalised before it is mapped: the middle of a straight line and of an arc lie in one direction, if the
            // ends are equally long. They are not quite.
            #expect(middles[2] != middles[0] && middles[2] != middles[1])
            let residual = try GeneratorFile(try scene.checkpoint("b.h5", Small.selfAttention, steps: 3))
            let others = try [LatentWay.z, .slerp].map {
                try residual.images(from: 1, to: 2, classes: [0, 1], way: $0, shares: [0.5], truncation: 1)
            }
            #expect(others[0] != others[1])
        }
    }

    @Test func stylesOfTwoSeeds() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", steps: 3)
            let file = try GeneratorFile(path)
            // 4², 8², 8², 16², 16², and the colours.
            #expect(file.styleResolutions == [4, 8, 8, 16, 16, 16])
            func draw(_ layers: String?) throws -> [[RasterImage]] {
                var said: [String] = []
                try MixingSession(options(scene, path), rows: "1,2", columns: "7-9", layers: layers).run {
                    said.append($0)
                }
                #expect(said.count == 1 && said[0].contains("2×3 images"), "\(said)")
                return try scene.cells()
            }
            let coarse = try draw(nil)
            #expect(coarse.count == 3 && coarse.allSatisfy { $0.count == 4 } && PictureScene.isBlank(coarse[0][0]))
            for (column, seed) in [7, 8, 9].enumerated() {
                #expect(try coarse[0][column + 1].pixels == shown(file, seed))
            }
            for (row, seed) in [1, 2].enumerated() { #expect(try coarse[row + 1][0].pixels == shown(file, seed)) }
            // Layers of both: an image of neither.
            #expect(Set(coarse.flatMap { $0.map(\.pixels) }).count == 12)
            // All layers: the columns' images.
            let all = try draw("0-5")
            for column in 1...3 {
                #expect(all[1][column] == all[0][column] && all[2][column] == all[0][column])
            }
            #expect(try draw("0-2") == coarse)
            #expect(try draw("middle") == draw("3-5"))
        }
    }

    /// Each seed's style with its own class.
    @Test func stylesOfTwoClasses() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", ["data.labels=true"], steps: 3)
            let file = try GeneratorFile(path)
            try MixingSession(options(scene, path), rows: "0", columns: "1,2", layers: "0-5").run { _ in }
            let cells = try scene.cells()
            for (column, seed) in [1, 2].enumerated() {
                #expect(try cells[1][column + 1].pixels == shown(file, seed))
            }
        }
    }

    @Test func truncations() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", steps: 3)
            let file = try GeneratorFile(path)
            try TruncationSession(options(scene, path), seeds: "4,6", psis: "1,0.5,0,-1").run { _ in }
            let cells = try scene.cells()
            #expect(cells.count == 2 && cells.allSatisfy { $0.count == 4 })
            for (row, seed) in [4, 6].enumerated() {
                for (column, psi) in [Float(1), 0.5, 0, -1].enumerated() {
                    #expect(try cells[row][column].pixels == shown(file, seed, truncation: psi))
                }
            }
            #expect(cells[0][2] == cells[1][2], "the mean is everybody's")
            #expect(cells[0][0] != cells[1][0])
        }
    }

    // MARK: Films

    /// A program that stands in for ffmpeg: it keeps what it was called with, and makes a film of the frames' bytes.
    private func program(_ scene: PictureScene, _ lines: String) throws -> String {
        let path = scene.path + "/ffmpeg"
        try writeScript("#!/bin/sh\n\(lines)\n", to: path)
        return path
    }

    @Test(arguments: ["gif", "MP4"]) func filmsGoAllWays(_ form: String) throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", steps: 3)
            let ffmpeg = try program(
                scene, "for last; do :; done; printf '%s\\n' \"$@\" >\(scene.path)/called; cat >\"$last\"")
            let out = scene.path + "/film." + form
            for (isClosed, frames) in [(false, 7), (true, 9)] {
                var said: [String] = []
                try InterpolationSession(
                    LatentPictureOptions(checkpoint: path, out: out), seeds: "0-2", way: nil, frames: 3,
                    framesPerSecond: 24, isClosed: isClosed
                ).run(ffmpeg: ffmpeg) { said.append($0) }
                let film = try #require(FileManager.default.contents(atPath: out))
                #expect(film.count == frames * 128 * 128 * 3)
                #expect(try [UInt8](film.prefix(128 * 128 * 3)) == shown(GeneratorFile(path), 0))
                if !isClosed { #expect(try [UInt8](film.suffix(128 * 128 * 3)) == shown(GeneratorFile(path), 2)) }
                let called = try String(contentsOfFile: scene.path + "/called", encoding: .utf8)
                    .split(separator: "\n").map(String.init)
                let size = try #require(called.firstIndex(of: "-video_size"))
                #expect(called[size + 1] == "128x128" && called[size + 2...size + 3] == ["-framerate", "24"])
                #expect(called.last?.hasSuffix(form == "gif" ? "film.gif" : "film.mp4") == true)
                #expect(said == ["\(isClosed ? 3 : 2) ways in w, 3 images each, \(frames) frames, 24 a second: \(out)"])
                // What it worked with is gone.
                let made = try #require(called.last)
                #expect(!FileManager.default.fileExists(atPath: (made as NSString).deletingLastPathComponent))
            }
        }
    }

    /// The film's first frame is what was given, but for what a palette or halved colours lose.
    @Test(
        .enabled(if: Film.ffmpeg() != nil, "there is no ffmpeg in PATH"), arguments: ["gif", "mp4"])
    func filmsOfARealFFmpeg(_ form: String) throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", steps: 3)
            let (out, ffmpeg) = (scene.path + "/film." + form, try #require(Film.ffmpeg()))
            try InterpolationSession(
                LatentPictureOptions(checkpoint: path, out: out), seeds: "0-2", way: nil, frames: 3,
                framesPerSecond: 10, isClosed: false
            ).run { _ in }
            let raw = scene.path + "/frames"
            let result = try ChildProcess.run(
                [ffmpeg, "-loglevel", "error", "-i", out, "-f", "rawvideo", "-pix_fmt", "rgb24", raw], timeout: 60)
            #expect(result.status == 0, "\(result.stderr)")
            let frames = [UInt8](try #require(FileManager.default.contents(atPath: raw)))
            #expect(frames.count == 7 * 128 * 128 * 3)
            let expected = try shown(GeneratorFile(path), 0)
            let error = zip(frames, expected).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            let spread = expected.reduce(0) { $0 + abs(Int($1) - 128) }
            #expect(error < expected.count * 12 && spread > 0, "mean error \(Double(error) / Double(expected.count))")
        }
    }

    @Test func withoutFFmpegASheetIsWrittenAndSaid() throws {
        try withPictures { scene in
            let out = scene.path + "/film.mp4"
            var said: [String] = []
            try InterpolationSession(
                LatentPictureOptions(checkpoint: try scene.checkpoint("a.h5"), out: out), seeds: "0,1", way: nil,
                frames: 2, framesPerSecond: nil, isClosed: false
            ).run(ffmpeg: nil) { said.append($0) }
            #expect(
                said.count == 1
                    && said[0].hasSuffix(
                        "no ffmpeg in PATH that would make a film of them: a sheet in its place: \(out).png")
            )
            #expect(!FileManager.default.fileExists(atPath: out))
            #expect(try ImageFile.read(out + ".png").width == 3 * 130 - 2)
        }
    }

    @Test func whatFFmpegSaysIsTold() throws {
        try withPictures { scene in
            let out = scene.path + "/film.mp4"
            try Data("old".utf8).write(to: URL(fileURLWithPath: out))
            let film = Film(out: out, framesPerSecond: 5)
            let frames = [RasterImage(height: 4, width: 4, channels: 3)]
            let fails = try program(scene, "echo first >&2; echo no such codec >&2; exit 3")
            #expect(
                thrown(DatasetError.self) { try film.write(frames, by: fails) }?.description
                    == "\(out): \(fails) ended with 3: no such codec")
            let lazy = try program(scene, "exit 0")
            #expect(thrown(DatasetError.self) { try film.write(frames, by: lazy) }?.exitCode == 73)
            let absent = scene.path + "/none"
            let error = thrown(DatasetError.self) { try film.write(frames, by: absent) }
            #expect(
                error?.description.hasPrefix("\(out): \(absent) cannot be started") == true,
                "\(String(describing: error))")
            #expect(FileManager.default.contents(atPath: out) == Data("old".utf8))
        }
    }

    // MARK: What cannot be

    @Test func whatCannotBeDrawn() throws {
        try withPictures { scene in
            let plain = try scene.checkpoint("a.h5")
            let residual = try scene.checkpoint("b.h5", Small.selfAttention)
            func refused(_ text: String, _ body: () throws -> Void) {
                let error = refusal(body)
                #expect(
                    error?.exitCode == 64 && "\(error.map { "\($0)" } ?? "")".contains(text),
                    "\(String(describing: error))")
            }
            func way(
                _ checkpoint: String, out: String? = nil, seeds: String? = nil, _ space: String? = nil,
                frames: Int? = nil, fps: Int? = nil, truncation: Float = 1, label: String? = nil
            ) throws {
                var options = LatentPictureOptions(checkpoint: checkpoint, out: out ?? scene.out)
                (options.truncation, options.label) = (truncation, label)
                try InterpolationSession(
                    options, seeds: seeds, way: space, frames: frames, framesPerSecond: fps, isClosed: false
                ).run { _ in }
            }
            refused("--out a.jpg: expected FILE.png or FILE.gif or FILE.mp4") { try way(plain, out: "a.jpg") }
            refused("--seeds 3: expected two or more") { try way(plain, seeds: "3") }
            refused("--seeds 0-64: at most 64") { try way(plain, seeds: "0-64") }
            refused("--space v: expected z, slerp or w") { try way(plain, "v") }
            refused("--frames 0: expected 1 to 1000") { try way(plain, frames: 0) }
            refused("--fps goes with FILE.gif or FILE.mp4") { try way(plain, fps: 3) }
            refused("--fps 0: expected 1 to 100") { try way(plain, out: "a.gif", fps: 0) }
            refused("--space w: the generator of \(residual) has no styles") { try way(residual, "w") }
            refused("--truncation 0.5: the generator of \(residual) has no styles") {
                try way(residual, truncation: 0.5)
            }
            refused("--truncation inf: expected a number from -100 to 100") { try way(plain, truncation: .infinity) }
            refused("--class 3: the generator is unconditional") { try way(plain, label: "3") }
            refused("more than 268435456 pixels") { try way(plain, seeds: "0-63", frames: 1000) }
            func mixing(_ checkpoint: String, _ layers: String, rows: String? = nil, columns: String? = nil) throws {
                try MixingSession(
                    options(scene, checkpoint), rows: rows, columns: columns, layers: layers
                ).run { _ in }
            }
            refused("--rows x: expected numbers below") { try mixing(plain, "0", rows: "x") }
            refused("--columns 0-64: at most 64") { try mixing(plain, "0", columns: "0-64") }
            refused("visualize mixing: the generator of \(residual) has no styles") { try mixing(residual, "0") }
            refused("--layers: found 3-6, but the generator of \(plain) has layers 0 to 5") { try mixing(plain, "3-6") }
            refused("--layers 2-1: expected coarse, middle, fine, or numbers") { try mixing(plain, "2-1") }
            refused("--layers fine: means those from 64×64 on, but the generator of \(plain) ends at 16×16") {
                try mixing(plain, "fine")
            }
            func truncation(_ checkpoint: String, _ psis: String) throws {
                try TruncationSession(options(scene, checkpoint), seeds: nil, psis: psis).run { _ in }
            }
            refused("visualize truncation: the generator of \(residual) has no styles") {
                try truncation(residual, "1")
            }
            refused("--psi 1,x: expected numbers between commas") { try truncation(plain, "1,x") }
            refused("--psi 1,nan: expected a number from -100 to 100") { try truncation(plain, "1,nan") }
            refused("--psi: found 65 numbers, expected at most 64") {
                try truncation(plain, Array(repeating: "1", count: 65).joined(separator: ","))
            }
        }
    }
}
