import Evaluation
import NumericalTesting
import Storage

/// Sets of fields for tests.
struct TestFields {
    var values: [[Float]]
    let height: Int
    let width: Int
    var channels: [String]

    init(_ values: [[Float]], height: Int, width: Int, channels: [String] = ["density"]) {
        self.values = values
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// - Parameter value: of a sample, row, column and channel.
    init(
        count: Int, height: Int, width: Int, channels: [String] = ["density"],
        _ value: (_ sample: Int, _ row: Int, _ column: Int, _ channel: Int) -> Double
    ) {
        self.init(
            (0..<count).map { sample in
                (0..<height * width * channels.count).map { place in
                    let pixel = place / channels.count
                    return Float(value(sample, pixel / width, pixel % width, place % channels.count))
                }
            }, height: height, width: width, channels: channels)
    }

    /// Independent numbers of mean 0 and variance 1, of no particular shape.
    static func noise(
        count: Int, height: Int, width: Int, channels: [String] = ["density"], seed: UInt64 = 1
    ) -> TestFields {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func uniform() -> Double {
            // SplitMix64 (Steele, Lea and Flood 2014).
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
        }
        // Of twelve uniform numbers the sum has variance 1.
        return TestFields(count: count, height: height, width: width, channels: channels) { _, _, _, _ in
            (0..<12).reduce(-6.0) { sum, _ in sum + uniform() }
        }
    }

    func source(_ name: String = "test") -> FieldSource {
        FieldSource(
            name: name, count: values.count, height: height, width: width,
            channels: channels.map { SampleFormat.Channel(name: $0) }
        ) { numbers in numbers.flatMap { values[$0] } }
    }

    /// The same with other values.
    func mapped(_ change: (Float) -> Float) -> TestFields {
        TestFields(values.map { $0.map(change) }, height: height, width: width, channels: channels)
    }
}

extension TestFields {
    static var context: MetricContext { MetricContext(seed: 1, memory: 1 << 20) }
}
