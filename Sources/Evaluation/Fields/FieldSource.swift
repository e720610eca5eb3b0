import Storage

/// A set of fields that a metric looks at: any sample by its number, on whichever rank asks for it, in physical units.
///
/// A sample must be a pure function of its number, the same on all ranks: metrics deal the samples to the ranks, and may
/// ask for one more than once.
public struct FieldSource {
    /// What errors call the set, such as "generated".
    public let name: String
    /// Samples; their numbers are 0..<count.
    public let count: Int
    public let height: Int
    public let width: Int
    /// Names, units and transforms of the channels.
    public let channels: [SampleFormat.Channel]
    /// Tells it from all other sets; copies, and what ``cached(bytes:)`` returns, are the same set.
    let token: Token
    private let load: ([Int]) throws -> [Float]

    /// - Parameter load: the samples with these numbers, in the order given, in physical units: [N, H, W, C]. Called by
    ///   one thread.
    public init(
        name: String, count: Int, height: Int, width: Int, channels: [SampleFormat.Channel],
        load: @escaping ([Int]) throws -> [Float]
    ) {
        self.init(
            name: name, count: count, height: height, width: width, channels: channels, token: Token(), load: load)
    }

    private init(
        name: String, count: Int, height: Int, width: Int, channels: [SampleFormat.Channel], token: Token,
        load: @escaping ([Int]) throws -> [Float]
    ) {
        precondition(
            count >= 0 && height > 0 && width > 0 && !channels.isEmpty,
            "FieldSource: \(count) samples of \(height)×\(width)×\(channels.count)")
        self.name = name
        self.count = count
        self.height = height
        self.width = width
        self.channels = channels
        self.token = token
        self.load = load
    }

    public var pixels: Int { height * width }
    /// Values of one sample.
    public var size: Int { pixels * channels.count }
    /// 96×64×3
    var sizeText: String { "\(height)×\(width)×\(channels.count)" }

    /// [N, H, W, C]
    ///
    /// - Throws: what the set throws; ``EvaluationError`` that names the first sample with a value that is not finite.
    public func fields(_ numbers: [Int]) throws -> [Float] {
        let values = try load(numbers)
        precondition(
            values.count == numbers.count * size,
            "FieldSource \(name): \(values.count) values for \(numbers.count) samples of \(size)")
        if let place = values.firstIndex(where: { !$0.isFinite }) {
            throw EvaluationError(
                "\(name): sample \(numbers[place / size]) has \(values[place]) in channel "
                    + "\(channels[place % channels.count].name), expected finite numbers")
        }
        return values
    }

    /// The same set, which remembers what it was asked for, up to so many bytes on each rank.
    public func cached(bytes: Int) -> FieldSource {
        let cache = SampleCache<Float>(bytes: bytes, size: size)
        return FieldSource(
            name: name, count: count, height: height, width: width, channels: channels, token: token
        ) { numbers in try cache.values(numbers, load) }
    }

    final class Token {}
}

/// Real fields that a metric's numbers are read beside.
public struct RealFields {
    public let all: FieldSource
    /// Two sets without a common sample.
    public let halves: (FieldSource, FieldSource)

    public init(all: FieldSource, halves: (FieldSource, FieldSource)) {
        self.all = all
        self.halves = halves
    }
}
