import Cluster
import Evaluation
import Foundation
import NumericalTesting
import Testing

@Suite struct MultiScaleSimilarityTests {
    private func similarities(_ images: [[UInt8]], resolution: Int, channels: Int = 3) -> [Double] {
        MultiScaleSimilarity.similarities(
            images.flatMap { $0 }, pairs: images.count / 2, resolution: resolution, channels: channels)
    }

    @Test(arguments: [16, 32, 64]) func anImageResemblesItselfMost(resolution: Int) {
        let images = TestImages(count: 4, resolution: resolution)
        let (a, b) = (images.image(0), images.image(1))
        let noisy = [20, 60].map { TestImages(count: 4, resolution: resolution, noise: $0).image(0) }
        let found = similarities([a, a, a, noisy[0], a, noisy[1], a, b, b, a], resolution: resolution)
        #expect(abs(found[0] - 1) < 1e-12)
        #expect(found[0] > found[1] && found[1] > found[2] && found[2] > found[3], "\(found)")
        #expect(abs(found[3] - found[4]) < 1e-12, "either way round")
        #expect(found.allSatisfy { $0 >= 0 && $0 <= 1 })
    }

    @Test func aNegativeResemblesNothing() {
        let image = TestImages(count: 1, resolution: 32, noise: 60).image(0)
        #expect(similarities([image, image.map { 255 - $0 }], resolution: 32) == [0])
    }

    /// Constant images: contrast and structure are alike, so all but the last scale's luminance is 1.
    @Test(arguments: [16, 32]) func constantImagesDifferInLuminance(resolution: Int) {
        let (a, b) = (100.0, 150.0)
        let c1 = (0.01 * 255) * (0.01 * 255)
        let luminance = (2 * a * b + c1) / (a * a + b * b + c1)
        let found = similarities(
            [UInt8(a), UInt8(b)].map { [UInt8](repeating: $0, count: resolution * resolution) }, resolution: resolution,
            channels: 1)[0]
        #expect(abs(found - pow(luminance, 0.1333)) < 1e-9)
    }

    @Test func theSameBitsOnAnyRanks() throws {
        let images = TestImages(count: 151, resolution: 32, channels: 1)
        func mean() throws -> Double {
            try MultiScaleSimilarity(seed: 3).mean(of: images.source(), communicator: LoopbackCommunicator())
        }
        let expected = try mean()
        #expect(expected > 0 && expected < 1)
        for ranks in [1, 2, 3, 4] {
            let found = try LoopbackGroup(size: ranks).run { communicator in
                try MultiScaleSimilarity(seed: 3).mean(of: images.source(), communicator: communicator)
            }
            #expect(found == Array(repeating: expected, count: ranks), "\(ranks) ranks")
        }
    }

    @Test func pairsAreThoseOfTheSeed() throws {
        var asked: [Int] = []
        let images = TestImages(count: 101, resolution: 16, channels: 1)
        let source = ImageSource(name: "counted", count: 101, resolution: 16, channels: 1) { numbers in
            asked += numbers
            return numbers.flatMap { images.image($0) }
        }
        func mean(_ seed: UInt64) throws -> Double {
            try MultiScaleSimilarity(seed: seed).mean(of: source, communicator: LoopbackCommunicator())
        }
        let first = try mean(1)
        #expect(asked.sorted() == Array(0..<101), "each image once")
        #expect(asked != asked.sorted(), "at random")
        let pairs = (0..<50).map {
            similarities([images.image(asked[2 * $0]), images.image(asked[2 * $0 + 1])], resolution: 16, channels: 1)[0]
        }
        #expect(abs(first - pairs.reduce(0, +) / 50) < 1e-12)
        #expect(try mean(1) == first)
        #expect(try mean(2) != first)
    }

    @Test func variationLowersIt() throws {
        let varied = TestImages(count: 40, resolution: 32)
        let collapsed = ImageSource(name: "collapsed", count: 40, resolution: 32, channels: 3) { numbers in
            numbers.flatMap { varied.image($0 % 2) }
        }
        let metric = MultiScaleSimilarity(seed: 1)
        let communicator = LoopbackCommunicator()
        #expect(
            try metric.mean(of: varied.source(), communicator: communicator) + 0.2
                < metric.mean(of: collapsed, communicator: communicator))
    }

    @Test func whatHasNoPairsIsNamed() throws {
        func message(_ source: ImageSource) -> String {
            do {
                return "\(try MultiScaleSimilarity(seed: 0).mean(of: source, communicator: LoopbackCommunicator()))"
            } catch let error as EvaluationError {
                return error.description
            } catch {
                return "another error: \(error)"
            }
        }
        #expect(message(TestImages(count: 1, resolution: 32).source("lonely")).contains("1 lonely images of 32×32"))
        let small = message(TestImages(count: 8, resolution: 8).source("small"))
        #expect(small.contains("8 small images of 8×8, expected 2 or more of 16×16 or more"))
    }

    @Test func aCachedSetIsAskedOnce() throws {
        let images = TestImages(count: 64, resolution: 16, channels: 1)
        func asked(bytes: Int) throws -> Int {
            var asked = 0
            let source = ImageSource(name: "counted", count: 64, resolution: 16, channels: 1) { numbers in
                asked += numbers.count
                return numbers.flatMap { images.image($0) }
            }.cached(bytes: bytes)
            let communicator = LoopbackCommunicator()
            let first = try MultiScaleSimilarity(seed: 1).mean(of: source, communicator: communicator)
            #expect(try MultiScaleSimilarity(seed: 1).mean(of: source, communicator: communicator) == first)
            _ = try SlicedWasserstein(seed: 1).distance(
                real: images.source(), fake: source, communicator: communicator)
            return asked
        }
        #expect(try asked(bytes: 64 * 256) == 64)
        // Room for one of two chunks.
        #expect(try asked(bytes: 48 * 256) == 64 + 32 + 32)
        #expect(try asked(bytes: 0) == 3 * 64)
    }
}
