import Foundation
import Reporting
import TestSupport
import Testing

/// What is read of a run for a study.
@Suite struct RunMeasurementsTests {
    private func measured(stats: String?, metrics: String?) throws -> (RunMeasurements, RunFolder) {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            try stats?.write(toFile: folder.stats, atomically: false, encoding: .utf8)
            try metrics?.write(toFile: folder.metrics, atomically: false, encoding: .utf8)
            return (RunMeasurements(folder), folder)
        }
    }

    private static func tick(_ images: Int, _ speed: Double) -> String {
        "{\"step\": \(images / 8), \"images\": \(images), \"images_per_second\": \(speed)}\n"
    }

    private static func line(_ images: Int, _ swd: Double) -> String {
        "{\"step\": \(images / 8), \"images\": \(images), \"resolution\": 16, \"swd/average\": \(swd), "
            + "\"since_start/training_seconds\": 3, \"measuring_seconds\": 9}\n"
    }

    /// 1000 images in ten seconds, then as many in five.
    @Test func secondsAreThoseOfTraining() throws {
        let (found, _) = try measured(
            stats: Self.tick(1000, 100) + Self.tick(2000, 200) + Self.tick(2104, 104),
            metrics: Self.line(1000, 9) + Self.line(1500, 8) + Self.line(2104, 7))
        #expect(found.points.map(\.images) == [1000, 1500, 2104])
        #expect(found.points.map(\.seconds) == [10, 12.5, 16])
        #expect(found.points.map(\.values) == [9, 8, 7].map { ["swd/average": $0] })
        #expect(found.seconds == 16 && found.problems == [])
    }

    /// A run that goes on from a checkpoint does again what came after it; a stop may have left a short line of its own.
    @Test func laterLinesWin() throws {
        let (found, _) = try measured(
            stats: Self.tick(1000, 100) + Self.tick(2000, 50) + Self.tick(1200, 20) + Self.tick(2000, 80),
            metrics: Self.line(1000, 9) + Self.line(2000, 8) + Self.line(1000, 6) + Self.line(2000, 5))
        #expect(found.points.map { $0.values["swd/average"] } == [6, 5])
        #expect(found.points.map(\.seconds) == [10, 30])
        #expect(found.problems == [])
    }

    @Test func whatIsDamagedIsLeftOutAndSaid() throws {
        let (found, folder) = try measured(
            stats: Self.tick(1000, 100) + "{\"images\": 1500}\n" + Self.tick(2000, 100) + "{\"ima",
            metrics: Self.line(1000, 9) + "nonsense\n\n{\"images\": -1}\n{\"images\": 2000, \"swd/average\": null}\n"
                + String(Self.line(3000, 7).dropLast(20)))
        #expect(found.points.map(\.images) == [1000, 2000])
        // The next line's speed counts for the images of the one without.
        #expect(found.points.map(\.seconds) == [10, 20])
        #expect(found.points[1].values == [:])
        #expect(
            found.problems == [
                "\(folder.stats): 1 damaged line is left out", "\(folder.stats): 1 line without images_per_second",
                "\(folder.metrics): 3 damaged lines are left out",
            ])
    }

    @Test func whatIsMissingIsSaid() throws {
        let (none, folder) = try measured(stats: nil, metrics: nil)
        #expect(none.points == [] && none.seconds == nil)
        #expect(none.problems == ["\(folder.stats): is not there", "\(folder.metrics): is not there"])
        let (short, place) = try measured(stats: Self.tick(1000, 100), metrics: Self.line(1000, 9) + Self.line(2000, 8))
        #expect(short.points.map(\.seconds) == [10, nil])
        #expect(short.problems == ["\(place.stats): ends before the 2000 images of the last measurement"])
    }

    /// Nobody ever writes into it.
    @Test func aFIFOIsNoFile() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            #expect(mkfifo(folder.metrics, 0o600) == 0)
            let found = RunMeasurements(folder)
            #expect(found.problems.contains { $0.contains("is a FIFO") }, "\(found.problems)")
        }
    }
}
