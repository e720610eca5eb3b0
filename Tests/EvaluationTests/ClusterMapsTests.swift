import Evaluation
import Kernels
import NumericalTesting
import Testing

@Suite struct ClusterMapsTests {
    /// The greatest sum of all ways to pair rows with columns.
    private func greatest(_ weights: [[Int]], row: Int = 0, taken: Set<Int> = []) -> Int {
        guard row < weights.count else { return 0 }
        return weights.indices.filter { !taken.contains($0) }.map { column in
            weights[row][column] + greatest(weights, row: row + 1, taken: taken.union([column]))
        }.max() ?? 0
    }

    @Test func noPairingIsBetter() {
        var samples = Samples(seed: 3)
        for count in 1...6 {
            for range in [Float(2), 9, 1000] {
                for _ in 0..<20 {
                    let weights = (0..<count).map { _ in samples.floats(count).map { Int($0 * range) } }
                    let columns = BestMatching.columns(weights)
                    #expect(columns.sorted() == Array(0..<count), "\(weights)")
                    let sum = columns.enumerated().reduce(0) { $0 + weights[$1.offset][$1.element] }
                    #expect(sum == greatest(weights), "\(weights)")
                    #expect(BestMatching.columns(weights) == columns)
                }
            }
        }
        #expect(BestMatching.columns([]).isEmpty)
        // Taking each row's greatest in turn would give 10 + 0.
        #expect(BestMatching.columns([[10, 9], [8, 0]]) == [1, 0])
        let large = (0..<32).map { row in (0..<32).map { $0 == row * 5 % 32 ? 1_000_000 : ($0 * 7 + row) % 1000 } }
        #expect(BestMatching.columns(large) == (0..<32).map { $0 * 5 % 32 })
    }

    @Test func coloursOfOtherMapsAreTaken() {
        let coarse = ClusterMaps(resolution: 2, clusters: 3, numbers: [0, 1, 2, 1, 2, 2, 0, 1])
        // The same at twice the resolution, with other numbers, and one position that is another's.
        let renumbered: [UInt8] = [2, 0, 1]
        var numbers: [UInt8] = []
        for line in 0..<8 {
            for column in 0..<4 { numbers.append(renumbered[Int(coarse.numbers[line / 2 * 2 + column / 2])]) }
        }
        numbers[0] = 1
        let fine = ClusterMaps(resolution: 4, clusters: 3, channels: 7, distance: 0.5, numbers: numbers)
        let matched = fine.matched(to: coarse)
        #expect(matched.count == 2 && matched.channels == 7 && matched.distance == 0.5)
        #expect(matched.map(0) == [2, 0, 1, 1, 0, 0, 1, 1, 2, 2, 1, 1, 2, 2, 1, 1])
        #expect(matched.map(1) == [2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 1, 1, 0, 0, 1, 1])
        #expect(matched.matched(to: matched) == matched)
    }

    @Test func theLargestComesFirst() {
        let maps = ClusterMaps(resolution: 2, clusters: 5, numbers: [3, 3, 1, 4, 3, 1, 4, 3])
        #expect(maps.numberedBySize().numbers == [0, 0, 1, 2, 0, 1, 2, 0])
    }

    /// Positions of a kind have one direction in all images; kinds lie otherwise in each image.
    private func maps(_ image: Int, _ resolutions: [Int]) -> [Int: FeatureMap] {
        var maps: [Int: FeatureMap] = [:]
        for resolution in resolutions {
            var samples = Samples(seed: UInt64(image * 100 + resolution))
            let channels = resolution == 8 ? 12 : 5
            var directions = Samples(seed: UInt64(resolution))
            let kinds = (0..<3).map { _ in directions.floats(channels) }
            var values: [Float] = []
            for row in 0..<resolution {
                for column in 0..<resolution {
                    let kind = self.kind(image, row * 8 / resolution, column * 8 / resolution)
                    let noise = samples.floats(channels)
                    values += zip(kinds[kind], noise).map { $0 + 0.05 * $1 }
                }
            }
            maps[resolution] = FeatureMap(resolution: resolution, channels: channels, values: BufferView(values))
        }
        return maps
    }

    /// A half, a quarter, a quarter.
    private func kind(_ image: Int, _ row: Int, _ column: Int) -> Int {
        let line = image % 2 == 0 ? row : column
        return line < 4 ? 0 : line < 6 ? 1 : 2
    }

    @Test func imagesAreClusteredJointlyAndResolutionsMatched() throws {
        var asked: [Int] = []
        let found = try ClusterMaps.fitted(count: 3, clusters: 3, seed: 1, name: "maps") { image in
            asked.append(image)
            return maps(image, [4, 8])
        }
        #expect(asked == [0, 1, 2, 0, 1, 2])
        #expect(found.keys.sorted() == [4, 8] && found[8]?.channels == 12 && found[4]?.channels == 5)
        let matched = ClusterMaps.matched(found)
        let coarse = try #require(matched[4])
        let fine = try #require(matched[8])
        #expect(coarse == found[4], "the lowest keeps its own")
        #expect(fine.distance > 0 && fine.distance < 0.01)
        // Of which kind a number is.
        var names: [UInt8: Int] = [:]
        for image in 0..<3 {
            for (maps, side) in [(coarse, 4), (fine, 8)] {
                for (place, number) in maps.map(image).enumerated() {
                    let kind = kind(image, place / side * 8 / side, place % side * 8 / side)
                    #expect(names[number, default: kind] == kind, "image \(image) at \(side): \(place)")
                    names[number] = kind
                }
            }
        }
        #expect(names.count == 3 && names[0] == 0)
        // Of another time: with the numbers that are known.
        let renumbered: [UInt8] = [1, 2, 0]
        let known = ClusterMaps(resolution: 8, clusters: 3, numbers: fine.numbers.map { renumbered[Int($0)] })
        let later = ClusterMaps.matched(found, to: [8: known])
        #expect(later[8]?.numbers == known.numbers && later[4] == found[4])
    }

    /// Of many vectors some, whatever blocks they come in.
    @Test func samplesAreDrawnFromAll() {
        let count = 1000
        func sample(_ blocks: [Int], most: Int, seed: UInt64) -> [Float] {
            var sample = VectorSample(of: count, dimension: 2, seed: seed, most: most)
            var first = 0
            for block in blocks {
                sample.add(BufferView((first..<first + block).flatMap { [Float($0), -Float($0)] }))
                first += block
            }
            return sample.values.array
        }
        let blocks = [1, 499, 0, 300, 200]
        let all = sample(blocks, most: count, seed: 0)
        #expect(all == (0..<count).flatMap { [Float($0), -Float($0)] })
        let some = sample(blocks, most: 50, seed: 0)
        #expect(some == sample([1000], most: 50, seed: 0) && some.count == 100)
        let rows = stride(from: 0, to: 100, by: 2).map { Int(some[$0]) }
        #expect(Set(rows).count == 50 && rows == rows.sorted() && zip(rows, rows.dropFirst()).contains { $1 - $0 > 30 })
        #expect((0..<50).allSatisfy { some[2 * $0] == -some[2 * $0 + 1] })
        #expect(rows.count { $0 < 500 } > 10 && rows.count { $0 >= 500 } > 10)
        #expect(some != sample(blocks, most: 50, seed: 1))
    }
}
