import Cluster
import Evaluation
import NumericalTesting
import Testing

@Suite struct SlicedWassersteinTests {
    private func distance(
        _ real: ImageSource, _ fake: ImageSource, draws: any PatchDraws = CounterDraws(seed: 7), memory: Int = 1 << 30
    ) throws -> SlicedWassersteinResult {
        try SlicedWasserstein(seed: 7, memory: memory, draws: draws).distance(
            real: real, fake: fake, communicator: LoopbackCommunicator())
    }

    /// As the definition reads, one step after the other, in Double.
    private func naive(_ sets: [TestImages], side: Int, draws: any PatchDraws) -> Double {
        let (channels, resolution) = (sets[0].channels, sets[0].resolution)
        let directions = draws.directions(level: side, channels: channels)
        let depth = Patches.elements(channels)
        let sorted = zip(sets, ComparedSet.allCases).map { images, set -> [[Double]] in
            var patches: [[Double]] = []
            for number in 0..<images.count {
                let levels = LaplacianPyramid.levels(
                    of: images.image(number).map { Float($0) }, resolution: resolution, channels: channels, smallest: 16
                )
                let level = levels.first { $0.side == side }?.values ?? []
                for (x, y) in draws.centers(set, image: number, level: side) {
                    patches.append(
                        (-3...3).flatMap { dy in
                            (-3...3).flatMap { dx in
                                (0..<channels).map { Double(level[((y + dy) * side + x + dx) * channels + $0]) }
                            }
                        })
                }
            }
            for c in 0..<channels {
                let values = patches.flatMap { patch in stride(from: c, to: depth, by: channels).map { patch[$0] } }
                let mean = values.reduce(0, +) / Double(values.count)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
                for p in patches.indices {
                    for i in stride(from: c, to: depth, by: channels) {
                        patches[p][i] = (patches[p][i] - mean) / variance.squareRoot()
                    }
                }
            }
            return (0..<Patches.directions).map { row in
                patches.map { patch in
                    var sum = 0.0
                    for i in 0..<depth { sum += patch[i] * Double(directions[row * depth + i]) }
                    return sum
                }.sorted()
            }
        }
        let distances = zip(sorted[0], sorted[1]).map { a, b in
            zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(a.count)
        }
        return 1000 * distances.reduce(0, +) / Double(distances.count)
    }

    /// At 128 the patches are kept, below the whole levels.
    @Test(arguments: [(128, 1, 3), (32, 3, 5), (16, 1, 33)])
    func isWhatTheDefinitionSays(resolution: Int, channels: Int, count: Int) throws {
        let sets = [1, 2].map {
            TestImages(count: count, resolution: resolution, channels: channels, seed: $0, noise: Float(5 * $0))
        }
        let draws = CounterDraws(seed: 3)
        let found = try distance(sets[0].source(), sets[1].source(), draws: draws)
        #expect(found.levels.map(\.side) == sequence(first: resolution) { $0 / 2 }.prefix { $0 >= 16 }.map { $0 })
        for level in found.levels {
            let expected = naive(sets, side: level.side, draws: draws)
            #expect(abs(level.distance / expected - 1) < 1e-5, "\(level), expected \(expected)")
        }
        #expect(
            abs(found.average - found.levels.map(\.distance).reduce(0, +) / Double(found.levels.count)) < 1e-9)
    }

    /// 5 chunks and 32 blocks, dealt evenly and unevenly, with more ranks than chunks too; 3 ranks are no power of two.
    @Test func theSameBitsOnAnyRanks() throws {
        let sets = [
            TestImages(count: 150, resolution: 32, channels: 1, seed: 1),
            TestImages(count: 150, resolution: 32, channels: 1, seed: 2, noise: 30),
        ]
        let expected = try distance(sets[0].source(), sets[1].source(), draws: CounterDraws(seed: 7))
        #expect(expected.levels.allSatisfy { $0.distance > 1 })
        for ranks in [1, 2, 3, 4, 8] {
            let found = try LoopbackGroup(size: ranks).run { communicator in
                try SlicedWasserstein(seed: 7).distance(
                    real: sets[0].source(), fake: sets[1].source(), communicator: communicator)
            }
            #expect(found == Array(repeating: expected, count: ranks), "\(ranks) ranks")
        }
    }

    @Test func theSameBitsWithLittleMemory() throws {
        let sets = [1, 2].map { TestImages(count: 40, resolution: 64, channels: 3, seed: $0) }
        let expected = try distance(sets[0].source(), sets[1].source())
        var asked = 0
        let counted = ImageSource(name: "counted", count: 40, resolution: 64, channels: 3) { numbers in
            asked += numbers.count
            return numbers.flatMap { sets[0].image($0) }
        }
        #expect(try distance(counted, sets[1].source(), memory: 1) == expected)
        #expect(asked == 3 * 40, "one level a group")
        asked = 0
        #expect(try distance(counted, sets[1].source()) == expected)
        #expect(asked == 40, "each image once")
    }

    @Test func equalSetsHaveNoDistance() throws {
        let images = TestImages(count: 40, resolution: 32)
        let equal = try distance(images.source(), images.source(), draws: EqualDraws())
        #expect(equal.levels.map(\.distance) == [0, 0])
        // With other patches of the same images there remains what chance makes of it.
        let floor = try distance(images.source(), images.source())
        #expect(floor.levels.allSatisfy { $0.distance > 0 })
        let other = try distance(images.source(), TestImages(count: 40, resolution: 32, noise: 120).source())
        #expect(floor.average < other.average / 2)
    }

    @Test func growsWithNoise() throws {
        let images = TestImages(count: 40, resolution: 32)
        let distances = try [0, 10, 20, 40, 80].map { noise in
            try distance(
                images.source(), TestImages(count: 40, resolution: 32, noise: Float(noise)).source(),
                draws: EqualDraws()
            ).levels[0].distance
        }
        #expect(distances == distances.sorted() && Set(distances).count == distances.count, "\(distances)")
        #expect(distances[0] == 0 && distances[4] > 10)
    }

    /// The order counts only in so far as it decides which patches an image gives, and in the rounding of means.
    @Test func theOrderOfImagesDoesNotMatter() throws {
        let (real, fake) = (
            TestImages(count: 50, resolution: 32, seed: 1), TestImages(count: 50, resolution: 32, seed: 2)
        )
        let draws = EqualDraws(image: 9)
        let expected = try distance(real.source(), fake.source(), draws: draws)
        let found = try distance(
            real.source(order: (0..<50).reversed()), fake.source(order: (0..<50).map { ($0 * 7 + 3) % 50 }),
            draws: draws)
        for (a, b) in zip(expected.levels, found.levels) { #expect(abs(a.distance / b.distance - 1) < 1e-6) }
    }

    @Test func anotherSeedIsAnotherSample() throws {
        let (real, fake) = (
            TestImages(count: 60, resolution: 32, seed: 1), TestImages(count: 60, resolution: 32, seed: 2, noise: 40)
        )
        let results = try (0..<2).map { seed in
            try SlicedWasserstein(seed: seed).distance(
                real: real.source(), fake: fake.source(), communicator: LoopbackCommunicator())
        }
        #expect(results[0] != results[1])
        #expect(abs(results[0].average / results[1].average - 1) < 0.1, "\(results)")
    }

    @Test func whatCannotBeComparedIsNamed() throws {
        func message(_ real: ImageSource, _ fake: ImageSource) -> String {
            do {
                return "\(try distance(real, fake))"
            } catch let error as EvaluationError {
                return error.description
            } catch {
                return "another error: \(error)"
            }
        }
        let images = TestImages(count: 8, resolution: 32)
        let fewer = message(images.source("real"), TestImages(count: 7, resolution: 32).source("generated"))
        #expect(fewer.contains("8 real images of 32×32×3 and 7 generated images of 32×32×3, expected equally many"))
        #expect(message(images.source(), TestImages(count: 8, resolution: 16).source()).contains("16×16×3"))
        #expect(
            message(images.source(), TestImages(count: 8, resolution: 32, channels: 1).source()).contains("32×32×1"))
        let small = TestImages(count: 8, resolution: 8).source("small")
        #expect(message(small, small).contains("8 small images of 8×8×3, expected some of 16×16 or more"))
        let none = TestImages(count: 0, resolution: 32).source("no")
        #expect(message(none, none).contains("0 no images"))
        for value: UInt8 in [0, 77, 255] {
            let flat = ImageSource(name: "flat", count: 8, resolution: 32, channels: 3) { numbers in
                [UInt8](repeating: value, count: numbers.count * 32 * 32 * 3)
            }
            #expect(
                message(images.source(), flat).contains(
                    "the flat images do not vary in channel 0 of the level of 32×32"))
        }
    }

    @Test func anErrorOfASourceEndsTheJob() throws {
        struct Failure: Error {}
        let found = try LoopbackGroup(size: 2).run { communicator -> String in
            let images = TestImages(count: 64, resolution: 16)
            let broken = ImageSource(name: "broken", count: 64, resolution: 16, channels: 3) { numbers in
                if communicator.rank == 1 { throw Failure() }
                return numbers.flatMap { images.image($0) }
            }
            do {
                _ = try SlicedWasserstein(seed: 0).distance(
                    real: images.source(), fake: broken, communicator: communicator)
                return "no error"
            } catch let error as OtherRankError {
                return "\(error.exitCode): \(error)"
            } catch {
                return "\(error)"
            }
        }
        #expect(found == ["70: rank 1: Failure()", "Failure()"])
    }
}
