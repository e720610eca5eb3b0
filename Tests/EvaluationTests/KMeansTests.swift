import Evaluation
import Failure
import Kernels
import NumericalTesting
import TestSupport
import Testing

@Suite struct KMeansTests {
    /// Vectors about some directions, with lengths that say nothing.
    private struct Groups {
        let dimension = 16
        let count = 120
        let values: [Float]
        /// Of each vector's group.
        let truth: [Int]

        init(_ groups: Int, seed: UInt64, spread: Float = 0.1) {
            var samples = Samples(seed: seed)
            let directions = (0..<groups).map { _ in samples.floats(16) }
            var values: [Float] = []
            var truth: [Int] = []
            for number in 0..<groups * count {
                let group = number * 7 % groups
                let noise = samples.floats(16)
                let length = Float(1 + number % 13) * 0.25
                values += zip(directions[group], noise).map { length * ($0 + spread * $1) }
                truth.append(group)
            }
            (self.values, self.truth) = (values, truth)
        }
    }

    private func fitted(
        _ values: [Float], dimension: Int, clusters: Int, seed: UInt64 = 0
    ) throws -> (fit: KMeans, numbers: [UInt8]) {
        let fit = try KMeans(
            BufferView(values), dimension: dimension, settings: KMeans.Settings(clusters: clusters, seed: seed),
            name: "vectors")
        return (fit, try fit.assign(BufferView(values), name: "vectors"))
    }

    @Test(arguments: [UInt64(1), 2, 3, 4]) func findsGroupsThatLieApart(seed: UInt64) throws {
        let groups = Groups(6, seed: seed)
        let (fit, numbers) = try fitted(groups.values, dimension: groups.dimension, clusters: 6, seed: seed)
        #expect(fit.isSettled && fit.distance < 0.02)
        let pairs = Set(zip(groups.truth, numbers).map { "\($0) \($1)" })
        #expect(pairs.count == 6 && Set(numbers).count == 6, "a group, a cluster: \(pairs.sorted())")
        // A vector that was not there, as long as none.
        let other = (0..<groups.dimension).map { groups.values[$0] * 1e-30 }
        #expect(try fit.assign(BufferView(other), name: "other") == [numbers[0]])
    }

    @Test func theSameSeedTheSameClusters() throws {
        var samples = Samples(seed: 9)
        let values = samples.floats(900 * 5)
        let first = try fitted(values, dimension: 5, clusters: 9, seed: 4)
        let again = try fitted(values, dimension: 5, clusters: 9, seed: 4)
        #expect(first.numbers == again.numbers && first.fit.distances == again.fit.distances)
        let others = try (5..<9).map { try fitted(values, dimension: 5, clusters: 9, seed: $0).numbers }
        #expect(Set(others).count > 1, "no draw hangs on the seed")
    }

    /// Each step brings vectors nearer to their centres, up to float's rounding, and the end is what it says.
    @Test(arguments: [2, 5, 17]) func distancesNeverRise(clusters: Int) throws {
        var samples = Samples(seed: UInt64(clusters))
        let (count, dimension) = (700, 6)
        let values = samples.floats(count * dimension)
        let (fit, numbers) = try fitted(values, dimension: dimension, clusters: clusters)
        #expect(fit.isSettled && fit.distances.count > 3)
        for (earlier, later) in zip(fit.distances, fit.distances.dropFirst()) { #expect(later <= earlier + 1e-7) }
        #expect(fit.distance < fit.distances[0] - 1e-3)

        // In double precision: centres are the directions of sums, and no other centre is nearer.
        let units = (0..<count).map { row -> [Double] in
            let vector = values[row * dimension..<(row + 1) * dimension].map(Double.init)
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { $0 / length }
        }
        var centres = [[Double]](repeating: [Double](repeating: 0, count: dimension), count: clusters)
        for (unit, number) in zip(units, numbers) {
            centres[Int(number)] = zip(centres[Int(number)], unit).map { $0 + $1 }
        }
        centres = centres.map { centre in
            let length = centre.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return centre.map { $0 / length }
        }
        var sum = 0.0
        for (unit, number) in zip(units, numbers) {
            let cosines = centres.map { centre in zip(centre, unit).reduce(0) { $0 + $1.0 * $1.1 } }
            let most = cosines.max() ?? 0
            #expect(cosines[Int(number)] > most - 1e-5)
            sum += 1 - cosines[Int(number)]
        }
        #expect(abs(sum / Double(count) - fit.distance) < 1e-5)
    }

    /// A beginning whose centres all lie in one group: the others are empty and go where vectors are farthest.
    @Test func emptyClustersAreUsedAnew() throws {
        let groups = Groups(5, seed: 8)
        let centre = Array(groups.values[..<groups.dimension])
        let fit = try KMeans(
            BufferView(groups.values), dimension: groups.dimension,
            centres: (0..<5).flatMap { _ in centre }, name: "vectors")
        let numbers = try fit.assign(BufferView(groups.values), name: "vectors")
        let pairs = Set(zip(groups.truth, numbers).map { "\($0) \($1)" })
        #expect(pairs.count == 5 && Set(numbers).count == 5 && fit.isSettled)
        #expect(fit.distances[0] > 0.3 && fit.distance < 0.02)
    }

    @Test func fewerDirectionsThanClusters() throws {
        let one = try fitted([2, 1, 4, 2, 1, 0.5, 20, 10], dimension: 2, clusters: 5)
        #expect(Set(one.numbers).count == 1 && one.fit.distance < 1e-6)
        let two: [Float] = [1, 0, 0, 3, 2, 0, 0, 1, 9, 0]
        let (fit, numbers) = try fitted(two, dimension: 2, clusters: 32)
        #expect(numbers[0] == numbers[2] && numbers[0] == numbers[4] && numbers[1] == numbers[3])
        #expect(numbers[0] != numbers[1] && fit.distance < 1e-6 && fit.isSettled)
        let single = try fitted([0.5, -0.25, 3], dimension: 3, clusters: 2)
        #expect(single.numbers == [0])
        // Opposite ones have no mean direction.
        let opposite = try fitted([1, 1, -1, -1], dimension: 2, clusters: 1)
        #expect(opposite.numbers == [0, 0] && abs(opposite.fit.distance - 1) < 1e-6)
    }

    /// Those of zeros are at the same distance from everything, and move nothing.
    @Test func vectorsWithoutDirection() throws {
        let none = try fitted([Float](repeating: 0, count: 12), dimension: 3, clusters: 4)
        #expect(none.numbers == [0, 0, 0, 0] && none.fit.distance == 1)
        let values: [Float] = [0, 0, 3, 0, 0, 2, 0, 0, 1, 0]
        let (fit, numbers) = try fitted(values, dimension: 2, clusters: 2)
        #expect(numbers[1] == numbers[4] && numbers[1] != numbers[2] && numbers[0] == 0 && numbers[3] == 0)
        #expect(abs(fit.distance - 0.4) < 1e-6)
    }

    /// Squares of these are beyond float's range.
    @Test func vectorsOfAnyLength() throws {
        let values: [Float] = [1e38, 2e38, 2e-38, 4e-38, 3e38, -3e38, 2e-37, -2e-37]
        let (fit, numbers) = try fitted(values, dimension: 2, clusters: 2)
        #expect(numbers[0] == numbers[1] && numbers[2] == numbers[3] && numbers[0] != numbers[2])
        #expect(fit.distance < 1e-6)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func whatIsNotFiniteIsRefused(value: Float) throws {
        var values = [Float](repeating: 1, count: 40)
        let whole = try fitted(values, dimension: 4, clusters: 2).fit
        values[21] = value
        let error = thrown(EvaluationError.self) { try fitted(values, dimension: 4, clusters: 2) }
        #expect(error?.description == "vectors: found numbers that are not finite, which belong to no cluster")
        #expect(error?.exitCode == ExitCode.badData)
        let later = thrown(EvaluationError.self) { try whole.assign(BufferView(values), name: "maps") }
        #expect(later?.description.hasPrefix("maps: ") == true)
    }

    /// More than are looked at together.
    @Test func manyVectors() throws {
        let groups = Groups(3, seed: 5)
        let found = try fitted(groups.values, dimension: groups.dimension, clusters: 3)
        let times = 60
        let many = try found.fit.assign(
            BufferView((0..<times).flatMap { _ in groups.values }), name: "many")
        #expect(many == (0..<times).flatMap { _ in found.numbers })
    }
}
