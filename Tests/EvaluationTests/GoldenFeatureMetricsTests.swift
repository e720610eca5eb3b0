import Cluster
import Evaluation
import Storage
import TestSupport
import Testing

/// Replays what `metrics*.h5` holds of features, computed by the formulas of StyleGAN2-ADA's code.
@Suite struct GoldenFeatureMetricsTests {
    static let files = GoldenFolder.files(prefix: "metrics")

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    private func sets(_ file: HDF5File) throws -> (real: FeatureSet, fake: FeatureSet) {
        func set(_ name: String) throws -> FeatureSet {
            let (shape, values) = try file.floats("features/\(name)")
            return FeatureSet(name: name, features: values, dimension: shape[1], LoopbackCommunicator())
        }
        return (try set("real"), try set("fake"))
    }

    private func expect(_ found: Double, _ expected: Double, within tolerance: Double) {
        #expect(abs(found / expected - 1) <= tolerance, "\(found), expected \(expected)")
    }

    @Test(arguments: files) func frechetDistance(_ path: String) throws {
        let file = try HDF5File(reading: path)
        let sets = try sets(file)
        let expected = try file.doubles("features/fid").values[0]
        let communicator = LoopbackCommunicator()
        expect(try FrechetDistance.distance(sets.real, sets.fake, communicator), expected, within: 1e-6)
        expect(try FrechetDistance.distance(sets.fake, sets.real, communicator), expected, within: 1e-6)
    }

    @Test(arguments: files) func kernelInceptionDistance(_ path: String) throws {
        let file = try HDF5File(reading: path)
        let sets = try sets(file)
        let draws = try GoldenSubsets(file)
        let found = try KernelInceptionDistance(draws: draws).distance(
            real: sets.real, fake: sets.fake, subsets: draws.subsets, size: draws.size, LoopbackCommunicator())
        expect(found, try file.doubles("features/kid").values[0], within: 1e-5)
    }

    @Test(arguments: files) func inceptionScore(_ path: String) throws {
        let file = try HDF5File(reading: path)
        let (shape, values) = try file.floats("is/probabilities")
        let communicator = LoopbackCommunicator()
        let set = FeatureSet(
            name: "golden", features: [Float](repeating: 0, count: shape[0]), dimension: 1, probabilities: values,
            classes: shape[1], communicator)
        let splits = try #require(try file.attribute("splits", on: "is")).intValue ?? 0
        let found = try InceptionScore.scores(of: set, splits: splits, communicator)
        expect(found.mean, try file.doubles("is/mean").values[0], within: 1e-6)
        expect(found.deviation, try file.doubles("is/std").values[0], within: 1e-5)
    }

    @Test(arguments: files) func precisionAndRecall(_ path: String) throws {
        let file = try HDF5File(reading: path)
        let sets = try sets(file)
        let neighbours = try #require(try file.attribute("nhood", on: "features"))
        #expect(neighbours.intValue == PrecisionRecall.neighbours)
        let found = try PrecisionRecall.values(real: sets.real, fake: sets.fake, LoopbackCommunicator())
        #expect(try found.precision == file.doubles("features/precision").values[0])
        #expect(try found.recall == file.doubles("features/recall").values[0])
    }
}

/// The subsets that the reference drew.
private struct GoldenSubsets: SubsetDraws {
    let subsets, size: Int
    private let rows: [ComparedSet: [Int64]]

    init(_ file: HDF5File) throws {
        let (shape, real) = try file.int64s("features/kid_real_index")
        (subsets, size) = (shape[0], shape[1])
        rows = [.real: real, .fake: try file.int64s("features/kid_fake_index").values]
    }

    func subset(_ set: ComparedSet, number: Int, size: Int, of count: Int) -> [Int] {
        (rows[set] ?? [])[number * size..<(number + 1) * size].map { Int($0) }
    }
}
