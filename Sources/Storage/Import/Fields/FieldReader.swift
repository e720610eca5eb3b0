/// Reads the samples of an array, several at a time.
final class FieldReader {
    let array: any NumberArray
    let shape: FieldShape
    private var window = 0..<0
    private var numbers: [Double] = []

    /// Numbers that are read at once, about.
    private static let usualWindow = 1 << 19
    /// And at most, unless one sample has more.
    private static let largestWindow = 1 << 25

    init(_ array: any NumberArray, layout: FieldOptions.Layout?, flat: [Int]?) throws {
        self.array = array
        shape = try FieldShape(array, layout: layout, flat: flat)
    }

    /// Writes a sample's channels into `sample` [height, width, channels in all], from channel `first` on.
    ///
    /// - Parameters:
    ///   - fill: what missing values become.
    ///   - filled: the number of those, by channel in all.
    func read(
        _ index: Int, into sample: inout [Float], first: Int, of channels: Int, fill: Float,
        missing: inout MissingValues, filled: inout [Int]
    ) throws {
        try load(index)
        let start = (index - window.lowerBound) * shape.rows * array.rowCount
        let facts = array.facts
        let (height, width) = (shape.height, shape.width)
        for channel in 0..<shape.channels {
            for row in 0..<height {
                let source = start + row * shape.steps.row + channel * shape.steps.channel
                let target = row * width * channels + first + channel
                for column in 0..<width {
                    let (value, kind) = facts.value(of: numbers[source + column * shape.steps.column])
                    guard let kind else {
                        sample[target + column * channels] = value
                        continue
                    }
                    sample[target + column * channels] = fill
                    filled[first + channel] += 1
                    missing.note(kind, at: place(index, row: row, column: column, channel: channel))
                }
            }
        }
    }

    /// What messages call a value.
    func place(_ index: Int, row: Int, column: Int, channel: Int) -> String {
        (shape.isLone ? array.place : array.place(ofRow: index))
            + (shape.channels > 1 ? ", channel \(channel)" : "") + ", at \(row), \(column)"
    }

    /// What the file calls the channels; empty where it does not tell as many.
    var toldNames: [String] { array.facts.channelNames.count == shape.channels ? array.facts.channelNames : [] }

    /// What the channels are measured in, as the file tells: one by one, or all alike.
    var toldUnits: [String] {
        array.facts.channelUnits.count == shape.channels
            ? array.facts.channelUnits : [String](repeating: array.facts.unit, count: shape.channels)
    }

    /// Lets go of what was read.
    func release() { (window, numbers) = (0..<0, []) }

    private func load(_ index: Int) throws {
        guard !window.contains(index) else { return }
        let size = shape.rows * array.rowCount
        // Whole chunks, which are unpacked whole.
        let together = max(1, array.rowsTogether / shape.rows)
        var count = max(1, Self.usualWindow / max(1, size))
        if together > 1 {
            let whole = ((index + count + together - 1) / together) * together - index
            if whole <= Self.largestWindow / max(1, size) { count = max(1, whole) }
        }
        window = index..<min(shape.count, index + count)
        numbers = []
        numbers = try array.numbers(rows: window.lowerBound * shape.rows..<window.upperBound * shape.rows)
    }
}
