import Failure
import Foundation
import Reporting
import Storage
import TestSupport
import Testing

import Training

@Suite struct TimeLapseTests {
    /// Two samples of one value each, a number of its own for each phase.
    private func samples(_ phase: Int, resolution: Int, channels: Int = 1, columns: Int = 2) -> [UInt8] {
        (0..<columns).flatMap { column in
            [UInt8](repeating: UInt8(10 * phase + column + 1), count: resolution * resolution * channels)
        }
    }

    /// The first pixel of each image in the time-lapse, row by row.
    private func picture(_ folder: RunFolder, final: Int) throws -> [[UInt8]] {
        let image = try ImageFile.read(folder.timeLapse)
        return (0..<image.height / final).map { row in
            (0..<image.width / final).map { column in
                image.cropped(top: row * final, left: column * final, height: final, width: final).pixels[0]
            }
        }
    }

    private func names(_ folder: RunFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.phases).sorted()
    }

    @Test(arguments: [1, 3]) func eachPhaseIsARowOfTheFinalSize(channels: Int) throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            let lapse = TimeLapse(folder: folder, finalResolution: 8, channels: channels)
            let phases = [(4, false), (8, true), (8, false)]
            var rows: [RasterImage] = []
            for (phase, (resolution, isFade)) in phases.enumerated() {
                let images = (0..<2 * resolution * resolution * channels).map {
                    UInt8(truncatingIfNeeded: $0 &* 31 &+ phase)
                }
                #expect(try lapse.add(phase: phase, resolution: resolution, isFade: isFade, images: images) == [])
                // By the definition: pixel (y, x) of the final size is pixel (y / k, x / k) of the sample.
                let factor = 8 / resolution
                var row = RasterImage(height: 8, width: 16, channels: channels)
                for y in 0..<8 {
                    for x in 0..<16 {
                        for c in 0..<channels {
                            let pixel = (x / 8 * resolution + y / factor) * resolution + x % 8 / factor
                            row.pixels[(y * 16 + x) * channels + c] = images[pixel * channels + c]
                        }
                    }
                }
                #expect(try ImageFile.read(folder.phase(phase, resolution: resolution, isFade: isFade)) == row)
                rows.append(row)
                let picture = try ImageFile.read(folder.timeLapse)
                #expect(picture.height == 8 * rows.count && picture.width == 16)
                #expect(picture.pixels == rows.flatMap(\.pixels))
            }
            #expect(try names(folder) == ["00-4x4.png", "01-8x8-fade.png", "02-8x8.png"])
        }
    }

    /// A run is resumed from before the end of phase 1, with another schedule.
    @Test func aResumedRunGoesOnFromThePhasesBefore() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            let first = TimeLapse(folder: folder, finalResolution: 8, channels: 1)
            for (phase, resolution) in [(0, 2), (1, 4), (2, 4), (3, 8)] {
                _ = try first.add(
                    phase: phase, resolution: resolution, isFade: phase % 2 == 1,
                    images: samples(phase, resolution: resolution))
            }
            #expect(try picture(folder, final: 8) == [[1, 2], [11, 12], [21, 22], [31, 32]])
            // Files of others stay, and are no rows.
            try Data("note".utf8).write(to: URL(fileURLWithPath: folder.phases + "/09-notes.txt"))
            let second = TimeLapse(folder: folder, finalResolution: 8, channels: 1)
            #expect(try second.add(phase: 1, resolution: 4, isFade: false, images: samples(5, resolution: 4)) == [])
            #expect(try names(folder) == ["00-2x2.png", "01-4x4.png", "09-notes.txt"])
            #expect(try picture(folder, final: 8) == [[1, 2], [51, 52]])
            // The same phase once more, after a crash.
            #expect(try second.add(phase: 1, resolution: 4, isFade: false, images: samples(6, resolution: 4)) == [])
            #expect(try picture(folder, final: 8) == [[1, 2], [61, 62]])
        }
    }

    @Test func rowsStandInTheOrderOfTheirNumbers() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            let lapse = TimeLapse(folder: folder, finalResolution: 2, channels: 1)
            for phase in [7, 99, 100] {
                _ = try lapse.add(
                    phase: phase, resolution: 2, isFade: false, images: samples(phase / 8, resolution: 2))
            }
            #expect(try picture(folder, final: 2) == [[1, 2], [121, 122], [121, 122]])
            #expect(try names(folder) == ["07-2x2.png", "100-2x2.png", "99-2x2.png"])
        }
    }

    @Test func shorterRowsEndInBlack() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            let lapse = TimeLapse(folder: folder, finalResolution: 4, channels: 1)
            _ = try lapse.add(phase: 0, resolution: 2, isFade: false, images: samples(0, resolution: 2))
            _ = try lapse.add(phase: 1, resolution: 4, isFade: true, images: samples(1, resolution: 4, columns: 3))
            _ = try lapse.add(phase: 2, resolution: 4, isFade: false, images: samples(2, resolution: 4, columns: 1))
            #expect(try picture(folder, final: 4) == [[1, 2, 0], [11, 12, 13], [21, 0, 0]])
        }
    }

    @Test func rowsThatCannotBeShownAreNamed() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            let lapse = TimeLapse(folder: folder, finalResolution: 4, channels: 1)
            for phase in 0..<4 {
                _ = try lapse.add(phase: phase, resolution: 4, isFade: false, images: samples(phase, resolution: 4))
            }
            func file(_ phase: Int) -> String { folder.phase(phase, resolution: 4, isFade: false) }
            try AtomicFile.write("no picture", to: file(0))
            try ImageFile.write(RasterImage(height: 8, width: 8, channels: 1), to: file(1))
            try ImageFile.write(RasterImage(height: 4, width: 8, channels: 3), to: file(2))
            let messages = try lapse.add(phase: 4, resolution: 4, isFade: false, images: samples(4, resolution: 4))
            #expect(messages.count == 3)
            for (message, parts) in zip(
                messages,
                [
                    [file(0), "expected a PNG"], [file(1), "8x8x1, expected a row of 4x4x1", "remove it"],
                    [file(2), "4x8x3, expected a row of 4x4x1"],
                ])
            {
                for part in parts { #expect(message.contains(part), "\(message)") }
            }
            #expect(try picture(folder, final: 4) == [[31, 32], [41, 42]])
        }
    }

    @Test func aFolderThatCannotBeWrittenIsNamed() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            let lapse = TimeLapse(folder: folder, finalResolution: 4, channels: 1)
            try Files.makeFolder(folder.images)
            try AtomicFile.write("a file in the way", to: folder.phases)
            let error = thrown(FileError.self) {
                _ = try lapse.add(phase: 0, resolution: 4, isFade: false, images: samples(0, resolution: 4))
            }
            #expect(error?.exitCode == ExitCode.cannotWrite && error?.path == folder.phases)
            try Files.remove(folder.phases)
            _ = try lapse.add(phase: 0, resolution: 4, isFade: false, images: samples(0, resolution: 4))
            let before = try Data(contentsOf: URL(fileURLWithPath: folder.timeLapse))
            // A folder where the next row would stand.
            let next = folder.phase(1, resolution: 4, isFade: false)
            try Files.makeFolder(next)
            let second = thrown(FileError.self) {
                _ = try lapse.add(phase: 1, resolution: 4, isFade: false, images: samples(1, resolution: 4))
            }
            #expect(second?.exitCode == ExitCode.cannotWrite && second?.path == next)
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder.timeLapse)) == before)
            #expect(try names(folder) == ["00-4x4.png", "01-4x4.png"])
        }
    }
}
