import Autodiff
import Models
import Recipes
import SmallRuns
import State
import Storage
import TestSupport
import Testing
import Training

/// What files tell of R3GAN's generator.
@Suite struct R3GANFileTests {
    static let cases: [[String]] = [
        [], ["data.labels=true"], ["model.blocks=2", "model.expansion=3"],
        // Widths by the base alone, and by the maximum alone.
        ["model.channel_base=64", "model.channel_max=512", "model.group_width=4"],
        ["model.channel_base=4096", "model.channel_max=8", "model.group_width=16"],
    ]

    @Test(arguments: cases, [8, 16]) func sizesAreToldByShapes(_ more: [String], _ resolution: Int) throws {
        let engine = try Small.engine(Small.r3gan + more, resolution: resolution)
        // What starts at zero would change no image.
        try Small.run(engine, steps: 2)
        let file = try expectSameGenerator(engine, resolution: resolution)
        let made = (file.generator as? R3GANGenerator)?.shape
        let own = (engine.networks.generator as? R3GANGenerator)?.shape
        #expect(made?.stages == own?.stages && made?.expansion == own?.expansion && own != nil)
    }

    /// Parameters whose shapes belong to no such network.
    private static let damages: [(String, [Int], String)] = [
        ("MainLayers.0.Layers.0.Basis", [16, 4, 3], "images are doubled from 4×4"),
        ("MainLayers.1.Layers.1.LinearLayer1.Layer.weight", [31, 16, 1, 1], "are no block's"),
        ("MainLayers.1.Layers.1.LinearLayer2.Layer.weight", [32, 5, 3, 3], "are no block's"),
        ("MainLayers.2.Layers.1.LinearLayer1.Layer.weight", [64, 16, 1, 1], "are no block's"),
        ("MainLayers.0.Layers.0.LinearLayer.weight", [16, 4], "leaves nothing for z beside the label"),
    ]

    @Test func damagedShapesAreTold() throws {
        let engine = try Small.engine(Small.r3gan + ["data.labels=true"])
        try withTemporaryFolder { folder in
            for (name, shape, message) in Self.damages {
                var contents = engine.checkpoint(datasetID: "set", ranks: 1)
                let place = try #require(contents.arrays.firstIndex { $0.path == "ema/\(name)" })
                contents.arrays[place].shape = shape
                contents.arrays[place].values = [Float](repeating: 0, count: shape.reduce(1, *))
                let path = folder + "/a.h5"
                try CheckpointFile.write(contents, to: path)
                let error = thrown(StateError.self) { _ = try GeneratorFile(path) }
                #expect(error?.description.contains(message) == true, "\(name): \(error?.description ?? "none")")
                #expect(error?.description.contains(path) == true)
            }
        }
    }
}
