import Autodiff
import Cluster
import Evaluation
import Kernels
import Layers
import Models
import NumericalTesting
import Recipes
import Storage
import Testing
import Training

/// How features of one's own are learned.
@Suite struct FeatureTrainerTests {
    private static let shape = FeatureClassifierShape(
        resolution: 16, imageChannels: 1, classes: 3, widths: [8, 8, 64])

    private static func settings(images: Int, ranks: Int = 1, seed: UInt64 = 1) -> FeatureSettings {
        FeatureSettings(
            task: .classifier, shape: shape, images: images, batch: 48, ranks: ranks, seed: seed)
    }

    /// Stripes across, down, or none, on noise.
    private static func image(_ position: Int) -> (pixels: [Float], label: Int32) {
        var samples = Samples(seed: UInt64(position) &* 977 &+ 5)
        let label = position % 3
        var pixels = samples.floats(256, -0.4...0.4)
        let phase = Int(samples.word() % 4)
        for y in 0..<16 {
            for x in 0..<16 where label != 2 {
                pixels[y * 16 + x] += ((label == 0 ? x : y) + phase) / 2 % 2 == 0 ? 0.5 : -0.5
            }
        }
        return (pixels, Int32(label))
    }

    private static func batch(_ positions: Range<Int>, microbatch: Int) -> RealBatch {
        let parts = stride(from: positions.lowerBound, to: positions.upperBound, by: microbatch)
            .map { start in (start..<start + microbatch).map(image) }
        return RealBatch(
            images: parts.map { part in Tensor(part.flatMap(\.pixels), shape: [microbatch, 16, 16, 1]) },
            labels: parts.map { part in
                let labels = part.map(\.label)
                return Tensor.oneHot(labels, classes: 3)
            })
    }

    private static func trained(_ settings: FeatureSettings, _ communicator: any Communicator) throws
        -> (FeatureTrainer, [FeatureTrainer.Report])
    {
        let trainer = FeatureTrainer(settings, communicator: communicator)
        let reports = try (0..<settings.steps).map { step in
            try trainer.step(batch(trainer.positions(ofStep: step), microbatch: settings.microbatch))
        }
        return (trainer, reports)
    }

    @Test func itLearnsWhatCanBeTold() throws {
        let (trainer, reports) = try Self.trained(Self.settings(images: 40 * 48), LoopbackCommunicator())
        #expect(reports.count == 40 && reports.allSatisfy { $0.isFinite })
        // All scores start near zero: no class is likelier than another.
        #expect(abs(reports[0].loss - 1.0986) < 0.05, "\(reports[0])")
        #expect(reports[39].loss < 0.1 && reports[39].accuracy > 0.97, "\(reports[39])")
        // Images that it has not seen, by the moving averages.
        let fresh = (100_000..<100_090).map(Self.image)
        let seen = FeatureNetwork(trainer.classifier, trainer.parameters).look(
            at: fresh.flatMap { $0.pixels.map { ($0 + 1) * 127.5 } }, count: 90, resolution: 16, channels: 1)
        let right = (0..<90).count { n in
            let scores = seen.logits[3 * n..<3 * n + 3]
            return scores.firstIndex(of: scores.max() ?? 0) == 3 * n + Int(fresh[n].label)
        }
        #expect(right >= 85, "\(right) of 90")
    }

    @Test func ranksDoNotMatter() throws {
        @Sendable func result(_ communicator: any Communicator) throws -> [String] {
            let settings = Self.settings(images: 4 * 48, ranks: communicator.size)
            let (trainer, reports) = try Self.trained(settings, communicator)
            return trainer.hashes.map { "\($0.name) \($0.value)" } + reports.map { "\($0)" }
        }
        let alone = try result(LoopbackCommunicator())
        #expect(alone.count == 6)
        for ranks in [2, 4, 8] {
            for found in try LoopbackGroup(size: ranks).run(result) { #expect(found == alone, "\(ranks) ranks") }
        }
        let (other, _) = try Self.trained(Self.settings(images: 4 * 48, seed: 2), LoopbackCommunicator())
        #expect(other.hashes.map { "\($0.name) \($0.value)" } != Array(alone.prefix(2)))
    }

    /// Pixels that are bright, and those that are not, in noise.
    private static func mapped(_ positions: Range<Int>, microbatch: Int) -> RealBatch {
        let parts = stride(from: positions.lowerBound, to: positions.upperBound, by: microbatch).map {
            ($0..<$0 + microbatch).map { image($0).pixels }
        }
        return RealBatch(
            images: parts.map { part in Tensor(part.flatMap { $0 }, shape: [microbatch, 16, 16, 1]) },
            labels: parts.map { part in
                Tensor.oneHot(part.flatMap { $0 }.map { $0 > 0.2 ? 1 : 0 }, classes: 2)
                    .reshaped([microbatch, 16, 16, 2])
            })
    }

    private static func segmenter(steps: Int, _ communicator: any Communicator) throws
        -> (FeatureTrainer, [FeatureTrainer.Report])
    {
        let settings = FeatureSettings(
            task: .segmenter,
            shape: FeatureClassifierShape(resolution: 16, imageChannels: 1, classes: 2, widths: [8, 8, 16]),
            images: steps * 16, batch: 16, ranks: communicator.size, seed: 1)
        let trainer = FeatureTrainer(settings, communicator: communicator)
        let reports = try (0..<settings.steps).map { step in
            try trainer.step(mapped(trainer.positions(ofStep: step), microbatch: settings.microbatch))
        }
        return (trainer, reports)
    }

    /// What a pixel shows is the simplest of label maps.
    @Test func aSegmenterLearnsMaps() throws {
        let (_, reports) = try Self.segmenter(steps: 200, LoopbackCommunicator())
        #expect(reports.allSatisfy { $0.isFinite } && abs(reports[0].loss - 0.693) < 0.05, "\(reports[0])")
        #expect(reports[199].accuracy > 0.95 && reports[199].loss < 0.3, "\(reports[199])")
    }

    /// Nothing is learned of the pixels that are no class of any: half of them, bright and dark alike.
    @Test func whatIsNoClassIsNotLearned() throws {
        let settings = FeatureSettings(
            task: .segmenter,
            shape: FeatureClassifierShape(resolution: 16, imageChannels: 1, classes: 3, widths: [8, 8, 16]),
            images: 150 * 16, batch: 16, ranks: 1, seed: 1, ignored: 0)
        let trainer = FeatureTrainer(settings, communicator: LoopbackCommunicator())
        func maps(_ part: [[Float]]) -> [UInt8] {
            part.flatMap { $0 }.enumerated().map { pixel, value in pixel / 2 % 2 == 0 ? 0 : value > 0.2 ? 2 : 1 }
        }
        let reports = try (0..<settings.steps).map { step in
            let positions = trainer.positions(ofStep: step)
            let parts = stride(from: positions.lowerBound, to: positions.upperBound, by: settings.microbatch).map {
                ($0..<$0 + settings.microbatch).map { Self.image($0).pixels }
            }
            let shape = [settings.microbatch, 16, 16]
            return try trainer.step(
                RealBatch(
                    images: parts.map { Tensor($0.flatMap { $0 }, shape: shape + [1]) },
                    labels: parts.map { SegmenterLabels.tensor(maps($0), shape: shape + [3], ignored: 0) }))
        }
        // Of what counts alone: of three classes at first.
        #expect(reports.allSatisfy { $0.isFinite } && abs(reports[0].loss - 1.0986) < 0.05, "\(reports[0])")
        #expect(reports[149].accuracy > 0.95 && reports[149].loss < 0.3, "\(reports[149])")
        let network = SegmenterNetwork(Segmenter(settings.shape), trainer.parameters, ignored: 0)
        let fresh = (100_000..<100_008).map { Self.image($0).pixels }
        let told = network.classes(
            of: fresh.flatMap { $0.map { ($0 + 1) * 127.5 } }, count: 8, resolution: 16, channels: 1)
        let right = zip(told, maps(fresh)).count { $0 == $1 }
        #expect(!told.contains(0) && right > 900, "\(right) of 1024 that count")
    }

    @Test func labelsHaveNothingWhereNothingIsToBeTold() {
        let labels = SegmenterLabels.tensor([0, 2, 1, 0] as [UInt8], shape: [1, 2, 2, 3], ignored: 0)
        #expect(labels.array == [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0])
        let all = SegmenterLabels.tensor([0, 2] as [UInt8], shape: [1, 1, 2, 3], ignored: nil)
        #expect(all.array == [1, 0, 0, 0, 0, 1])
    }

    @Test func ranksDoNotMatterToASegmenter() throws {
        @Sendable func result(_ communicator: any Communicator) throws -> [String] {
            let (trainer, reports) = try Self.segmenter(steps: 3, communicator)
            return trainer.hashes.map { "\($0.name) \($0.value)" } + reports.map { "\($0)" }
        }
        let alone = try result(LoopbackCommunicator())
        for ranks in [2, 4] {
            for found in try LoopbackGroup(size: ranks).run(result) { #expect(found == alone, "\(ranks) ranks") }
        }
    }

    /// Every rank has its run of each batch, and together they have all.
    @Test func ranksShareABatch() throws {
        let settings = Self.settings(images: 96, ranks: 4)
        let positions = try LoopbackGroup(size: 4).run { member in
            let trainer = FeatureTrainer(settings, communicator: member)
            return [trainer.positions(ofStep: 0), trainer.positions(ofStep: 1)]
        }
        #expect(positions.flatMap { $0[0] } == Array(0..<48) && positions.flatMap { $0[1] } == Array(48..<96))
    }

    @Test func ratesRiseAndFallToNothing() {
        let settings = Self.settings(images: 100 * 48)
        let rates = (0..<100).map(settings.learningRate)
        #expect(rates[4] == rates.max() && rates[0] == rates[4] / 5)
        #expect(zip(rates[4...], rates[5...]).allSatisfy { $0 > $1 })
        #expect(rates[99] > 0 && rates[99] < rates[4] / 90)
        let short = Self.settings(images: 1)
        #expect(short.steps == 1 && short.images == 48 && short.learningRate(step: 0) == rates[4])
    }

    @Test func batchesFitRanks() {
        #expect([1, 2, 4, 8].map(FeatureSettings.microbatches) == [8, 8, 8, 8])
        #expect([3, 5, 16].map(FeatureSettings.microbatches) == [9, 10, 16])
        for (resolution, batch) in [(8, 128), (64, 128), (128, 64), (256, 16)] {
            #expect(FeatureSettings.usualBatch(resolution: resolution, ranks: 1) == batch, "\(resolution)")
        }
        #expect(FeatureSettings.usualBatch(resolution: 32, ranks: 3) == 135)
    }

    // MARK: Data

    @Test(arguments: [16, 17, 100, 4000, 60_000, 1_000_000]) func someImagesAreHeldOut(count: Int) {
        let split = FeatureSplit(count: count)
        #expect(split.trained.count + split.heldOut.count == count)
        #expect(Set(split.trained).union(split.heldOut) == Set(0..<count))
        let expected = [16: 4, 17: 4, 100: 25, 4000: 400, 60_000: 3000, 1_000_000: 10_000]
        #expect(split.heldOut.count == expected[count])
        #expect(split.heldOut == split.heldOut.sorted() && split.trained == split.trained.sorted())
        // From all over, not a run of rows.
        #expect((split.heldOut.last ?? 0) - split.heldOut[0] > count / 3)
    }

    @Test func quarterTurns() {
        // 0 1 / 2 3, of two channels.
        let image: [UInt8] = [0, 10, 1, 11, 2, 12, 3, 13]
        let batch = Minibatch(images: image + image + image + image, count: 4, height: 2, width: 2, channels: 2)
        let turned = QuarterTurns.turned(batch, by: [0, 1, 2, 3])
        #expect(turned.labels == [0, 1, 2, 3])
        // Counter-clockwise: the upper right corner comes to the upper left.
        #expect(turned.images[8..<16].map { Int($0) } == [1, 11, 3, 13, 0, 10, 2, 12])
        #expect(turned.images[16..<24].map { Int($0) } == [3, 13, 2, 12, 1, 11, 0, 10])
        #expect(turned.images[24..<32].map { Int($0) } == [2, 12, 0, 10, 3, 13, 1, 11])
        let large = Minibatch(images: (0..<192).map { UInt8($0) }, count: 1, height: 8, width: 8, channels: 3)
        var again = large
        for _ in 0..<4 { again = QuarterTurns.turned(again, by: [1]) }
        #expect(again.images == large.images && QuarterTurns.turned(large, by: [1]).images != large.images)
        #expect(
            QuarterTurns.turned(QuarterTurns.turned(large, by: [1]), by: [2]).images
                == QuarterTurns.turned(large, by: [3]).images)
        let draws = (0..<4000).map { QuarterTurns.turns(position: $0, seed: 3) }
        for turn in 0..<4 { #expect((900...1100).contains(draws.count { $0 == turn })) }
        #expect(draws != (0..<4000).map { QuarterTurns.turns(position: $0, seed: 4) })
    }
}
