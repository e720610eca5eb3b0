import Cluster
import Foundation
import Recipes
import Session
import SmallRuns
import Storage
import TestSupport
import Testing
import Training

/// Checkpoints of small networks and a data set on disk, for the tests of pictures of them.
struct PictureScene {
    let path: String
    var data: String { path + "/data" }
    var out: String { path + "/out.png" }

    init(_ path: String) throws {
        self.path = path
        _ = try DatasetSynthesizer(seed: 1, resolution: 16, channels: 3).run(to: data, count: 24, shards: 2)
    }

    /// After so many steps; its data set has other classes than this scene's.
    func checkpoint(
        _ name: String, _ overrides: [String] = [], steps: Int = 2, resolution: Int = 16
    ) throws -> String {
        let engine = try Small.engine(overrides, resolution: resolution)
        let coordinator = Coordinator(engine.configuration, Small.schedule(engine.configuration))
        for _ in 0..<steps {
            let plan = coordinator.plan(engine.state.counters, isFirst: false, stopSignal: nil)
            _ = try engine.run(
                phases: plan.phases, at: plan.setting, real: Small.reals(engine, at: plan.setting))
        }
        let file = path + "/" + name
        let folder = file.split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: "/" + folder, withIntermediateDirectories: true)
        try CheckpointFile.write(engine.checkpoint(datasetID: "set", ranks: 1), to: file)
        return file
    }

    func options(count: Int? = 2, clusters: Int = 4, seed: UInt32 = 3) -> ClusterPictureOptions {
        var options = ClusterPictureOptions(out: out)
        (options.count, options.clusters, options.seed) = (count, clusters, seed)
        return options
    }

    /// The picture that was drawn, as squares of 128 pixels with two between.
    func cells() throws -> [[RasterImage]] {
        let picture = try ImageFile.read(out)
        let (rows, columns) = ((picture.height + 2) / 130, (picture.width + 2) / 130)
        #expect(picture.height == 130 * rows - 2 && picture.width == 130 * columns - 2 && picture.channels == 3)
        return (0..<rows).map { row in
            (0..<columns).map { column in
                picture.cropped(top: 130 * row, left: 130 * column, height: 128, width: 128)
            }
        }
    }

    /// An image of 16×16 as it is shown.
    static func shown(_ image: [UInt8], side: Int = 16) -> [UInt8] {
        NearestUpscale.up(image, count: 1, height: side, width: side, channels: 3, factor: 128 / side)
    }

    /// The colours of a map's positions, each of which is a square of one colour.
    static func colors(_ cell: RasterImage, resolution: Int) -> [[UInt8]] {
        let side = 128 / resolution
        var colors: [[UInt8]] = []
        for place in 0..<resolution * resolution {
            let square = cell.cropped(
                top: place / resolution * side, left: place % resolution * side, height: side, width: side)
            let first = Array(square.pixels[..<3])
            let isOne = stride(from: 0, to: square.pixels.count, by: 3).allSatisfy {
                Array(square.pixels[$0..<$0 + 3]) == first
            }
            #expect(isOne, "position \(place) of \(resolution)×\(resolution)")
            colors.append(first)
        }
        return colors
    }

    static func isBlank(_ cell: RasterImage) -> Bool { cell.pixels.allSatisfy { $0 == 255 } }
}

func withPictures(_ body: (PictureScene) throws -> Void) throws {
    try withTemporaryFolder { try body(try PictureScene($0)) }
}
