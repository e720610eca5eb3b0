/// What formats cannot state. Everything that a file says is looked at here before it is used.
extension SampleFormat {
    /// Of height and width.
    public static let sides = 4...1 << 14
    /// Bytes of one sample: shards are built in memory, and read a chunk at a time.
    public static let largestSample = 1 << 28
    /// Bytes of a channel's name, and of its unit.
    static let longestName = 200

    /// What is wrong with the format, such as "has 65 channels, expected 1 to 64"; nil where nothing is.
    public var problem: String? {
        for (name, side) in [("height", height), ("width", width)] where !Self.sides.contains(side) {
            return "has \(name) \(side), expected \(Self.sides.lowerBound) to \(Self.sides.upperBound)"
        }
        guard (1...Self.mostChannels).contains(channels.count) else {
            return "has \(channels.count) channels, expected 1 to \(Self.mostChannels)"
        }
        guard bytes <= Self.largestSample else {
            return
                "has samples of \(Files.text(bytes: bytes)), expected at most \(Files.text(bytes: Self.largestSample))"
        }
        return Self.problem(channels, "channel")
    }

    /// What is wrong with names, units or transforms.
    static func problem(_ channels: [Channel], _ what: String) -> String? {
        for (index, channel) in channels.enumerated() {
            let name = channel.name.utf8.count
            if name == 0 || name > longestName || channel.name.contains("\0") {
                return
                    "has a \(what) \(index) with a name of \(name) bytes, expected 1 to \(longestName), without zero bytes"
            }
            if channel.unit.utf8.count > longestName || channel.unit.contains("\0") {
                return
                    "has a \(what) \(channel.name) with a unit of \(channel.unit.utf8.count) bytes, expected at most "
                    + "\(longestName), without zero bytes"
            }
            if let problem = channel.transform.problem {
                return "has a \(what) \(channel.name) whose transform \(problem)"
            }
        }
        if Set(channels.map(\.name)).count < channels.count { return "has one name for two \(what)s" }
        return nil
    }
}

extension VectorFormat {
    /// What is wrong with the format; nil where nothing is.
    public var problem: String? {
        guard (1...Self.mostComponents).contains(count) else {
            return "has \(count) components, expected 1 to \(Self.mostComponents)"
        }
        return SampleFormat.problem(components, "component")
    }
}

extension ChannelTransform {
    /// What is wrong with its numbers; nil where nothing is.
    public var problem: String? {
        guard center.isFinite else { return "has centre \(FiniteNumbers.name(center)), expected a finite number" }
        guard scale.isFinite, scale > 0 else {
            return "has scale \(FiniteNumbers.name(scale)), expected a finite number above 0"
        }
        if let parameter = curve.parameter, !parameter.isFinite || parameter <= 0 {
            return "has \(curve.name) with parameter \(FiniteNumbers.name(parameter)), expected a finite number above 0"
        }
        return nil
    }
}
