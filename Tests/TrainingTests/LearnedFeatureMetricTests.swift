import Cluster
import Evaluation
import Foundation
import Models
import NumericalTesting
import Storage
import TestSupport
import Testing
import Training

/// What metrics say, in features that a network has learned, of images that get worse step by step.
@Suite struct LearnedFeatureMetricTests {
    /// Shapes of eight classes, in colour, and a network that has learned them.
    private struct World: Sendable {
        let pixels: [UInt8]
        let labels: [Int32]
        let file: Data

        static let side = 16
        static let imageBytes = side * side * 3
        /// Images of each set; behind those of both there are more.
        static let setCount = 480

        init(count: Int) throws {
            (pixels, labels, file) = try withTemporaryFolder { folder in
                _ = try DatasetSynthesizer(seed: 3, resolution: Self.side, channels: 3)
                    .run(to: folder + "/data", count: count, shards: 1)
                let dataset = try Dataset(folder + "/data")
                let shape = FeatureClassifierShape(
                    resolution: Self.side, imageChannels: 3, classes: dataset.description.classes)
                let settings = FeatureSettings(
                    task: .classifier, shape: shape, images: 9600, batch: 32, ranks: 1, seed: 1)
                let training = FeatureTraining(
                    settings, dataset: dataset, communicator: LoopbackCommunicator())
                guard case .done(let asked, let right) = try training.run({ _ in }) else {
                    throw CancellationError()
                }
                // By chance it would be an eighth.
                #expect(asked >= 400 && Double(right) > 0.5 * Double(asked), "\(right) of \(asked)")
                let path = folder + "/features.h5"
                try LearnedFeaturesFile(
                    task: .classifier, shape: shape, classNames: [], datasetID: dataset.id, images: dataset.count,
                    imagesShown: settings.images, heldOut: asked, heldOutRight: right, batch: settings.batch, seed: 1,
                    program: "test"
                ).write(training.network.parameters, to: path)
                let rows = try dataset.read(rows: 0..<dataset.count)
                return (rows.images, rows.labels ?? [], try Data(contentsOf: URL(fileURLWithPath: path)))
            }
        }

        func image(_ number: Int) -> [UInt8] {
            Array(pixels[number * Self.imageBytes..<(number + 1) * Self.imageBytes])
        }

        func source(_ name: String, _ images: [[UInt8]]) -> ImageSource {
            ImageSource(name: name, count: images.count, resolution: Self.side, channels: 3) { numbers in
                numbers.flatMap { images[$0] }
            }
        }

        var real: [[UInt8]] { (0..<Self.setCount).map(image) }
        /// Others of the same kind.
        var others: [[UInt8]] { (Self.setCount..<2 * Self.setCount).map(image) }
    }

    private static let world = Result { try World(count: 4000) }

    /// What each metric says of sets, the mildest first, beside the same real images.
    private func values(_ sets: [[[UInt8]]]) throws -> [String: [Double]] {
        let world = try Self.world.get()
        return try withTemporaryFolder { folder in
            try world.file.write(to: URL(fileURLWithPath: folder + "/features.h5"))
            let extractor = try FeatureFile.extractor(folder + "/features.h5", resize: .pytorch)
            let context = MetricContext(seed: 5, memory: 1 << 27, extractor: extractor)
            let real = world.source("real", world.real)
            var found: [String: [Double]] = [:]
            for name in ["fid", "kid", "pr", "dc"] {
                let kind = try #require(Metrics.named(name))
                let metric = try kind.init(context)
                for set in sets {
                    let values = try metric.values(
                        of: world.source("generated", set), real: real, communicator: LoopbackCommunicator())
                    for value in values {
                        found[String((value.part ?? name).split(separator: "/").last ?? "") + " " + name, default: []]
                            .append(value.value)
                    }
                }
            }
            return found
        }
    }

    /// Whether each number is above the one before, by more than rounding.
    private func rises(_ values: [Double]?) -> Bool {
        guard let values, values.count > 1 else { return false }
        return zip(values, values.dropFirst()).allSatisfy { $1 > $0 + 1e-9 }
    }

    private func falls(_ values: [Double]?) -> Bool { rises(values?.map { -$0 }) }

    /// Means of squares of pixels around each.
    private func blurred(_ image: [UInt8], _ radius: Int) -> [UInt8] {
        let side = World.side
        var result = image
        for y in 0..<side {
            for x in 0..<side {
                for c in 0..<3 {
                    var (sum, count) = (0, 0)
                    for v in max(0, y - radius)...min(side - 1, y + radius) {
                        for u in max(0, x - radius)...min(side - 1, x + radius) {
                            sum += Int(image[(v * side + u) * 3 + c])
                            count += 1
                        }
                    }
                    result[(y * side + x) * 3 + c] = UInt8(sum / count)
                }
            }
        }
        return result
    }

    private func noisy(_ image: [UInt8], _ amount: Float, seed: Int) -> [UInt8] {
        var samples = Samples(seed: UInt64(seed) &+ 1000)
        return zip(image, samples.floats(image.count, -amount...amount)).map { pixel, noise in
            UInt8(max(0, min(255, Float(pixel) + noise)))
        }
    }

    @Test func blur() throws {
        let others = try Self.world.get().others
        let found = try values([others] + [1, 2, 4].map { radius in others.map { blurred($0, radius) } })
        #expect(rises(found["classifier fid"]) && rises(found["classifier kid"]), "\(found)")
        #expect(falls(found["precision pr"]) && falls(found["coverage dc"]), "\(found)")
        // What is mildest already stands out from the floor.
        let fid = try #require(found["classifier fid"])
        #expect(fid[1] > 1.5 * fid[0], "\(fid)")
    }

    @Test func noise() throws {
        let others = try Self.world.get().others
        let found = try values(
            [others]
                + [Float(30), 70, 150].map { amount in
                    others.enumerated().map { noisy($1, amount, seed: $0) }
                })
        #expect(rises(found["classifier fid"]) && rises(found["classifier kid"]), "\(found)")
        #expect(falls(found["coverage dc"]), "\(found)")
        let fid = try #require(found["classifier fid"])
        #expect(fid[1] > 1.2 * fid[0] && fid[3] > 4 * fid[0], "\(fid)")
    }

    /// Of eight classes, images of fewer and fewer, all of them real.
    @Test func droppedClasses() throws {
        let world = try Self.world.get()
        let found = try values(
            [8, 6, 4, 2].map { kept in
                (World.setCount..<world.labels.count).filter { world.labels[$0] < kept }.prefix(World.setCount)
                    .map(world.image)
            })
        #expect(rises(found["classifier fid"]) && rises(found["classifier kid"]), "\(found)")
        #expect(falls(found["recall pr"]) && falls(found["coverage dc"]), "\(found)")
        // What is made is real: precision does not fall as recall does.
        let (precision, recall) = (try #require(found["precision pr"]), try #require(found["recall pr"]))
        #expect(precision[3] > precision[0] - 0.1 && recall[3] < recall[0] - 0.2, "\(found)")
    }

    /// A generator that has learned its data by heart is told to be the better the more it copies, down to nothing; one
    /// that knows but few of the images, the worse the fewer it knows.
    @Test func copiedImages() throws {
        let world = try Self.world.get()
        let (real, others) = (world.real, world.others)
        let byHeart = try values(
            [0, 160, 320, 480].map { copies in Array(real[..<copies] + others[copies...]) })
        #expect(falls(byHeart["classifier fid"]), "\(byHeart)")
        #expect(rises(byHeart["precision pr"]) && rises(byHeart["recall pr"]), "\(byHeart)")
        // Coverage has nothing left to gain once most are copies.
        let coverage = try #require(byHeart["coverage dc"])
        #expect(coverage == coverage.sorted() && coverage[0] < coverage[3] && coverage[3] == 1, "\(byHeart)")
        let fid = try #require(byHeart["classifier fid"])
        #expect(fid[3] < 1e-3 * fid[0], "\(fid)")
        #expect(byHeart["precision pr"]?.last == 1 && byHeart["recall pr"]?.last == 1, "\(byHeart)")

        let few = try values([480, 64, 16, 4].map { known in (0..<480).map { real[$0 % known] } })
        #expect(rises(few["classifier fid"]), "\(few)")
        #expect(falls(few["recall pr"]) && falls(few["coverage dc"]), "\(few)")
        #expect(few["precision pr"] == [1, 1, 1, 1], "\(few)")
    }
}
