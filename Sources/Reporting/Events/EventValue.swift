/// What an event file holds under a tag at a step.
public struct EventValue: Sendable, Equatable {
    /// Its message, a `Summary.Value`.
    let message: ProtobufMessage
    /// Of the message.
    package var bytes: [UInt8] { message.bytes }

    /// A number of a curve.
    public static func scalar(_ tag: String, _ value: Double) -> EventValue {
        make(tag) { $0.add(2, Float(value)) }
    }

    /// A picture.
    ///
    /// - Parameter png: the bytes of a PNG file of that size.
    public static func image(_ tag: String, png: [UInt8], height: Int, width: Int, channels: Int) -> EventValue {
        var image = ProtobufMessage()
        image.add(1, height)
        image.add(2, width)
        image.add(3, channels)
        image.add(4, png)
        return make(tag) { $0.add(4, image) }
    }

    /// How values are spread.
    public static func histogram(_ tag: String, _ histogram: EventHistogram) -> EventValue {
        make(tag) { $0.add(5, histogram.message) }
    }

    private static func make(_ tag: String, _ content: (inout ProtobufMessage) -> Void) -> EventValue {
        var value = ProtobufMessage()
        value.add(1, tag)
        content(&value)
        return EventValue(message: value)
    }
}

/// How many of some values lie in each of equal parts of their range.
public struct EventHistogram: Sendable, Equatable {
    /// Parts of the range.
    private static let parts = 30

    public let minimum: Double
    public let maximum: Double
    public let sum: Double
    public let sumOfSquares: Double
    /// The upper ends of the parts, ascending; the last is ``maximum``.
    public let limits: [Double]
    public let counts: [Double]

    /// - Parameters:
    ///   - values: those that are not finite are left out.
    ///   - scale: by which each is multiplied.
    /// - Returns: nil where none is left.
    public init?(_ values: some Sequence<Float>, scale: Float = 1) {
        let finite = values.map { Double($0 * scale) }.filter(\.isFinite)
        guard let minimum = finite.min(), let maximum = finite.max() else { return nil }
        (self.minimum, self.maximum) = (minimum, maximum)
        sum = finite.reduce(0, +)
        sumOfSquares = finite.reduce(0) { $0 + $1 * $1 }
        let width = (maximum - minimum) / Double(Self.parts)
        // Ends that cannot be told apart would be no histogram.
        guard width > 0, minimum + width > minimum, maximum - width < maximum else {
            limits = [maximum]
            counts = [Double(finite.count)]
            return
        }
        limits = (1..<Self.parts).map { minimum + Double($0) * width } + [maximum]
        var counts = [Double](repeating: 0, count: Self.parts)
        for value in finite { counts[min(Self.parts - 1, max(0, Int((value - minimum) / width)))] += 1 }
        self.counts = counts
    }

    var message: ProtobufMessage {
        var message = ProtobufMessage()
        message.add(1, minimum)
        message.add(2, maximum)
        message.add(3, counts.reduce(0, +))
        message.add(4, sum)
        message.add(5, sumOfSquares)
        message.add(6, limits)
        message.add(7, counts)
        return message
    }
}
