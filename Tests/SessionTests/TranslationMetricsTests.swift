import Cluster
import Configuration
import Evaluation
import Failure
import Recipes
import Session
import Storage
import TestSupport
import Testing
import Training

/// What is measured of checkpoints that translate: their images are made of the data set's own conditions.
@Suite struct TranslationMetricsTests {
    private static let count = 8

    /// A data set with label maps, and images, beside its images.
    static func dataset(_ folder: String, classes: Int = TranslationScene.classes) throws -> Dataset {
        let description = DatasetDescription(
            format: .picture(resolution: 16, channels: 3), semanticClasses: classes,
            imageCondition: .picture(resolution: 16, channels: 1))
        let writer = try DatasetWriter(folder: folder, description: description, shards: 1)
        for row in 0..<count {
            try writer.append(
                image: (0..<16 * 16 * 3).map { UInt8(($0 * (row + 3)) % 251) }, semantic: TranslationScene.map(row),
                imageCondition: TranslationScene.grey(row).map { Float($0) })
        }
        _ = try writer.finish()
        return try Dataset(folder)
    }

    /// The rows that the first real images of an evaluation are of.
    private static func rows(_ dataset: Dataset, seed: UInt64) throws -> [Int] {
        let real = RealSample(dataset, resolution: 16, seed: seed).source("real", places: 0..<count)
        let all = try (0..<count).map { try dataset.read(rows: [$0], withMaps: false, withConditions: false).images }
        return try (0..<count).map { number in
            let image = try real.images([number])
            return try #require(all.firstIndex(of: image))
        }
    }

    @Test func imagesAreMadeOfTheMapsOfTheRealOnes() throws {
        try withTranslation { scene in
            let dataset = try Self.dataset(scene("data"))
            let rows = try Self.rows(dataset, seed: 5)
            #expect(rows != Array(0..<Self.count) && rows.sorted() == Array(0..<Self.count))
            let checkpoint = try scene.oasis()
            let sets = try EvaluatedSets(checkpoint: checkpoint, data: scene("data"), images: Self.count, seed: 5)
            let expected = try GeneratorFile(checkpoint).translated(
                .maps(rows.flatMap { TranslationScene.map($0) }, height: 16, width: 16),
                seeds: (0..<Self.count).map { 5 * Self.count + $0 })
            let made = try sets.generated.images(Array(0..<Self.count))
            #expect(made == expected)
            let alone = try sets.generated.images([3])
            #expect(alone == Array(expected[3 * 768..<4 * 768]))
        }
    }

    @Test func imagesAreMadeOfTheImagesBesideTheRealOnes() throws {
        try withTranslation { scene in
            let dataset = try Self.dataset(scene("data"))
            let rows = try Self.rows(dataset, seed: 2)
            let checkpoint = try scene.pix2pix()
            let file = try GeneratorFile(checkpoint)
            let format = try #require(file.conditionFormat)
            let sets = try EvaluatedSets(checkpoint: checkpoint, data: scene("data"), images: Self.count, seed: 2)
            let values = format.normalized(rows.flatMap { TranslationScene.grey($0).map { Float($0) } })
            let expected = try file.translated(
                .images(values, height: 16, width: 16),
                seeds: (0..<Self.count).map { 2 * Self.count + $0 })
            let made = try sets.generated.images(Array(0..<Self.count))
            #expect(made == expected)
        }
    }

    /// Class 0 counts neither in generated nor in real images where it is no class of the run.
    @Test func whatIsNoClassOfTheRunDoesNotCount() throws {
        try withTranslation { scene in
            _ = try Self.dataset(scene("data"))
            func sets(_ checkpoint: String) throws -> EvaluatedSets {
                try EvaluatedSets(checkpoint: checkpoint, data: scene("data"), images: 4, seed: 1)
            }
            let ignoring = try scene.checkpoint(
                "ignoring.h5", TranslationScene.oasis + ["data.dont_care=true"], TranslationScene.ofMaps, scale: 50)
            let of = try sets(ignoring)
            #expect(of.generated.maps?.ignored == 0 && of.real.maps?.ignored == 0)
            let all = try sets(scene.oasis())
            #expect(all.generated.maps != nil && all.generated.maps?.ignored == nil && all.real.maps?.ignored == nil)
            // Which classes count is not guessed.
            var contents = try CheckpointFile.read(ignoring)
            let place = try #require(contents.attributes.firstIndex { $0.0 == "config" })
            contents.attributes[place].1 = .string("kimg: -4")
            try CheckpointFile.write(contents, to: scene("damaged.h5"))
            let error = try #require(thrown(ConfigurationError.self) { try sets(scene("damaged.h5")) })
            #expect(error.exitCode == 65 && "\(error)".contains("damaged.h5"), "\(error)")
        }
    }

    /// There are no paths between latents, and mIoU only where a segmenter was given.
    @Test func metricsThatDoNotApply() throws {
        try withTranslation { scene in
            _ = try Self.dataset(scene("data"))
            let sets = try EvaluatedSets(
                checkpoint: scene.oasis(), data: scene("data"), images: Self.count, seed: 1)
            func choice(_ asked: [String]?, hasSegmenter: Bool) throws -> MetricChoice {
                try MetricChoice(
                    asked: asked, sets: sets, data: scene("data"), features: nil, hasSegmenter: hasSegmenter)
            }
            let all = try choice(nil, hasSegmenter: false)
            #expect(all.metrics.map { $0.name } == ["swd", "msssim"] && all.notes.isEmpty)
            let more = try choice(nil, hasSegmenter: true)
            #expect(more.metrics.map { $0.name } == ["swd", "msssim", "miou"])
            let ppl = try #require(thrown(DatasetError.self) { try choice(["ppl"], hasSegmenter: true) })
            #expect(ppl.exitCode == 64 && "\(ppl)".contains("where label maps or images condition"))
            do {
                _ = try choice(["miou"], hasSegmenter: false)
                Issue.record("no segmenter was missed")
            } catch let error as any ExitCoded {
                #expect(error.exitCode == 66 && "\(error)".contains("ganglion features train --maps"))
            }
        }
    }

    /// Images of latents have no map that they could keep to.
    @Test func imagesOfLatentsHaveNoMaps() throws {
        try withPictures { scene in
            let sets = try EvaluatedSets(
                checkpoint: scene.checkpoint("c.h5"), data: scene.data, images: 8, seed: 1)
            let error = try #require(
                thrown(DatasetError.self) {
                    try MetricChoice(
                        asked: ["miou"], sets: sets, data: scene.data, features: nil, hasSegmenter: true)
                })
            #expect(error.exitCode == 64 && "\(error)".contains("nothing conditions the pixels"), "\(error)")
        }
    }

    @Test func otherDataSetsAreNamed() throws {
        try withTranslation { scene in
            _ = try Self.dataset(scene("data"), classes: TranslationScene.classes + 1)
            let checkpoint = try scene.oasis()
            let error = try #require(
                thrown(DatasetError.self) {
                    try EvaluatedSets(checkpoint: checkpoint, data: scene("data"), images: 4, seed: 1)
                })
            #expect(error.exitCode == 65 && "\(error)".contains("label maps of 5 classes, but maps of 4"), "\(error)")
            _ = try DatasetSynthesizer(seed: 1, resolution: 16, channels: 3).run(
                to: scene("shapes"), count: 8, shards: 1)
            let paired = try scene.pix2pix()
            let without = try #require(
                thrown(DatasetError.self) {
                    try EvaluatedSets(checkpoint: paired, data: scene("shapes"), images: 4, seed: 1)
                })
            #expect(without.exitCode == 65 && "\(without)".contains("has no images beside its own"), "\(without)")
        }
    }

    private static func standing(
        _ checkpoint: String, _ conditions: (GeneratorFile) throws -> StandingStatistics.Conditions?
    ) throws -> [Float] {
        let file = try GeneratorFile(checkpoint)
        let before = file.parameters.state.array
        _ = try file.takeStandingStatistics(batches: 3, available: 0, conditions: try conditions(file)) {
            BatchSums(LoopbackCommunicator(), microbatches: $0)
        }
        let after = file.parameters.state.array
        #expect(after != before)
        return after
    }

    /// Label maps, or images, of the data set's rows in an order that no option changes; all take turns.
    @Test func standingStatisticsAreTakenOfTheDataSet() throws {
        try withTranslation { scene in
            let dataset = try Self.dataset(scene("data"))
            let rows = try Self.rows(dataset, seed: 0)
            let oasis = try scene.oasis()
            let found = try Self.standing(oasis) { try $0.standingConditions(of: dataset) }
            let expected = try Self.standing(oasis) { _ in
                StandingStatistics.Conditions(
                    PairedPixels { numbers in
                        .maps(numbers.flatMap { TranslationScene.map(rows[$0]) }, height: 16, width: 16)
                    }, count: Self.count)
            }
            #expect(found == expected)
            let pix2pix = try scene.pix2pix()
            let format = try #require(try GeneratorFile(pix2pix).conditionFormat)
            let ofImages = try Self.standing(pix2pix) { try $0.standingConditions(of: dataset) }
            let expectedOfImages = try Self.standing(pix2pix) { _ in
                StandingStatistics.Conditions(
                    PairedPixels { numbers in
                        let values = numbers.flatMap { TranslationScene.grey(rows[$0]).map { Float($0) } }
                        return .images(format.normalized(values), height: 16, width: 16)
                    }, count: Self.count)
            }
            #expect(ofImages == expectedOfImages)
        }
    }

    /// Only a data set has the conditions of a whole batch.
    @Test func standingStatisticsNeedConditions() throws {
        try withTranslation { scene in
            let file = try GeneratorFile(scene.oasis())
            let error = try #require(
                thrown(DatasetError.self) {
                    try file.takeStandingStatistics(batches: 1, available: 0) {
                        BatchSums(LoopbackCommunicator(), microbatches: $0)
                    }
                })
            #expect(error.exitCode == 64 && "\(error)".contains("which only its data set has"), "\(error)")
            let other = try Self.dataset(scene("other"), classes: TranslationScene.classes + 1)
            let unlike = try #require(thrown(DatasetError.self) { try file.standingConditions(of: other) })
            #expect(unlike.exitCode == 65 && "\(unlike)".contains("label maps of 5 classes"), "\(unlike)")
        }
    }

    /// While it trains, too; what needs a segmenter, or paths between latents, is refused before the first step.
    @Test func runsAreMeasured() throws {
        try withTranslation { scene in
            let dataset = try Self.dataset(scene("data"))
            func metrics(_ names: String) throws -> SnapshotMetrics? {
                let configuration = try TranslationScene.configuration(
                    TranslationScene.oasis + ["metrics.names=\(names)", "metrics.images=8"], TranslationScene.ofMaps)
                return try SnapshotMetrics(configuration, dataset: dataset)
            }
            let measured = try metrics("swd")
            #expect(measured != nil)
            for (name, says) in [
                ("miou", "looks through a segmenter"), ("ppl", "where label maps or images condition"),
            ] {
                let error = try #require(thrown(ConfigurationError.self) { try metrics(name) })
                #expect("\(error)".contains(says), "\(error)")
            }
        }
    }
}
