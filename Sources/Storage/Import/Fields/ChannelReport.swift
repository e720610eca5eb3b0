/// What a channel of a new dataset is like.
public struct ChannelReport: Sendable {
    /// What it is a channel of.
    public enum Part: Sendable {
        case sample, vector, image
    }

    public let part: Part
    public let channel: SampleFormat.Channel
    public let minimum: Float
    public let maximum: Float
    public let mean: Double
    public let deviation: Double
    /// The share of values that are 0.
    public let zeros: Double
    /// Values that were missing and were filled.
    public let filled: Int
}

extension FittedChannels {
    func reports(_ part: ChannelReport.Part) -> [ChannelReport] {
        zip(channels, statistics).map { channel, values in
            ChannelReport(
                part: part, channel: channel, minimum: values.minimum, maximum: values.maximum, mean: values.mean,
                deviation: values.deviation, zeros: Double(values.zeros) / Double(max(1, values.count)),
                filled: values.filled)
        }
    }
}
