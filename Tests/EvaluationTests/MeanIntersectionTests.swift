import Cluster
import Evaluation
import Kernels
import Layers
import Models
import NumericalTesting
import Storage
import TestSupport
import Testing

/// Counts of pixels by class, what is made of them, and the segmenter that tells the classes.
@Suite struct MeanIntersectionTests {
    private static let shape = FeatureClassifierShape(resolution: 8, imageChannels: 3, classes: 3, widths: [8, 8])

    private static func network(seed: UInt64 = 1, ignored: Int? = nil) -> SegmenterNetwork {
        let segmenter = Segmenter(shape)
        let parameters = Parameters(segmenter.declarations)
        parameters.initialize(seed: seed, network: 7)
        return SegmenterNetwork(segmenter, parameters, ignored: ignored)
    }

    private static func image(_ number: Int, side: Int = 8) -> [UInt8] {
        var samples = Samples(seed: UInt64(number) + 11)
        return samples.floats(side * side * 3, 0...255).map { UInt8($0) }
    }

    /// Maps are what the network sees in images, but for those of odd numbers, which are of class 1.
    private static func source(
        _ network: SegmenterNetwork, count: Int = 70, side: Int = 8, ignored: Int? = nil, classes: Int = 3
    ) -> ImageSource {
        let maps = LabelMapSource(classes: classes, ignored: ignored) { numbers in
            numbers.flatMap { number in
                let seen = network.classes(
                    of: image(number, side: side).map { Float($0) }, count: 1, resolution: side, channels: 3)
                let factor = side / 8
                return (0..<side * side).map { pixel in
                    number % 2 == 1 ? 1 : seen[pixel / side / factor * 8 + pixel % side / factor]
                }
            }
        }
        return ImageSource(name: "tested", count: count, resolution: side, channels: 3, maps: maps) { numbers in
            numbers.flatMap { image($0, side: side) }
        }
    }

    private static func metric(_ network: SegmenterNetwork?) throws -> MeanIntersection {
        try MeanIntersection(MetricContext(seed: 3, memory: 1 << 20, segmenter: network))
    }

    // MARK: Counts

    @Test func unionsAndIntersections() {
        var counts = ConfusionMatrix(classes: 4)
        counts.add(truth: [0, 0, 1, 1, 1, 2], told: [0, 1, 1, 1, 2, 2])
        #expect(counts.total == 6 && counts.right == 4)
        // Class 3 is neither there nor told: it has no share in the mean.
        #expect(counts.intersectionsOverUnions == [0.5, 0.5, 0.5, nil])
        #expect(counts.meanIntersectionOverUnion() == 0.5)
    }

    /// Pixels of no known class do not count, nor does the class itself, be it told or not.
    @Test func whatIsNoClassDoesNotCount() {
        var counts = ConfusionMatrix(classes: 3)
        counts.add(truth: [0, 0, 1, 1, 2, 2], told: [1, 2, 1, 1, 2, 0], ignored: 0)
        #expect(counts.total == 4 && counts.right == 3)
        #expect(counts.meanIntersectionOverUnion(ignored: 0) == 0.75)
        #expect(ConfusionMatrix(classes: 2).meanIntersectionOverUnion() == nil)
    }

    @Test func ranksAddTheirCounts() throws {
        let sums = try LoopbackGroup(size: 3).run { member in
            var counts = ConfusionMatrix(classes: 2)
            counts.add(truth: [0, 1], told: [0, UInt8(member.rank % 2)])
            return try counts.summed(member)
        }
        #expect(sums.allSatisfy { $0.pixels == [3, 0, 2, 1] })
    }

    // MARK: The metric

    /// Of images that have the maps which the network sees all is right; of the others what it happens to call class 1.
    @Test func mapsThatAreSeenAreRight() throws {
        let network = Self.network()
        let alone = LoopbackCommunicator()
        let all = Self.source(network)
        let values = try Self.metric(network).values(of: all, real: all, communicator: alone)
        #expect(values.map(\.label) == ["mIoU", "pixel accuracy"] && values.map(\.part) == ["mean", "accuracy"])
        var expected = ConfusionMatrix(classes: 3)
        for number in 0..<70 {
            let seen = network.classes(
                of: Self.image(number).map { Float($0) }, count: 1, resolution: 8, channels: 3)
            expected.add(truth: number % 2 == 1 ? [UInt8](repeating: 1, count: 64) : seen, told: seen)
        }
        #expect(values[0].value == expected.meanIntersectionOverUnion())
        #expect(values[1].value == Double(expected.right) / Double(expected.total))
        #expect(values[1].value >= 0.5 && values[1].value < 1, "\(values)")
        #expect(MeanIntersection.lowerIsBetter(nil) == false)
    }

    /// A class that the segmenter has not learned, or that is none of the maps, is never told, and does not count.
    @Test func whatIsNoClassIsNeverTold() throws {
        let (all, some) = (Self.network(), Self.network(ignored: 0))
        let pixels = (0..<8).flatMap { Self.image($0).map { Float($0) } }
        func told(_ network: SegmenterNetwork, leavingOut: Int? = nil) -> [UInt8] {
            network.classes(of: pixels, count: 8, resolution: 8, channels: 3, leavingOut: leavingOut)
        }
        let (known, rest) = (told(all), told(some))
        #expect(known.contains(0) && !rest.contains(0) && told(all, leavingOut: 0) == rest)
        #expect(zip(known, rest).allSatisfy { $0 == 0 || $0 == $1 })
        // Maps of what is seen, so all that counts is right, whichever of the two says what does not.
        for (network, ignored) in [(all, 0), (some, nil), (some, 0)] as [(SegmenterNetwork, Int?)] {
            let maps = LabelMapSource(classes: 3, ignored: ignored) { numbers in
                numbers.flatMap { known[$0 * 64..<($0 + 1) * 64] }
            }
            let source = ImageSource(name: "tested", count: 8, resolution: 8, channels: 3, maps: maps) { numbers in
                numbers.flatMap { Self.image($0) }
            }
            let values = try Self.metric(network).values(
                of: source, real: source, communicator: LoopbackCommunicator())
            #expect(values.map(\.value) == [1, 1])
        }
    }

    @Test func ranksDoNotMatter() throws {
        @Sendable func values(_ communicator: any Communicator) throws -> [Double] {
            let network = Self.network()
            let source = Self.source(network)
            return try Self.metric(network).values(of: source, real: source, communicator: communicator).map(\.value)
        }
        let alone = try values(LoopbackCommunicator())
        for ranks in [2, 3] {
            for found in try LoopbackGroup(size: ranks).run(values) { #expect(found == alone, "\(ranks) ranks") }
        }
    }

    /// Their maps are reduced by majority, as the images are by means.
    @Test func largerImagesAreReduced() throws {
        let network = Self.network()
        let source = Self.source(network, count: 8, side: 16)
        let values = try Self.metric(network).values(of: source, real: source, communicator: LoopbackCommunicator())
        #expect(values[1].value >= 0.5, "\(values)")
    }

    @Test func whatIsMissingIsTold() throws {
        let network = Self.network()
        let alone = LoopbackCommunicator()
        let none = try #require(thrown(EvaluationError.self) { try Self.metric(nil) })
        #expect("\(none)".contains("ganglion features train --maps"))
        let plain = ImageSource(name: "plain", count: 2, resolution: 8, channels: 3) { $0.flatMap { Self.image($0) } }
        let without = try #require(
            thrown(EvaluationError.self) {
                try Self.metric(network).values(of: plain, real: plain, communicator: alone)
            })
        #expect("\(without)".contains("the plain images have no label maps"))
        let other = Self.source(network, classes: 5)
        let classes = try #require(
            thrown(EvaluationError.self) {
                try Self.metric(network).values(of: other, real: other, communicator: alone)
            })
        #expect("\(classes)".contains("have 5 classes, the segmenter tells 3"))
    }

    // MARK: The file

    private static func file(_ network: SegmenterNetwork) -> LearnedFeaturesFile {
        LearnedFeaturesFile(
            task: .segmenter, shape: network.shape, classNames: ["none", "a", "b"], datasetID: "0123", images: 100,
            imagesShown: 400, heldOut: 6400, heldOutRight: 5000, batch: 16, seed: 5, program: "0.1.0",
            heldOutIntersection: 0.625, ignoredClass: network.ignored)
    }

    @Test func whatIsWrittenIsRead() throws {
        try withTemporaryFolder { folder in
            let network = Self.network()
            let path = folder + "/segmenter.h5"
            try Self.file(network).write(network.parameters, to: path)
            let (file, found, hash) = try LearnedFeaturesFile.readSegmenter(path)
            #expect(file.task == .segmenter && file.shape == network.shape && file.heldOutIntersection == 0.625)
            #expect(file.classNames == ["none", "a", "b"] && hash.count == 32)
            #expect(found.parameters.values.array == network.parameters.values.array)
            let pixels = (0..<3).flatMap { Self.image($0).map { Float($0) } }
            let seen = found.classes(of: pixels, count: 3, resolution: 8, channels: 3)
            #expect(seen == network.classes(of: pixels, count: 3, resolution: 8, channels: 3))
            #expect(seen.count == 192)
            // Whichever images are beside it.
            let last = found.classes(of: Array(pixels[384...]), count: 1, resolution: 8, channels: 3)
            #expect(last == Array(seen[128...]))
        }
    }

    @Test func whatIsNotLearnedStandsInTheFile() throws {
        try withTemporaryFolder { folder in
            let (network, path) = (Self.network(ignored: 0), folder + "/segmenter.h5")
            try Self.file(network).write(network.parameters, to: path)
            let read = try LearnedFeaturesFile.readSegmenter(path)
            #expect(read.file.ignoredClass == 0 && read.network.ignored == 0)
            var contents = try CheckpointFile.read(path, as: .features)
            let place = try #require(contents.attributes.firstIndex { $0.0 == "ignored_class" })
            contents.attributes[place].1 = .int(1)
            try CheckpointFile.write(contents, to: folder + "/other.h5", as: .features)
            let error = try #require(
                thrown(EvaluationError.self) { try LearnedFeaturesFile.readSegmenter(folder + "/other.h5") })
            #expect("\(error)".contains("attribute ignored_class is '1', expected 0"), "\(error)")
            try Self.file(Self.network()).write(network.parameters, to: folder + "/all.h5")
            let all = try LearnedFeaturesFile.readSegmenter(folder + "/all.h5")
            #expect(all.file.ignoredClass == nil && all.network.ignored == nil)
        }
    }

    @Test func kindsAreNotTakenForEachOther() throws {
        try withTemporaryFolder { folder in
            let network = Self.network()
            try Self.file(network).write(network.parameters, to: folder + "/s.h5")
            let asFeatures = try #require(
                thrown(FeatureFileError.self) {
                    try FeatureFile.extractor(folder + "/s.h5", resize: InceptionResize.allCases[0])
                })
            #expect("\(asFeatures)".contains("holds a segmenter") && asFeatures.exitCode == 65)
            let classifier = FeatureClassifier(Self.shape)
            let parameters = Parameters(classifier.declarations)
            parameters.initialize(seed: 1, network: 7)
            try LearnedFeaturesFile(
                task: .classifier, shape: Self.shape, classNames: [], datasetID: "0123", images: 100, imagesShown: 400,
                heldOut: 20, heldOutRight: 10, batch: 16, seed: 5, program: "0.1.0"
            ).write(parameters, to: folder + "/c.h5")
            let asSegmenter = try #require(
                thrown(EvaluationError.self) { try LearnedFeaturesFile.readSegmenter(folder + "/c.h5") })
            #expect("\(asSegmenter)".contains("of the kind classifier, expected a segmenter"))
        }
    }
}
