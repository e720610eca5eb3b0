import Evaluation
import Failure
import Foundation
import Kernels
import Layers
import Models
import Recipes
import Session
import SmallRuns
import Storage
import TestSupport
import Testing

/// Generated images beside the nearest real ones, and images projected into styles.
@Suite struct NeighbourPictureTests {
    /// A classifier of random weights.
    private func features(_ path: String, channels: Int = 3, datasetID: String = "0123") throws {
        let shape = FeatureClassifierShape(resolution: 16, imageChannels: channels, classes: 4)
        let parameters = Parameters(FeatureClassifier(shape).declarations)
        parameters.initialize(seed: 1, network: 7)
        try LearnedFeaturesFile(
            task: .classifier, shape: shape, classNames: ["a", "b", "c", "d"], datasetID: datasetID, images: 1000,
            imagesShown: 4000, heldOut: 200, heldOutRight: 151, batch: 128, seed: 5, program: "0.1.0"
        ).write(parameters, to: path)
    }

    private func neighbours(
        _ scene: PictureScene, _ checkpoint: String, reals: Int? = nil, space: NeighboursSession.Space
    ) throws -> (cells: [[RasterImage]], said: [String]) {
        var said: [String] = []
        try NeighboursSession(
            LatentPictureOptions(checkpoint: checkpoint, out: scene.out), data: scene.data, seeds: "3,8", neighbours: 2,
            reals: reals, space: space
        ).run { said.append($0) }
        return (try scene.cells(), said)
    }

    @Test func nearestInPixels() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", steps: 3)
            let file = try GeneratorFile(path)
            let (cells, said) = try neighbours(scene, path, space: .pixels)
            #expect(cells.count == 2 && cells.allSatisfy { $0.count == 3 })
            let dataset = try Dataset(scene.data)
            for (row, seed) in [3, 8].enumerated() {
                let own = try file.images(seeds: [seed], classes: nil, truncation: 1)
                #expect(cells[row][0].pixels == PictureScene.shown(own))
                // By the definition, over all rows.
                let distances = try (0..<dataset.count).map { place in
                    let real = try dataset.read(rows: [place]).images
                    return zip(own, real).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
                }
                let order = distances.indices.sorted { distances[$0] < distances[$1] }
                for column in 1...2 {
                    let real = try dataset.read(rows: [order[column - 1]]).images
                    #expect(cells[row][column].pixels == PictureScene.shown(real), "seed \(seed), \(column)")
                }
                #expect(said[row].hasPrefix("seed \(seed): rows \(order[0]) ("), "\(said[row])")
                #expect(said[row].contains("), \(order[1]) ("), "\(said[row])")
            }
            #expect(said.last == "nearest in pixels among all 24 real images of \(scene.data): \(scene.out)")
            let some = try neighbours(scene, path, reals: 1, space: .pixels)
            #expect(some.said.last?.hasPrefix("nearest in pixels among 1 of 24 real images") == true)
            #expect(PictureScene.isBlank(some.cells[0][2]) && !PictureScene.isBlank(some.cells[0][1]))
        }
    }

    @Test func featuresBesideTheData() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", steps: 3)
            let usual = NeighboursSession.Space.features(try FeaturesOption(file: nil, resize: "pytorch", any: false))
            let without = try neighbours(scene, path, space: usual)
            #expect(without.said.first == "there is no features.h5 in \(scene.data): images are compared in pixels")
            try features(scene.data + "/features.h5")
            let error = refusal { _ = try neighbours(scene, path, space: usual) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("its features were learned from data set 0123"))
            let any = NeighboursSession.Space.features(try FeaturesOption(file: nil, resize: "pytorch", any: true))
            let found = try neighbours(scene, path, space: any)
            #expect(found.said.last?.hasPrefix("nearest in the features of classifier among all 24") == true)
            try features(scene.path + "/grey.h5", channels: 1, datasetID: try Dataset(scene.data).id)
            let grey = NeighboursSession.Space.features(
                try FeaturesOption(file: scene.path + "/grey.h5", resize: "pytorch", any: false))
            #expect(throws: EvaluationError.self) { try neighbours(scene, path, space: grey) }
        }
    }

    // MARK: Projection

    private func project(
        _ scene: PictureScene, _ checkpoint: String, image: String, features: String? = nil, steps: Int = 120,
        _ change: (inout ProjectSession) -> Void = { _ in }
    ) throws -> [String] {
        var session = ProjectSession(
            LatentPictureOptions(checkpoint: checkpoint, out: scene.out), image: image, features: features)
        session.settings.steps = steps
        change(&session)
        var said: [String] = []
        try session.run { said.append($0) }
        return said
    }

    /// An image that the generator itself makes is found again: far nearer than the mean is.
    @Test(arguments: [false, true]) func anImageOfItsOwnIsFound(_ hasFeatures: Bool) throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", steps: 3)
            let file = try GeneratorFile(path)
            let own = try file.images(seeds: [6], classes: nil, truncation: 1)
            let image = scene.path + "/own.png"
            try ImageFile.write(RasterImage(height: 16, width: 16, channels: 3, pixels: own), to: image)
            if hasFeatures { try features(scene.path + "/f.h5") }
            let said = try project(
                scene, path, image: image, features: hasFeatures ? scene.path + "/f.h5" : nil
            ) {
                $0.style = scene.path + "/w.h5"
                $0.curve = scene.path + "/curve.svg"
            }
            let cells = try scene.cells()[0]
            #expect(cells.count == 9 && cells[0].pixels == PictureScene.shown(own))
            func distance(_ cell: RasterImage) -> Double {
                zip(cell.pixels, cells[0].pixels).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
            }
            let (start, end) = (distance(cells[1]), distance(cells[8]))
            // Networks of three steps make values far beyond those of pixels, which no image tells.
            #expect(start > 0 && end < 0.4 * start, "\(start) to \(end)")
            #expect(said.count == 2 && said[0].hasPrefix("mean square of pixels "), "\(said)")
            #expect(said[0].contains("distance of features") == hasFeatures, "\(said)")
            // The style makes the last image.
            let contents = try HDF5File(reading: scene.path + "/w.h5")
            defer { contents.close() }
            #expect(try contents.read("w", as: Float.self).shape == [1, 16])
            let curve = try String(contentsOfFile: scene.path + "/curve.svg", encoding: .utf8)
            #expect(curve.contains("<svg") && curve.contains("projection"))
        }
    }

    @Test func layersHaveStylesOfTheirOwn() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", steps: 3)
            let image = scene.path + "/wide.png"
            let pixels = try Dataset(scene.data).read(rows: [0]).images
            let wide = RasterImage(height: 16, width: 16, channels: 3, pixels: pixels).padded(toHeight: 16, width: 24)
            try ImageFile.write(wide, to: image)
            let one = try project(scene, path, image: image, steps: 40)
            let first = try scene.cells()[0]
            #expect(first[0].pixels == PictureScene.shown(pixels), "its middle square")
            let all = try project(scene, path, image: image, steps: 40) { $0.settings.isOfLayers = true }
            #expect(try one != all && scene.cells()[0][1] == first[1], "both begin with the mean")
        }
    }

    @Test func whatCannotBeProjected() throws {
        try withPictures { scene in
            let plain = try scene.checkpoint("a.h5")
            let residual = try scene.checkpoint("b.h5", Small.selfAttention)
            let image = scene.path + "/grey.png"
            try ImageFile.write(RasterImage(height: 20, width: 30, channels: 1, filledWith: 90), to: image)
            func refused(
                _ status: Int32, _ text: String, checkpoint: String? = nil, image other: String? = nil,
                features: String? = nil, _ change: (inout ProjectSession) -> Void = { _ in }
            ) {
                let error = refusal {
                    _ = try project(
                        scene, checkpoint ?? plain, image: other ?? image, features: features, steps: 2, change)
                }
                let found = "\(error.map { "\($0)" } ?? "nothing")"
                #expect(error?.exitCode == status && found.contains(text), "\(found)")
            }
            #expect(try project(scene, plain, image: image, steps: 2).count == 2, "grey, and of another size")
            refused(64, "visualize project: the generator of \(residual) has no styles", checkpoint: residual)
            refused(64, "--steps 1: expected 2 to 100000") { $0.settings.steps = 1 }
            refused(64, "--learning-rate 0.0: expected a number above 0") { $0.settings.learningRate = 0 }
            refused(64, "--learning-rate nan: expected a number above 0") { $0.settings.learningRate = .nan }
            refused(64, "--pixel-weight 0.0: expected 0 to 1000000, and more than 0 without") {
                $0.settings.pixelWeight = 0
            }
            refused(64, "--curve a.jpg: expected FILE.svg or FILE.png") { $0.curve = "a.jpg" }
            refused(64, "--style a.npy: expected FILE.h5") { $0.style = "a.npy" }
            refused(66, "/none.png", image: scene.path + "/none.png")
            refused(65, "a.h5", image: plain)
            refused(66, "/none.h5", features: scene.path + "/none.h5")
            try features(scene.path + "/grey.h5", channels: 1)
            refused(65, "grey.h5: the network looks at images of 1 channel", features: scene.path + "/grey.h5")
        }
    }
}
