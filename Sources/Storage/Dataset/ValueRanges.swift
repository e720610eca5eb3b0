/// The smallest and largest physical value of each channel of what was written: whether transforms are defined for them.
struct ValueRanges {
    private var least: [Float]
    private var most: [Float]

    init(channels: Int) {
        least = Array(repeating: .infinity, count: channels)
        most = Array(repeating: -.infinity, count: channels)
    }

    /// - Parameter values: whose channel runs fastest.
    mutating func add(_ values: [Float]) {
        let channels = least.count
        for start in stride(from: 0, to: values.count, by: channels) {
            for channel in 0..<channels {
                let value = values[start + channel]
                if value < least[channel] { least[channel] = value }
                if value > most[channel] { most[channel] = value }
            }
        }
    }

    /// What is wrong with transforms for these values; nil where nothing is. Curves ascend: what is defined and finite at
    /// both ends is so between them.
    func problem(_ channels: [SampleFormat.Channel], _ what: String) -> String? {
        for (channel, (least, most)) in zip(channels, zip(least, most)) where least <= most {
            for value in [least, most] where channel.transform.normalizedIfDefined(value) == nil {
                return "\(what) \(channel.name): \(channel.transform.complaint(of: value))"
            }
        }
        return nil
    }

    /// Of integer elements: whatever the element can hold.
    static func problem(_ format: SampleFormat, _ what: String) -> String? {
        var ranges = ValueRanges(channels: format.channels.count)
        let ends: [Float] = format.element == .uint8 ? [0, 255] : [0, 65535]
        for end in ends { ranges.add(Array(repeating: end, count: format.channels.count)) }
        return ranges.problem(format.channels, what)
    }
}

extension ChannelTransform {
    /// What networks see of a physical value; nil where that is no finite number.
    func normalizedIfDefined(_ physical: Float) -> Float? {
        guard curve.isDefined(at: Double(physical)) else { return nil }
        let value = normalized(physical)
        return value.isFinite ? value : nil
    }

    /// Why a value has no finite image.
    func complaint(of value: Float) -> String {
        guard value.isFinite else { return "the value \(FiniteNumbers.name(Double(value))) is not finite" }
        if !curve.isDefined(at: Double(value)) {
            return
                "the transform \(curve.name) is not defined for the value \(value), expected \(curve.domain ?? "finite numbers")"
        }
        return
            "the transform \(curve.name), centre \(center), scale \(scale) makes no finite float of the value \(value)"
    }
}
