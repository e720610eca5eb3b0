import Cluster
import Evaluation
import NumericalTesting
import Storage
import TestSupport
import Testing

/// Replays `metrics*.h5`, computed by the reference implementations of arXiv 1710.10196, whatever sizes a file has.
@Suite struct GoldenMetricsTests {
    static let files = GoldenFolder.files(prefix: "metrics")
    static let tolerance = 1e-5

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files) func laplacianPyramid(_ path: String) throws {
        let file = try HDF5File(reading: path)
        let real = try Images(file, "swd/real")
        let sides = try file.datasetPaths(under: "laplacian").compactMap { Int($0.split(separator: "/").last ?? "") }
        #expect(sides.contains(real.resolution) && sides.contains(16))
        for side in sides {
            let (shape, expected) = try file.floats("laplacian/\(side)")
            for number in 0..<shape[0] {
                let levels = LaplacianPyramid.levels(
                    of: real.image(number).map { Float($0) }, resolution: real.resolution, channels: real.channels,
                    smallest: 16)
                let level = try #require(levels.first { $0.side == side }).values
                let size = shape[1] * side * side
                let reference = channelsLast(
                    Array(expected[number * size..<(number + 1) * size]), channels: shape[1])
                #expect(relativeError(level, reference) < Self.tolerance, "image \(number) at \(side)")
            }
        }
    }

    @Test(arguments: files) func slicedWassersteinDistance(_ path: String) throws {
        let file = try HDF5File(reading: path)
        let (real, fake) = (try Images(file, "swd/real"), try Images(file, "swd/fake"))
        let draws = try GoldenDraws(file, resolution: real.resolution, channels: real.channels)
        let found = try SlicedWasserstein(seed: 3, draws: draws).distance(
            real: real.source, fake: fake.source, communicator: LoopbackCommunicator())
        let expected = try file.floats("swd/result").values.map { Double($0) }
        let values = found.levels.map(\.distance) + [found.average]
        #expect(values.count == expected.count)
        for (value, reference) in zip(values, expected) {
            #expect(abs(value / reference - 1) < Self.tolerance, "\(value), expected \(reference)")
        }
        #expect(found.levels.map(\.side) == draws.sides)
    }

    @Test(arguments: files) func multiScaleSimilarity(_ path: String) throws {
        let file = try HDF5File(reading: path)
        let (a, b) = (try Images(file, "msssim/a"), try Images(file, "msssim/b"))
        let expected = try file.doubles("msssim/result_per_pair").values
        let pairs = (0..<a.count).flatMap { a.image($0) + b.image($0) }
        let found = MultiScaleSimilarity.similarities(
            pairs, pairs: a.count, resolution: a.resolution, channels: a.channels)
        #expect(found.count == expected.count)
        for (value, reference) in zip(found, expected) {
            #expect(abs(value - reference) <= Self.tolerance * reference, "\(value), expected \(reference)")
        }
    }
}

/// uint8 NCHW in the file, NHWC here.
private struct Images {
    let count, channels, resolution: Int
    private let values: [UInt8]

    init(_ file: HDF5File, _ path: String) throws {
        let (shape, values) = try file.bytes(path)
        (count, channels, resolution) = (shape[0], shape[1], shape[2])
        self.values = values
    }

    func image(_ number: Int) -> [UInt8] {
        let size = channels * resolution * resolution
        return channelsLast(Array(values[number * size..<(number + 1) * size]), channels: channels)
    }

    var source: ImageSource {
        ImageSource(name: "golden", count: count, resolution: resolution, channels: channels) { numbers in
            numbers.flatMap { image($0) }
        }
    }
}

/// C×… to …×C.
private func channelsLast<Element>(_ values: [Element], channels: Int) -> [Element] {
    let pixels = values.count / channels
    return (0..<pixels).flatMap { pixel in (0..<channels).map { values[$0 * pixels + pixel] } }
}

/// The random choices that the reference made.
private struct GoldenDraws: PatchDraws {
    let sides: [Int]
    private var xs: [String: [Int32]] = [:]
    private var ys: [String: [Int32]] = [:]
    private var rows: [Int: [Float]] = [:]

    init(_ file: HDF5File, resolution: Int, channels: Int) throws {
        sides = sequence(first: resolution) { $0 / 2 }.prefix { $0 >= 16 }.map { $0 }
        for side in sides {
            for set in ["real", "fake"] {
                xs["\(set)_\(side)"] = try file.int32s("swd/x_\(set)_\(side)").values
                ys["\(set)_\(side)"] = try file.int32s("swd/y_\(set)_\(side)").values
            }
            var directions: [Float] = []
            for repetition in 0..<Patches.repeats {
                let (shape, values) = try file.floats("swd/directions_\(side)_repeat\(repetition)")
                let (size, count) = (Patches.side, shape[1])
                // A column each, whose elements are in the order channel, column, row.
                for direction in 0..<count {
                    for y in 0..<size {
                        for x in 0..<size {
                            for c in 0..<channels {
                                directions.append(values[((c * size + x) * size + y) * count + direction])
                            }
                        }
                    }
                }
            }
            rows[side] = directions
        }
    }

    func centers(_ set: ComparedSet, image: Int, level: Int) -> [(x: Int, y: Int)] {
        let name = "\(set)_\(level)"
        let (xs, ys) = (xs[name] ?? [], ys[name] ?? [])
        return (image * Patches.perImage..<(image + 1) * Patches.perImage).map { (Int(xs[$0]), Int(ys[$0])) }
    }

    func directions(level: Int, channels: Int) -> [Float] { rows[level] ?? [] }
}
