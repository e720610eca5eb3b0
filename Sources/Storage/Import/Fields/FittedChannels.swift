/// Channels whose transforms are fitted to the values that go by.
struct FittedChannels {
    private(set) var channels: [SampleFormat.Channel]
    private(set) var statistics: [ChannelStatistics]
    private let scaling: FieldOptions.Scaling
    /// Curve's values, of which squares are summed.
    private static let largest = 1e150

    init(_ channels: [SampleFormat.Channel], _ scaling: FieldOptions.Scaling) {
        self.channels = channels
        self.scaling = scaling
        statistics = channels.map { ChannelStatistics(curve: $0.transform.curve, scaling: scaling) }
    }

    /// Takes values [n, channels].
    ///
    /// - Parameter place: what messages call value `index`.
    /// - Throws: ``DatasetError`` (65) naming a value that a curve has none for.
    mutating func add(_ values: [Float], place: (_ index: Int) -> String) throws {
        let count = channels.count
        for channel in 0..<count {
            let curve = channels[channel].transform.curve
            let isLinear = curve == .linear
            for index in stride(from: channel, to: values.count, by: count) {
                let value = values[index]
                guard
                    isLinear
                        || curve.isDefined(at: Double(value)) && abs(curve(Double(value))) < Self.largest
                else {
                    let isDefined = curve.isDefined(at: Double(value))
                    throw DatasetError.badData(
                        "\(place(index)): \(channels[channel].name) is \(value), but \(curve.text) is of "
                            + "\(isDefined ? "values that are nearer to 0" : curve.domain ?? ""). Give --transform asinh:SCALE or linear, or choose other data"
                    )
                }
                statistics[channel].add(value)
            }
        }
    }

    mutating func noteFilled(_ counts: [Int]) {
        for (channel, count) in counts.enumerated() { statistics[channel].filled += count }
    }

    /// The transforms of what has gone by.
    ///
    /// - Throws: ``DatasetError`` (65) naming a channel that is the same everywhere, or whose curve takes its values to
    ///   where it cannot be told what they were.
    mutating func fit(_ what: String) throws -> [ChannelTransform] {
        for index in channels.indices {
            let (minimum, maximum) = (statistics[index].minimum, statistics[index].maximum)
            let (name, curve) = (channels[index].name, channels[index].transform.curve.text)
            guard let transform = statistics[index].transform(scaling) else {
                throw DatasetError.badData(
                    minimum < maximum
                        ? "\(what) \(name) is \(minimum) to \(maximum), of which \(curve) makes one number: nothing "
                            + "can be learned of it. Give another --transform"
                        : "\(what) \(name) is \(minimum) everywhere: nothing can be learned of it. Leave it out")
            }
            // Rounding may clip what lies at an end of the curve's range, but hardly moves it.
            let room = 1e-3 * Double(max(abs(minimum), abs(maximum)))
            for value in [minimum, maximum] {
                let (back, isClipped) = transform.physical(transform.normalized(value))
                guard !isClipped || abs(Double(back) - Double(value)) <= room else {
                    throw DatasetError.badData(
                        "\(what) \(name) has the value \(value), which \(curve) gives back as \(back). Give another "
                            + "--transform, or one with another parameter")
                }
            }
            channels[index].transform = transform
        }
        return channels.map(\.transform)
    }
}
