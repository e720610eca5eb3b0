import Cluster
import Evaluation
import Failure
import Foundation
import Synchronization
import TestSupport
import Testing

/// Ranks look at their images in step, and end together.
@Suite struct ImageRoundsTests {
    /// Looks at an image's first pixel.
    private final class FirstPixel: FeatureExtractor, Sendable {
        let name = "first"
        let title = "first pixel"
        let identity = "first"
        let dimension = 2
        let classes = 0
        private let most = Mutex(0)

        /// Images at a time.
        var largest: Int { most.withLock { $0 } }

        func check(resolution: Int, channels: Int) {}

        func features(of pixels: [Float], count: Int, resolution: Int, channels: Int) -> ExtractedFeatures {
            most.withLock { $0 = max($0, count) }
            let size = resolution * resolution * channels
            let features = (0..<count).flatMap { [pixels[$0 * size], pixels[$0 * size] * pixels[$0 * size]] }
            return ExtractedFeatures(features: features, probabilities: [])
        }
    }

    private struct Damaged: ExitCoded {
        let exitCode = ExitCode.missingInput
        let description = "shard 3 is gone"
    }

    private static func value(_ number: Int) -> UInt8 { UInt8(truncatingIfNeeded: number &* 37 &+ number / 7) }

    /// - Parameter asked: takes numbers that images, or pairs, are made of.
    private static func source(
        _ count: Int, resolution: Int = 4, asked: @escaping ([Int]) throws -> Void
    ) -> ImageSource {
        let size = resolution * resolution
        let paths = LatentPaths(count: count, space: "z") { numbers, step in
            try asked(numbers)
            return numbers.flatMap { number -> [Float] in
                let first = Float(value(number)) / 64
                return [Float](repeating: first, count: size)
                    + [Float](repeating: first + step * Float(value(number + 1)), count: size)
            }
        }
        return ImageSource(name: "tested", count: count, resolution: resolution, channels: 1, paths: paths) { numbers in
            try asked(numbers)
            return numbers.flatMap { [UInt8](repeating: value($0), count: size) }
        }
    }

    private static func look(
        _ name: String, at source: ImageSource, _ extractor: FirstPixel = FirstPixel(),
        _ communicator: any Communicator = LoopbackCommunicator()
    ) throws -> [Double] {
        let context = MetricContext(seed: 3, memory: 1 << 20, extractor: extractor)
        let real = Self.source(9, resolution: source.resolution) { _ in }
        let metric = try #require(Metrics.named(name)).init(context)
        return try metric.values(of: source, real: real, communicator: communicator).map { $0.value }
    }

    @Test(arguments: ["fid", "kid", "ppl"]) func largeImagesAreLookedAtAFewAtATime(_ name: String) throws {
        let (small, large) = (FirstPixel(), FirstPixel())
        var (few, many): ([Int], [Int]) = ([], [])
        let expected = try Self.look(name, at: Self.source(40) { many.append($0.count) }, small)
        let found = try Self.look(name, at: Self.source(40, resolution: 1024) { few.append($0.count) }, large)
        #expect(found == expected && expected.allSatisfy { $0 != 0 })
        #expect(small.largest == 32 && large.largest == 16)
        let pairs = name == "ppl"
        #expect(many == (pairs ? [16, 16, 8] : [32, 8]))
        #expect(few == (pairs ? [8, 8, 8, 8, 8] : [16, 16, 8]))
    }

    /// Of ranks one of which is slow.
    @Test(arguments: ["fid", "ppl"]) func ranksStayInStep(_ name: String) throws {
        let rounds = Mutex([0, 0, 0])
        let apart = Mutex(0)
        _ = try LoopbackGroup(size: 3).run { communicator in
            let source = Self.source(3 * 256) { _ in
                if communicator.rank == 1 { usleep(3000) }
                let spread = rounds.withLock { rounds in
                    rounds[communicator.rank] += 1
                    return (rounds.max() ?? 0) - (rounds.min() ?? 0)
                }
                apart.withLock { $0 = max($0, spread) }
            }
            _ = try Self.look(name, at: source, FirstPixel(), communicator)
        }
        let parts = name == "ppl" ? 16 : 8
        #expect(rounds.withLock { $0 } == [parts, parts, parts])
        #expect(apart.withLock { $0 } <= 1)
    }

    /// A rank fails at its first image, at its last, or where others have none left.
    @Test(arguments: ["fid", "ppl"]) func aFailureEndsAllRanks(_ name: String) throws {
        for count in [3, 100, 200] {
            for number in [0, count / 2, count - 1] {
                let found = try LoopbackGroup(size: 3).run { communicator -> [String] in
                    let own = Mutex(false)
                    let source = Self.source(count) { numbers in
                        guard numbers.contains(number) else { return }
                        own.withLock { $0 = true }
                        throw Damaged()
                    }
                    do {
                        _ = try Self.look(name, at: source, FirstPixel(), communicator)
                        return ["no error"]
                    } catch {
                        // All are here, and can say so.
                        try communicator.barrier()
                        let code = (error as? any ExitCoded)?.exitCode
                        let kind = error is Damaged ? "damaged" : error is OtherRankError ? "other" : "\(error)"
                        return [own.withLock { $0 } ? "own" : "none", kind, "\(code ?? 0)", "\(error)"]
                    }
                }
                let failed = try #require(found.firstIndex { $0[0] == "own" })
                for (rank, said) in found.enumerated() {
                    let expected =
                        rank == failed
                        ? ["own", "damaged", "66", "shard 3 is gone"]
                        : ["none", "other", "66", "rank \(failed): shard 3 is gone"]
                    #expect(said == expected, "\(count) images, number \(number)")
                }
            }
        }
    }

    /// Whoever catches what is wrong with images goes on with the next metric: all ranks, or none.
    @Test func whatIsWrongWithImagesIsThrownAlike() throws {
        func failures(_ isDamagedToo: Bool) throws -> [String] {
            try LoopbackGroup(size: 3).run { communicator in
                let source = Self.source(3 * 64) { _ in
                    if communicator.rank == 2 {
                        _ = try MultiScaleSimilarity(seed: 0).mean(
                            of: Self.source(1) { _ in }, communicator: LoopbackCommunicator())
                    }
                    if communicator.rank == 1, isDamagedToo { throw Damaged() }
                }
                do {
                    _ = try Self.look("fid", at: source, FirstPixel(), communicator)
                    return "no error"
                } catch let error as EvaluationError {
                    return "of images: \(error)"
                } catch {
                    return "\(error)"
                }
            }
        }
        let alike = try failures(false)
        #expect(alike.allSatisfy { $0.hasPrefix("of images: MS-SSIM: found 1 tested images") }, "\(alike)")
        #expect(Set(alike).count == 1)
        let both = try failures(true)
        #expect(both == ["rank 1: shard 3 is gone", "shard 3 is gone", "rank 1: shard 3 is gone"])
    }

    @Test func aCacheKnowsEachImage() throws {
        var asked: [[Int]] = []
        let source = Self.source(40) { asked.append($0) }.cached(bytes: 20 * 16)
        func look(_ numbers: [Int]) throws {
            let bytes = try source.images(numbers)
            #expect(bytes == numbers.flatMap { [UInt8](repeating: Self.value($0), count: 16) })
        }
        try look(Array(0..<16))
        try look([3, 1, 15])
        try look(Array(4..<12).reversed())
        #expect(asked == [Array(0..<16)])
        // Two more fit, six do not.
        try look([2, 16, 17])
        try look([17, 16])
        try look(Array(14..<24))
        try look(Array(14..<24))
        #expect(asked.dropFirst() == [[2, 16, 17], Array(14..<24), Array(14..<24)])
    }
}
