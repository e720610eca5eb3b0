import Cluster
import Evaluation
import NumericalTesting
import Testing

/// Metrics of features on sets of which their values are known.
@Suite struct FeatureMetricTests {
    private let communicator = LoopbackCommunicator()

    private func set(_ rows: [[Float]], _ name: String = "test") -> FeatureSet {
        FeatureSet(name: name, features: rows.flatMap { $0 }, dimension: rows[0].count, communicator)
    }

    /// About normal: sums of four uniform numbers.
    private func cloud(
        _ count: Int, _ dimension: Int, seed: UInt64, centre: Float = 0, spread: Float = 1
    ) -> [[Float]] {
        var samples = Samples(seed: seed)
        return (0..<count).map { _ in
            (0..<dimension).map { _ in centre + spread * samples.floats(4).reduce(0, +) }
        }
    }

    /// All corners of a box: its moments are its centre and the squares of half its sides.
    private func corners(centre: [Float], half: [Float]) -> [[Float]] {
        (0..<1 << centre.count).map { corner in
            centre.indices.map { centre[$0] + (corner >> $0 & 1 == 0 ? -half[$0] : half[$0]) }
        }
    }

    private func fid(_ a: [[Float]], _ b: [[Float]]) throws -> Double {
        try FrechetDistance.distance(set(a), set(b), communicator)
    }

    private func kid(_ a: [[Float]], _ b: [[Float]], size: Int = 50) throws -> Double {
        try KernelInceptionDistance(draws: InOrder()).distance(
            real: set(a), fake: set(b), subsets: 4, size: size, communicator)
    }

    private func precisionRecall(_ real: [[Float]], _ fake: [[Float]]) throws -> [Double] {
        let found = try PrecisionRecall.values(real: set(real), fake: set(fake), communicator)
        return [found.precision, found.recall]
    }

    private func densityCoverage(_ real: [[Float]], _ fake: [[Float]]) throws -> [Double] {
        let found = try DensityCoverage.values(real: set(real), fake: set(fake), communicator)
        return [found.density, found.coverage]
    }

    /// Consecutive rows, from another place in each subset.
    private struct InOrder: SubsetDraws {
        func subset(_ set: ComparedSet, number: Int, size: Int, of count: Int) -> [Int] {
            (0..<size).map { (7 * number + $0) % count }
        }
    }

    @Test func frechetDistanceOfKnownMoments() throws {
        let (a, b): ([Float], [Float]) = ([1, 2, 0.5, 0, 3], [2, 0.25, 0.5, 1, 0])
        let first = corners(centre: [0, 10, -3, 4, 1000], half: a)
        let second = corners(centre: [1, 10, -1, 4, 1002], half: b)
        // Of matrices that commute, the trace is that of squares of differences.
        var expected = 9.0
        for (x, y) in zip(a, b) { expected += Double((x - y) * (x - y)) }
        #expect(try abs(fid(first, second) - expected) < 1e-6 * expected)
        #expect(try fid(first, first) < 1e-9)
    }

    @Test func frechetDistanceDoesNotChangeUnderRotation() throws {
        let dimension = 150
        let a = cloud(400, dimension, seed: 1)
        let b = cloud(300, dimension, seed: 2, centre: 0.3, spread: 1.5)
        var samples = Samples(seed: 3)
        let axis = samples.floats(dimension).map { Double($0) }
        let length = axis.reduce(0) { $0 + $1 * $1 }
        /// A reflection.
        func turned(_ rows: [[Float]]) -> [[Float]] {
            rows.map { row in
                let along = 2 * zip(row, axis).reduce(0) { $0 + Double($1.0) * $1.1 } / length
                return zip(row, axis).map { Float(Double($0) - along * $1) }
            }
        }
        let expected = try fid(a, b)
        #expect(expected > 10)
        #expect(try abs(fid(turned(a), turned(b)) / expected - 1) < 1e-5)
        #expect(try abs(fid(b, a) / expected - 1) < 1e-9)
    }

    @Test func frechetDistanceOfSingularCovariances() throws {
        let dimension = 140
        let few = cloud(12, dimension, seed: 4, centre: 5)
        var trace = 0.0
        for value in few.flatMap({ $0 }) { trace += Double((value - 5) * (value - 5)) / 12 }
        #expect(try fid(few, few) < 1e-5 * trace)
        var shifted = few
        for row in shifted.indices { shifted[row][3] += 2 }
        #expect(try abs(fid(few, shifted) - 4) < 1e-5 * trace)
        let constant = [[Float]](repeating: [Float](repeating: 5, count: dimension), count: 12)
        #expect(try fid(constant, constant) == 0)
        #expect(try fid(few, constant) > 0.8 * trace)
    }

    @Test func kernelDistanceOfKnownSets() throws {
        // Of sets that are one point each, the kernel alone remains.
        let (a, b): ([Float], [Float]) = ([1, 2, 0, -1], [0, 2, 3, 1])
        func kernel(_ x: [Float], _ y: [Float]) -> Double {
            let value = zip(x, y).reduce(0.0) { $0 + Double($1.0 * $1.1) } / 4 + 1
            return value * value * value
        }
        let expected = kernel(a, a) + kernel(b, b) - 2 * kernel(a, b)
        let found = try kid([[Float]](repeating: a, count: 60), [[Float]](repeating: b, count: 70))
        #expect(abs(found - expected) < 1e-9 * expected, "\(found), expected \(expected)")
        #expect(try abs(kid([[Float]](repeating: a, count: 9), [[Float]](repeating: a, count: 9))) < 1e-9)
        // Without bias: of equal distributions it is about 0, and below it as often as above.
        let values = try (0..<8).map { try kid(cloud(90, 4, seed: 10 + $0), cloud(80, 4, seed: 50 + $0)) }
        #expect(values.contains { $0 < 0 } && values.contains { $0 > 0 }, "\(values)")
        #expect(try kid(cloud(90, 4, seed: 1), cloud(90, 4, seed: 2, centre: 1)) > 3 * (values.max() ?? 0))
    }

    private func score(_ probabilities: [[Float]]) throws -> (mean: Double, deviation: Double) {
        let set = FeatureSet(
            name: "test", features: [Float](repeating: 0, count: probabilities.count), dimension: 1,
            probabilities: probabilities.flatMap { $0 }, classes: probabilities[0].count, communicator)
        return try InceptionScore.scores(of: set, communicator)
    }

    @Test func inceptionScoreOfKnownSets() throws {
        func sure(_ chosen: Int, of classes: Int) -> [Float] { (0..<classes).map { $0 == chosen ? 1 : 0 } }
        // As many as there are classes, where each image is of one, and all are equally many.
        let all = try score((0..<200).map { sure($0 % 5, of: 5) })
        #expect(abs(all.mean - 5) < 1e-12 && all.deviation < 1e-12)
        let some = try score((0..<200).map { sure($0 % 2, of: 5) })
        #expect(abs(some.mean - 2) < 1e-12)
        // 1 where nobody can tell, or all are alike.
        #expect(try abs(score([[Float]](repeating: [0.25, 0.25, 0.5], count: 33)).mean - 1) < 1e-7)
        // Parts have their own means: the first half of the set knows only one class, the second the other.
        let halves = try score((0..<200).map { sure($0 / 100, of: 2) })
        #expect(abs(halves.mean - 1) < 1e-12)
        let uneven = try score((0..<100).map { $0 < 50 ? sure(0, of: 2) : sure($0 % 2, of: 2) })
        #expect(abs(uneven.mean - 1.5) < 1e-12 && abs(uneven.deviation - 0.5) < 1e-12)
    }

    @Test func neighbourhoodsOfKnownSets() throws {
        let here = cloud(60, 3, seed: 1)
        let there = cloud(60, 3, seed: 2, centre: 100)
        #expect(try precisionRecall(here, here) == [1, 1])
        #expect(try densityCoverage(here, here)[1] == 1)
        #expect(try precisionRecall(here, there) == [0, 0])
        #expect(try densityCoverage(here, there) == [0, 0])
        // Half of what is real is never made, and all that is made is real.
        #expect(try precisionRecall(here + there, here) == [1, 0.5])
        #expect(try densityCoverage(here + there, here)[1] == 0.5)
        // Half of what is made is nothing real.
        #expect(try precisionRecall(here, here + there) == [0.5, 1])
        // One outlier among the real images covers a lot: density is less led astray than precision.
        let far = (0..<60).map { [Float(60 + $0 % 5), 0, 0] }
        #expect(try precisionRecall(here + [[130, 0, 0]], far)[0] == 1)
        #expect(try densityCoverage(here + [[130, 0, 0]], far)[0] < 0.25)
    }

    /// Against what is written down as in the papers, in double precision.
    @Test(arguments: [1, 2, 3]) func neighbourhoodsOneByOne(_ seed: UInt64) throws {
        var real = cloud(130, 6, seed: seed, centre: 1000)
        var fake = cloud(97, 6, seed: 100 + seed, centre: 1000.2, spread: 1.1)
        // Images that are the same, and sets that share some.
        for copy in 0..<7 { real[copy + 20] = real[20] }
        for copy in 0..<9 { fake[copy] = real[copy] }
        func square(_ a: [Float], _ b: [Float]) -> Double {
            zip(a, b).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
        }
        func radii(_ set: [[Float]], _ neighbour: Int) -> [Double] {
            set.map { row in set.map { square(row, $0) }.sorted()[neighbour] }
        }
        let (real3, fake3, real5) = (radii(real, 3), radii(fake, 3), radii(real, 5))
        let precise = fake.filter { image in real.indices.contains { square(real[$0], image) <= real3[$0] } }
        let recalled = real.filter { image in fake.indices.contains { square(fake[$0], image) <= fake3[$0] } }
        let pairs = real.indices.reduce(0) { sum, i in sum + fake.filter { square(real[i], $0) < real5[i] }.count }
        let filled = real.indices.filter { i in fake.contains { square(real[i], $0) < real5[i] } }
        let found = try precisionRecall(real, fake) + densityCoverage(real, fake)
        let expected = [
            Double(precise.count) / 97, Double(recalled.count) / 130, Double(pairs) / (5 * 97),
            Double(filled.count) / 130,
        ]
        #expect(found == expected)
        #expect(expected.allSatisfy { $0 > 0 && $0 < 1.5 })
    }

    /// What is worse is told to be worse, step by step.
    @Test func monotoneAnswers() throws {
        let real = (0..<6).flatMap { cloud(40, 5, seed: UInt64($0), centre: Float(4 * $0)) }
        let same = (0..<6).flatMap { cloud(40, 5, seed: UInt64(60 + $0), centre: Float(4 * $0)) }
        let noisy = [0, 1, 2, 4].map { amount in
            zip(same, cloud(240, 5, seed: 7, spread: amount)).map { row, noise in zip(row, noise).map { $0 + $1 } }
        }
        func rises(_ values: [Double]) -> Bool { zip(values, values.dropFirst()).allSatisfy { $0 < $1 } }
        #expect(rises(try noisy.map { try fid(real, $0) }))
        #expect(rises(try noisy.map { try kid(real, $0, size: 240) }))
        #expect(rises(try noisy.reversed().map { try precisionRecall(real, $0)[0] }))
        #expect(rises(try noisy.reversed().map { try densityCoverage(real, $0)[0] }))
        // Fewer and fewer of six kinds.
        let dropped = (0..<5).map { missing in (0..<240).map { same[$0 % (240 - 40 * missing)] } }
        #expect(rises(try dropped.map { try fid(real, $0) }))
        #expect(rises(try dropped.reversed().map { try precisionRecall(real, $0)[1] }))
        #expect(rises(try dropped.reversed().map { try densityCoverage(real, $0)[1] }))
    }

    @Test func tooFewAreNamed() throws {
        let one = cloud(1, 3, seed: 1)
        let some = cloud(20, 3, seed: 2)
        #expect(
            thrown { try FrechetDistance.distance(set(some), set(one, "generated"), communicator) }
                == "FID: found 1 generated images, expected 2 or more of each set")
        #expect(
            thrown { try precisionRecall(cloud(3, 3, seed: 1), some) }
                == "precision and recall: found 3 test images, expected 4 or more of each set")
        #expect(
            thrown { try densityCoverage(some, cloud(5, 3, seed: 1)) }
                == "density and coverage: found 5 test images, expected 6 or more of each set")
        #expect(
            thrown { try score([[Float]](repeating: [1], count: 9)) }
                == "Inception score: found 9 test images, expected 10 or more of each set")
        #expect(thrown { try kid(one, some) } == "KID: found 1 test images, expected 2 or more of each set")
    }

    private func thrown(_ body: () throws -> some Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? EvaluationError)?.description
        }
    }

    @Test func featuresThatAreFarTooLarge() throws {
        let large = cloud(30, 3, seed: 1, spread: 1e30)
        // Beyond single precision's products, not beyond double precision.
        #expect(try precisionRecall(large, large) == [1, 1])
        #expect(try densityCoverage(large, cloud(30, 3, seed: 1, centre: 1e31))[0] == 0)
        let found = try fid(large, cloud(30, 3, seed: 2, spread: 1e30))
        #expect(found > 1e57 && found.isFinite)
        // No eigenvalue problem is tried on what is not finite.
        #expect(
            thrown { try fid(cloud(9, 2, seed: 1, spread: 3e38), cloud(9, 2, seed: 1)) }?
                .hasPrefix("FID: no eigenvalues were found") == true)
    }
}
