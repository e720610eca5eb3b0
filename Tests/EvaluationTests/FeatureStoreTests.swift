import Cluster
import Evaluation
import Foundation
import Kernels
import NumericalTesting
import Synchronization
import TestSupport
import Testing

/// From images to values: on ranks and threads, with caches, with images that do not fit.
@Suite struct FeatureStoreTests {
    static let names = ["fid", "kid", "is", "pr", "dc", "ppl"]
    private static let resolution = 4

    private static func real(_ count: Int, order: String = "set", places: Range<Int>? = nil) -> ImageSource {
        let places = places ?? 0..<count
        let images = TestImages(count: places.upperBound, resolution: resolution, channels: 1, seed: 1)
        return ImageSource(
            name: "real", count: places.count, resolution: resolution, channels: 1,
            origin: ImageOrigin(order: order, places: places)
        ) { numbers in numbers.flatMap { images.image(places.lowerBound + $0) } }
    }

    private static func generated(_ count: Int) -> ImageSource {
        let images = TestImages(count: count, resolution: resolution, channels: 1, seed: 2, noise: 20)
        let paths = LatentPaths(count: count / 2, space: "w") { numbers, step in
            numbers.flatMap { number -> [Float] in
                let first = images.image(number).map { Float($0) }
                let way = images.image(number + 1).map { Float($0) }
                return first + zip(first, way).map { $0 + step * 100 * $1 }
            }
        }
        return ImageSource(
            name: "generated", count: count, resolution: resolution, channels: 1, paths: paths
        ) { numbers in numbers.flatMap { images.image($0).map { $0 - $0 / 8 } } }
    }

    private static func halves(_ half: Int) -> RealImages {
        RealImages(all: real(half), halves: (real(half), real(half, places: half..<2 * half)))
    }

    /// All values, of generated images and of real ones.
    private static func values(
        _ communicator: any Communicator, extractor: ProjectedPixels, count: Int = 1100, cache: String? = nil,
        memory: Int = 1 << 24, note: @escaping (String) -> Void = { _ in }
    ) throws -> [String: Double] {
        let context = MetricContext(
            seed: 5, memory: memory, extractor: extractor, cacheFolder: cache, note: note)
        try context.prepare(real(2 * count), communicator)
        let (generated, halves) = (generated(count), halves(count))
        var values: [String: Double] = [:]
        for name in names {
            let metric = try #require(Metrics.named(name)).init(context)
            let found = try metric.values(of: generated, real: halves.all, communicator: communicator)
            for value in found { values[Metrics.key(name, value)] = value.value }
            for value in try metric.values(ofReal: halves, communicator: communicator) {
                values["real " + Metrics.key(name, value)] = value.value
            }
        }
        return values
    }

    @Test func theSameBitsOnAnyRanks() throws {
        let extractor = ProjectedPixels(classes: 5)
        let expected = try Self.values(LoopbackCommunicator(), extractor: extractor)
        #expect(
            Set(expected.keys)
                == Set(
                    [
                        "fid/projection", "kid/projection", "is/projection", "is/projection/deviation",
                        "pr/projection/precision", "pr/projection/recall", "dc/projection/density",
                        "dc/projection/coverage",
                    ].flatMap { [$0, "real " + $0] } + ["ppl/projection"]))
        #expect(expected.values.allSatisfy { $0.isFinite })
        for key in ["fid/projection", "kid/projection"] {
            #expect(try #require(expected[key]) > 2 * #require(expected["real " + key]), "\(expected)")
        }
        // Each image once: generated ones, twice as many real ones, and the pairs of half as many paths.
        #expect(extractor.images == 1100 + 2200 + 1100)
        for ranks in [2, 3, 4, 8] {
            let found = try LoopbackGroup(size: ranks).run { communicator in
                // Little memory: subsets in more rounds.
                try Self.values(communicator, extractor: ProjectedPixels(classes: 5), memory: 1 << (14 + ranks))
            }
            #expect(found == Array(repeating: expected, count: ranks), "\(ranks) ranks")
        }
    }

    @Test func moreRanksThanChunks() throws {
        let expected = try Self.values(LoopbackCommunicator(), extractor: ProjectedPixels(classes: 5), count: 40)
        let found = try LoopbackGroup(size: 5).run { communicator in
            try Self.values(communicator, extractor: ProjectedPixels(classes: 5), count: 40)
        }
        #expect(found == Array(repeating: expected, count: 5))
    }

    @Test func whatWasKeptGivesTheSameBits() throws {
        try withTemporaryFolder { folder in
            let cache = folder + "/deep/cache"
            let first = ProjectedPixels(classes: 5)
            let expected = try Self.values(LoopbackCommunicator(), extractor: first, count: 70)
            let written = try Self.values(LoopbackCommunicator(), extractor: first, count: 70, cache: cache)
            #expect(written == expected && first.images == 2 * (70 + 140 + 70))
            let files = try FileManager.default.contentsOfDirectory(atPath: cache)
            #expect(files.count == 1)
            let second = ProjectedPixels(classes: 5)
            #expect(try Self.values(LoopbackCommunicator(), extractor: second, count: 70, cache: cache) == expected)
            #expect(second.images == 70 + 70, "real ones were looked at again")
            for ranks in [2, 3] {
                let extractor = ProjectedPixels(classes: 5)
                let found = try LoopbackGroup(size: ranks).run { communicator in
                    try Self.values(communicator, extractor: extractor, count: 70, cache: cache)
                }
                #expect(found == Array(repeating: expected, count: ranks), "\(ranks) ranks")
                #expect(extractor.images == 70 + 70, "\(ranks) ranks")
            }
            // Written by three.
            let other = folder + "/other"
            _ = try LoopbackGroup(size: 3).run { communicator in
                try Self.values(communicator, extractor: ProjectedPixels(classes: 5), count: 70, cache: other)
            }
            let path = cache + "/" + files[0]
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: path))
                    == Data(contentsOf: URL(fileURLWithPath: other + "/" + files[0])))
            // Another extractor has its own.
            _ = try Self.values(
                LoopbackCommunicator(), extractor: ProjectedPixels("other", classes: 5), count: 70, cache: cache)
            #expect(try FileManager.default.contentsOfDirectory(atPath: cache).count == 2)
        }
    }

    /// Flips a bit, cuts, exchanges, forges; each is said, and made anew.
    @Test func whatIsDamagedIsMadeAnew() throws {
        try withTemporaryFolder { folder in
            let expected = try Self.values(
                LoopbackCommunicator(), extractor: ProjectedPixels(classes: 5), count: 70, cache: folder)
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
            let url = URL(fileURLWithPath: folder + "/" + name)
            let sound = try Data(contentsOf: url)
            var flipped = sound
            flipped[sound.count / 2] ^= 4
            let damaged: [(Data, String)] = [
                (flipped, "its checksum does not match"), (sound.dropLast(5), "cut short or foreign"),
                (Data(), "has 0 bytes"),
                (sound + [0], "cut short or foreign"), (Data(sound.map { _ in 65 }), "numbers of something else"),
            ]
            for (bytes, text) in damaged {
                try Data(bytes).write(to: url)
                let notes = Mutex<[String]>([])
                let extractor = ProjectedPixels(classes: 5)
                let found = try Self.values(
                    LoopbackCommunicator(), extractor: extractor, count: 70, cache: folder
                ) { note in notes.withLock { $0.append(note) } }
                #expect(found == expected)
                let said = notes.withLock { $0 }
                #expect(said.count == 1 && said[0].contains(text) && said[0].contains(name), "\(said)")
                #expect(extractor.images == 70 + 140 + 70)
                #expect(try Data(contentsOf: url) == sound, "not written anew")
            }
        }
    }

    @Test func aFolderThatCannotBeWritten() throws {
        try withTemporaryFolder { folder in
            let file = folder + "/file"
            try Data([1]).write(to: URL(fileURLWithPath: file))
            let notes = Mutex<[String]>([])
            _ = try Self.values(
                LoopbackCommunicator(), extractor: ProjectedPixels(classes: 5), count: 40, cache: file + "/cache"
            ) { note in notes.withLock { $0.append(note) } }
            let said = notes.withLock { $0 }
            #expect(said.contains { $0.contains("are not kept for the next time") }, "\(said)")
        }
    }

    @Test func partsOfASetThatIsKnown() throws {
        // Parts are found of the whole's images, each once.
        let extractor = ProjectedPixels()
        let context = MetricContext(seed: 5, memory: 1 << 24, extractor: extractor)
        let communicator = LoopbackCommunicator()
        try context.prepare(Self.real(200), communicator)
        let metric = try #require(Metrics.named("fid")).init(context)
        let parts = try metric.values(ofReal: Self.halves(100), communicator: communicator)
        #expect(extractor.images == 200)
        // Moments do not depend on order but for rounding.
        let alone = try #require(Metrics.named("fid")).init(
            MetricContext(seed: 5, memory: 1 << 24, extractor: extractor))
        let expected = try alone.values(ofReal: Self.halves(100), communicator: communicator)
        #expect(abs(parts[0].value / expected[0].value - 1) < 1e-9)
        // Other orders are other images.
        _ = try metric.values(
            of: Self.real(100, order: "other"), real: Self.real(100), communicator: communicator)
        #expect(extractor.images == 200 + 200 + 100)
    }

    @Test func generatedImagesAreForgotten() throws {
        let extractor = ProjectedPixels()
        let context = MetricContext(seed: 5, memory: 1 << 24, extractor: extractor)
        let metric = try #require(Metrics.named("fid")).init(context)
        let (real, first) = (Self.real(64), Self.generated(64))
        func measure(_ generated: ImageSource) throws {
            _ = try metric.values(of: generated, real: real, communicator: LoopbackCommunicator())
        }
        try measure(first)
        try measure(first.cached(bytes: 100))
        #expect(extractor.images == 128)
        try measure(Self.generated(64))
        #expect(extractor.images == 192)
        context.forgetGenerated()
        try measure(first)
        #expect(extractor.images == 256)
    }

    @Test func whatIsNotFiniteIsSaidOnAllRanks() throws {
        let failures = try LoopbackGroup(size: 3).run { communicator -> [String] in
            let context = MetricContext(
                seed: 5, memory: 1 << 24, extractor: ProjectedPixels(classes: 2, ofBlack: .infinity))
            // One image of 200, on one rank.
            let images = TestImages(count: 200, resolution: Self.resolution, channels: 1)
            let paths = LatentPaths(count: 70, space: "z") { numbers, _ in
                numbers.flatMap { [Float](repeating: $0 == 5 ? 0 : 3, count: 32) }
            }
            let source = ImageSource(
                name: "generated", count: 200, resolution: Self.resolution, channels: 1, paths: paths
            ) { numbers in numbers.flatMap { $0 == 77 ? [UInt8](repeating: 0, count: 16) : images.image($0) } }
            return try Self.names.filter { $0 != "ppl" }.map { name in
                let metric = try #require(Metrics.named(name)).init(context)
                let error = thrown(EvaluationError.self) {
                    try metric.values(of: source, real: Self.real(64), communicator: communicator)
                }
                return error?.description ?? "none"
            }
        }
        for found in failures.flatMap({ $0 }) {
            #expect(found.contains("features of the generated images are not finite"), "\(found)")
        }
    }

    @Test func perceptualPathLengthOfAStraightWay() throws {
        // Of a linear network the steps are as long everywhere.
        let extractor = ProjectedPixels(dimension: 3)
        let way: [Float] = (0..<16).map { Float(40 * ($0 % 3)) - 30 }
        let paths = LatentPaths(count: 45, space: "z") { numbers, step in
            numbers.flatMap { number -> [Float] in
                let first = (0..<16).map { Float((number + $0) % 7) * 0.5 }
                return first + zip(first, way).map { $0 + step * $1 }
            }
        }
        let found = try PerceptualPathLength.mean(
            of: paths, resolution: 4, channels: 1, extractor: extractor, seed: 1, LoopbackCommunicator())
        let expected = extractor.project(way[...]).reduce(0) { $0 + Double($1 * $1) }
        #expect(abs(found / expected - 1) < 0.01, "\(found), expected \(expected)")
    }

    @Test func whatAMetricLacks() throws {
        let none = MetricContext(seed: 0, memory: 1)
        for name in Self.names {
            let type = try #require(Metrics.named(name))
            #expect(type.needs.contains(.features))
            let error = thrown(EvaluationError.self) { try type.init(none) }
            #expect(error?.description == "\(name): needs features of images, but no features file was given")
        }
        let classless = MetricContext(seed: 0, memory: 1, extractor: ProjectedPixels())
        let score = try #require(Metrics.named("is"))
        let error = thrown(EvaluationError.self) { try score.init(classless) }
        #expect(error?.description.contains("needs probabilities of classes, but fixed projection tells none") == true)
        let length = try #require(Metrics.named("ppl")).init(classless)
        let latents = thrown(EvaluationError.self) {
            try length.values(of: Self.real(64), real: Self.real(64), communicator: LoopbackCommunicator())
        }
        #expect(latents?.description.contains("PPL: found 64 real images with 0 pairs of latents") == true)
        let wrong = ImageSource(name: "large", count: 8, resolution: 8, channels: 1) { _ in [] }
        let distance = try #require(Metrics.named("fid")).init(classless)
        let size = thrown(ProjectedPixels.WrongSize.self) {
            try distance.values(of: wrong, real: wrong, communicator: LoopbackCommunicator())
        }
        #expect(size?.resolution == 8)
    }

    @Test func whatToKnowOfFewImages() throws {
        let context = MetricContext(seed: 0, memory: 1, extractor: ProjectedPixels(dimension: 20))
        func remarks(_ name: String, _ images: Int) throws -> [String] {
            try #require(Metrics.named(name)).init(context).remarks(images: images)
        }
        #expect(try remarks("kid", 70) == ["kid: 100 subsets of all 70 images instead of 1000"])
        #expect(try remarks("kid", 1000).isEmpty && remarks("fid", 21).isEmpty && remarks("pr", 9).isEmpty)
        #expect(
            try remarks("fid", 20).first?.hasPrefix("fid: 20 images of a set are fewer than their 20 features") == true)
    }
}

/// Features do not depend on the number of threads.
extension ThreadInvarianceTests {
    @Test func featureMetricsHaveTheSameBitsOnAnyThreads() throws {
        var samples = Samples(seed: 4)
        let dimension = 300
        let (real, fake) = (samples.floats(1200 * dimension), samples.floats(1100 * dimension, -0.9...1.1))
        func values() throws -> [Double] {
            let communicator = LoopbackCommunicator()
            let a = FeatureSet(name: "real", features: real, dimension: dimension, communicator)
            let b = FeatureSet(name: "fake", features: fake, dimension: dimension, communicator)
            let neighbours = try PrecisionRecall.values(real: a, fake: b, communicator)
            let density = try DensityCoverage.values(real: a, fake: b, communicator)
            let distance = try FrechetDistance.distance(a, b, communicator)
            let kernel = try KernelInceptionDistance(draws: Spread()).distance(
                real: a, fake: b, subsets: 3, size: 500, communicator)
            return [distance, kernel, neighbours.precision, neighbours.recall, density.density, density.coverage]
        }
        defer { Workers.stop() }
        try Workers.start(threads: 1)
        let expected = try values()
        for threads in 2...3 {
            try Workers.start(threads: threads, spin: 0)
            #expect(try values() == expected, "\(threads) threads")
        }
    }

    private struct Spread: SubsetDraws {
        func subset(_ set: ComparedSet, number: Int, size: Int, of count: Int) -> [Int] {
            (0..<size).map { (number + 2 * $0) % count }
        }
    }
}
