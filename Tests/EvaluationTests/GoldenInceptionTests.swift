import Evaluation
import Kernels
import NumericalTesting
import Storage
import TestSupport
import Testing

/// Replays `inception*.h5`, computed by pytorch-fid with generated weights, whatever sizes a file has.
@Suite struct GoldenInceptionTests {
    static let files = GoldenFolder.files(prefix: "inception")
    static let tolerance = 2e-5
    /// Of 32 neighbours in one channel, whose sums may almost cancel: then Winograd's transforms, which amplify rounding,
    /// show most. Without them the other tolerance holds for these as well.
    static let rowTolerance = 1e-4
    static let ways = [true, false]

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    /// The published state dict's names and shapes, with the checksums of what the formula makes of them.
    @Test func everyArray() throws {
        let path = Repository.path + "/Tests/Golden/inception_state_dict.txt"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var expected: [(name: String, shape: [Int], checksum: UInt32)] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: "\t").map(String.init)
            guard !fields[0].hasSuffix("num_batches_tracked") else { continue }
            let shape = fields[1].split(separator: "x").compactMap { Int($0) }
            expected.append((fields[0], shape, try #require(UInt32(fields[2], radix: 16))))
        }
        #expect(expected.map(\.name) == InceptionParameters.shapes.map(\.name))
        for (entry, own) in zip(expected, InceptionParameters.shapes) {
            #expect(entry.shape == own.shape, "\(entry.name)")
            let values = GeneratedInception.values(entry.name, entry.shape)
            let checksum = values.withUnsafeBytes { GeneratedInception.crc32($0) }
            #expect(checksum == entry.checksum, "\(entry.name)")
        }
    }

    @Test("Every block, with Winograd's transforms and without", arguments: files, ways)
    func everyBlock(_ path: String, usesTransforms: Bool) throws {
        let shapes = Dictionary(uniqueKeysWithValues: InceptionParameters.shapes.map { ($0.name, $0.shape) })
        let network = Convolution.$usesTransforms.withValue(usesTransforms) {
            InceptionNetwork { GeneratedInception.values($0, shapes[$0] ?? []) }
        }
        let file = try HDF5File(reading: path)
        let groups = try file.groupPaths().filter { !$0.contains("/") }
        #expect(!groups.isEmpty)
        for group in groups {
            let replay = InceptionReplay(
                file: file, group: group, tolerance: Self.tolerance,
                rowTolerance: usesTransforms ? Self.rowTolerance : Self.tolerance)
            try replay.run(network)
        }
    }
}

/// The images of one group of a file, and what became of them.
private struct InceptionReplay {
    let file: HDF5File
    let group: String
    let tolerance, rowTolerance: Double

    private func expected(_ name: String) throws -> [Float] { try file.floats(group + "/" + name).values }

    func run(_ network: InceptionNetwork) throws {
        let (shape, bytes) = try file.bytes(group + "/images")
        let (count, height, width) = (shape[0], shape[1], shape[2])
        let pixels = BufferView(bytes.map { Float($0) })
        func check(_ found: [Float], _ name: String) throws {
            let error = relativeError(found, try expected(name))
            let bound = name.hasSuffix("first32") ? rowTolerance : tolerance
            #expect(error < bound, "\(group)/\(name): \(error)")
        }
        func inputs(_ resize: InceptionResize) -> BufferView {
            resize.inputs(of: pixels, count: count, height: height, width: width, channels: shape[3])
        }
        func corners(_ inputs: BufferView, _ name: String) throws {
            let maps = GoldenMaps(inputs, count, [299, 299, 3])
            try check(maps.corner(isBottom: false), name + "/top_left")
            try check(maps.corner(isBottom: true), name + "/bottom_right")
        }

        let input = inputs(.pytorch)
        try corners(input, "network_input")
        var seen: [String: GoldenMaps] = [:]
        let output = network.output(of: input, count: count) { name, view, size in
            seen[name] = GoldenMaps(view, count, size)
        }
        let blocks = try file.groupPaths(under: group + "/blocks")
        #expect(blocks.count == seen.count && blocks.count > 10)
        for block in blocks {
            let name = String(block.split(separator: "/").last ?? "")
            let maps = try #require(seen[name])
            try check(maps.means, "blocks/\(name)/mean")
            try check(maps.deviations, "blocks/\(name)/std")
            try check(maps.first, "blocks/\(name)/first32")
            try check(maps.channelMeans, "blocks/\(name)/channel_means")
            try check(maps.pixel, "blocks/\(name)/pixel")
        }
        try check(output.features, "features")
        let logits = network.logits(output)
        try check(logits, "logits")
        try check(InceptionNetwork.probabilities(logits), "probabilities")
        try check(InceptionNetwork.probabilities(output.scores), "probabilities_without_bias")

        let other = inputs(.tensorflow)
        try corners(other, "tensorflow")
        try check(network.output(of: other, count: count).features, "tensorflow/features")
    }
}

/// What the golden files keep of images, which they have channels first.
private struct GoldenMaps {
    private let values: [Float]
    private let count, height, width, channels: Int

    init(_ view: BufferView, _ count: Int, _ size: [Int]) {
        values = view.array
        self.count = count
        (height, width, channels) = (size[0], size[1], size[2])
    }

    private func value(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Float {
        values[((image * height + row) * width + column) * channels + channel]
    }

    private func image(_ number: Int) -> ArraySlice<Float> {
        let size = height * width * channels
        return values[number * size..<(number + 1) * size]
    }

    private func mean(_ number: Int) -> Double {
        image(number).reduce(0.0) { $0 + Double($1) } / Double(height * width * channels)
    }

    var means: [Float] { (0..<count).map { Float(mean($0)) } }

    var deviations: [Float] {
        (0..<count).map { number in
            let center = mean(number)
            let sum = image(number).reduce(0.0) { $0 + (Double($1) - center) * (Double($1) - center) }
            return Float((sum / Double(height * width * channels)).squareRoot())
        }
    }

    var first: [Float] {
        (0..<count).flatMap { number in
            (0..<32).map { value(number, $0 / (height * width), $0 / width % height, $0 % width) }
        }
    }

    var channelMeans: [Float] {
        (0..<channels).map { channel in
            var sum = 0.0
            for row in 0..<height { for column in 0..<width { sum += Double(value(0, channel, row, column)) } }
            return Float(sum / Double(height * width))
        }
    }

    var pixel: [Float] { (0..<channels).map { value(0, $0, height / 2, width / 3) } }

    func corner(isBottom: Bool) -> [Float] {
        let (top, left) = isBottom ? (height - 24, width - 24) : (0, 0)
        var result: [Float] = []
        for number in 0..<count {
            for channel in 0..<channels {
                for row in 0..<24 {
                    for column in 0..<24 { result.append(value(number, channel, top + row, left + column)) }
                }
            }
        }
        return result
    }
}
