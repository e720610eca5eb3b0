import Cluster
import Evaluation
import Failure
import Layers
import Models
import Session
import Storage
import TestSupport
import Testing
import Training

/// The segmenter of an evaluation: which one is taken, which is refused, and what is said of it.
@Suite struct SegmenterUseTests {
    @discardableResult
    private static func segmenter(
        _ path: String, classes: Int = TranslationScene.classes, channels: Int = 3, ignored: Int? = nil
    ) throws -> String {
        let shape = FeatureClassifierShape(
            resolution: 16, imageChannels: channels, classes: classes, widths: [8, 8, 8])
        let parameters = Parameters(Segmenter(shape).declarations)
        parameters.initialize(seed: 1, network: 7)
        try LearnedFeaturesFile(
            task: .segmenter, shape: shape, classNames: [], datasetID: "0123", images: 100, imagesShown: 400,
            heldOut: 6400, heldOutRight: 5000, batch: 16, seed: 5, program: "0.1.0", heldOutIntersection: 0.5,
            ignoredClass: ignored
        ).write(parameters, to: path)
        return path
    }

    private static func session(
        _ checkpoint: String, data: String, metrics: String?, segmenter: String?
    ) throws -> EvaluateSession {
        try EvaluateSession(
            checkpoint: checkpoint, data: data, metrics: metrics,
            features: FeaturesOption(file: nil, resize: FeaturesOption.resizes[0], any: false),
            segmenter: SegmenterOption(file: segmenter), cache: nil, images: 4, seed: 1, threads: 1)
    }

    private static func report(
        _ scene: TranslationScene, _ checkpoint: String, metrics: String? = "miou", segmenter: String? = nil
    ) throws -> EvaluationReport {
        try session(checkpoint, data: scene("data"), metrics: metrics, segmenter: segmenter)
            .evaluate(LoopbackCommunicator())
    }

    // MARK: Which classes count

    @Test func whereTheRunCountsOtherClassesItIsSaid() throws {
        try withTranslation { scene in
            _ = try TranslationMetricsTests.dataset(scene("data"))
            let counting = try scene.oasis()
            let leaving = try scene.checkpoint(
                "leaving.h5", TranslationScene.oasis + ["data.dont_care=true"], TranslationScene.ofMaps, scale: 50)
            let all = try Self.segmenter(scene("all.h5"))
            let some = try Self.segmenter(scene("some.h5"), ignored: 0)
            func said(_ checkpoint: String, _ segmenter: String) throws -> [String] {
                let notes = try Self.report(scene, checkpoint, segmenter: segmenter).notes
                return notes.filter { $0.contains("data.dont_care") }
            }
            #expect(try said(counting, all).isEmpty)
            #expect(try said(leaving, some).isEmpty)
            let learned = try said(leaving, all)
            #expect(learned.count == 1 && learned[0].contains("all.h5: has learned class 0 as a class"), "\(learned)")
            #expect(learned.first?.contains("features train --maps --dont-care") == true, "\(learned)")
            let unknown = try said(counting, some)
            #expect(unknown.count == 1 && unknown[0].contains("some.h5: has not learned class 0"), "\(unknown)")
            // A run of images has no classes of its own.
            #expect(try said(scene.pix2pix(), some).isEmpty)
        }
    }

    // MARK: Which segmenters will do

    @Test func aSegmenterOfOtherMapsOrImagesIsRefused() throws {
        try withTranslation { scene in
            _ = try TranslationMetricsTests.dataset(scene("data"))
            let checkpoint = try scene.oasis()
            let classes = try Self.segmenter(scene("classes.h5"), classes: 5)
            let grey = try Self.segmenter(scene("grey.h5"), channels: 1)
            for (file, says) in [
                (classes, "tells 5 classes, but the label maps of \(scene("data")) have 4"), (grey, "channel"),
            ] {
                for metrics in ["miou", nil] {
                    do {
                        _ = try Self.report(scene, checkpoint, metrics: metrics, segmenter: file)
                        Issue.record("\(file) was taken")
                    } catch let error as any ExitCoded {
                        let text = "\(error)"
                        #expect(error.exitCode == 65 && text.contains(file) && text.contains(says), "\(text)")
                    }
                }
            }
        }
    }

    /// One that nobody has named.
    @Test func whatLiesBesideTheDataAndWillNotDoIsLeftOut() throws {
        try withTranslation { scene in
            _ = try TranslationMetricsTests.dataset(scene("data"))
            let checkpoint = try scene.oasis()
            try Self.segmenter(scene("data/segmenter.h5"), classes: 5)
            let report = try Self.report(scene, checkpoint, metrics: nil)
            #expect(report.findings.map(\.metric) == ["swd", "msssim"])
            #expect(
                report.notes.contains { $0.contains("segmenter.h5") && $0.hasSuffix("; miou is left out") },
                "\(report.notes)")
            // Whoever asks for the metric is told.
            let error = thrown(FeatureFileError.self) { try Self.report(scene, checkpoint) }
            #expect(error?.exitCode == 65)
            try Files.remove(scene("data/segmenter.h5"))
            try Self.segmenter(scene("data/segmenter.h5"))
            let found = try Self.report(scene, checkpoint, metrics: nil)
            #expect(found.findings.map(\.metric) == ["swd", "msssim", "miou"])
        }
    }

    // MARK: Where nothing looks through it

    @Test func aSegmenterThatNothingLooksThroughIsRefused() throws {
        try withTranslation { scene in
            let without = try #require(
                thrown(UsageError.self) {
                    try Self.session("c.h5", data: "data", metrics: "swd,msssim", segmenter: "s.h5")
                })
            #expect("\(without)".contains("--segmenter: only miou looks through it"), "\(without)")
            _ = try Self.session("c.h5", data: "data", metrics: "swd,miou", segmenter: "s.h5")
            _ = try Self.session("c.h5", data: "data", metrics: "swd", segmenter: nil)

            // Pairs without label maps.
            let writer = try DatasetWriter(folder: scene("data"), description: TranslationScene.description, shards: 1)
            for row in 0..<4 {
                try writer.append(
                    image: (0..<16 * 16 * 3).map { UInt8(($0 * (row + 3)) % 251) },
                    imageCondition: TranslationScene.grey(row).map { Float($0) })
            }
            _ = try writer.finish()
            let file = try Self.segmenter(scene("s.h5"))
            let checkpoint = try scene.pix2pix()
            let maps = try #require(
                thrown(DatasetError.self) { try Self.report(scene, checkpoint, metrics: nil, segmenter: file) })
            #expect(maps.exitCode == 64, "\(maps)")
            #expect("\(maps)".contains("--segmenter: miou compares images with label maps, which"), "\(maps)")
        }
    }

    // MARK: What is learned

    private static func settings(_ folder: String, classes: Int, dontCare: Bool = false) throws -> FeatureSettings {
        let description = DatasetDescription(resolution: 8, channels: 1, semanticClasses: classes)
        let writer = try DatasetWriter(folder: folder, description: description, shards: 1)
        for row in 0..<16 {
            try writer.append(
                image: (0..<64).map { UInt8(($0 * (row + 1)) % 251) }, semantic: [UInt8](repeating: 0, count: 64))
        }
        _ = try writer.finish()
        var options = FeaturesSession.Options(data: folder)
        (options.maps, options.dontCare) = (true, dontCare)
        return try FeaturesSession(options, program: "0.1.0").settings(Dataset(folder), ranks: 1)
    }

    @Test func mapsOfOneClassTeachNothing() throws {
        try withTemporaryFolder { folder in
            let one = thrown(DatasetError.self) { try Self.settings(folder + "/1", classes: 1) }
            #expect(one?.exitCode == 65)
            #expect(one?.message.contains("its label maps have one class, expected 2 or more") == true)
            let beside = thrown(DatasetError.self) { try Self.settings(folder + "/2", classes: 2, dontCare: true) }
            #expect(beside?.exitCode == 65)
            #expect(beside?.message.contains("one class beside class 0, which --dont-care leaves out") == true)
            let settings = try Self.settings(folder + "/3", classes: 3, dontCare: true)
            #expect(settings.ignored == 0 && settings.task == .segmenter)
            #expect(try Self.settings(folder + "/4", classes: 2).ignored == nil)
        }
        var options = FeaturesSession.Options(data: "data")
        options.dontCare = true
        let error = thrown(UsageError.self) { try FeaturesSession(options, program: "0.1.0") }
        #expect(error?.description == "--dont-care is of label maps, expected --maps beside it")
    }

    /// Nothing is held out that could be told right or wrong.
    @Test func heldOutMapsOfNoClassAreNamed() throws {
        try withTemporaryFolder { folder in
            var settings = try Self.settings(folder + "/a", classes: 3, dontCare: true)
            settings = FeatureSettings(
                task: .segmenter, shape: settings.shape, images: 8, batch: 8, ranks: 1, seed: 0, ignored: 0)
            let dataset = try Dataset(folder + "/a")
            let training = FeatureTraining(settings, dataset: dataset, communicator: LoopbackCommunicator())
            let error = try #require(thrown(DatasetError.self) { try training.run { _ in } })
            #expect(error.exitCode == 65 && "\(error)".contains("are of class 0, which does not count"), "\(error)")
        }
    }
}
