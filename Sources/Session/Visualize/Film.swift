import Failure
import Foundation
import Reporting
import Storage

/// Frames as a GIF or an MP4 file, which ffmpeg makes of them where there is one.
package struct Film {
    /// A GIF or MP4 file.
    package let out: String
    package let framesPerSecond: Int

    package init(out: String, framesPerSecond: Int) {
        self.out = out
        self.framesPerSecond = framesPerSecond
    }

    package static let forms = ["gif", "mp4"]

    static func isFilm(_ path: String) -> Bool { forms.contains { path.lowercased().hasSuffix("." + $0) } }

    /// The first of that name in PATH.
    package static func ffmpeg() -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/ffmpeg" }
            .first { !Files.isFolder($0) && FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// - Parameter frames: of one size, in colour.
    /// - Throws: ``DatasetError`` (73) with what ffmpeg says, where it fails; what stood at the path is as it was then.
    package func write(_ frames: [RasterImage], by program: String) throws {
        guard let first = frames.first else { preconditionFailure("Film: no frames") }
        precondition(
            frames.allSatisfy { $0.height == first.height && $0.width == first.width && $0.channels == 3 },
            "Film: frames of several sizes")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ganglion-film-\(UUID())").path
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let isGIF = out.lowercased().hasSuffix(".gif")
        let made = folder + (isGIF ? "/film.gif" : "/film.mp4")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        // A palette of the film's own for GIF, whose usual one has 216 colours. What browsers show of MP4 has halves of both
        // sides in its colours.
        let encoding =
            isGIF
            ? ["-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse"]
            : ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        let source = [
            "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size",
            "\(first.width)x\(first.height)", "-framerate", "\(framesPerSecond)", "-i", "pipe:0",
        ]
        process.arguments = source + encoding + [made]
        let (input, errors) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        // Whoever ends early has said why.
        signal(SIGPIPE, SIG_IGN)
        do { try process.run() } catch {
            throw DatasetError.cannotWrite("\(out): \(program) cannot be started: \(error.localizedDescription)")
        }
        let target = input.fileHandleForWriting
        Thread.detachNewThread {
            for frame in frames {
                guard (try? target.write(contentsOf: Data(frame.pixels))) != nil else { break }
            }
            try? target.close()
        }
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0, FileManager.default.fileExists(atPath: made) else {
            let last = said.split(separator: "\n").last.map { ": \(String(printing: [String($0)]))" } ?? ""
            throw DatasetError.cannotWrite("\(out): \(program) ended with \(process.terminationStatus)\(last)")
        }
        guard let bytes = FileManager.default.contents(atPath: made) else {
            throw DatasetError.cannotWrite("\(out): what \(program) has made, \(made), cannot be read")
        }
        try AtomicFile.write([UInt8](bytes), to: out)
    }
}
