/// Values between pixels, and what is made of them: y = value · factor + shift.
public enum BilinearSampling {
    /// Where the outputs of an axis lie between the inputs.
    public struct Axis: Sendable {
        /// Inputs.
        public let size: Int
        /// The neighbours of each output.
        let lower: [Int]
        let upper: [Int]
        /// Of the upper one.
        let weights: [Float]

        public var count: Int { lower.count }

        /// - Parameters:
        ///   - size: inputs, at 0, 1, 2 …
        ///   - positions: of the outputs; what lies before the first input or behind the last has its value.
        public init(size: Int, positions: [Double]) {
            precondition(size > 0, "BilinearSampling: an axis of \(size) inputs")
            self.size = size
            let clamped = positions.map { max(0, min(Double(size - 1), $0)) }
            lower = clamped.map { Int($0) }
            upper = lower.map { min($0 + 1, size - 1) }
            weights = zip(clamped, lower).map { Float($0 - Double($1)) }
        }
    }

    /// - Parameters:
    ///   - x: [batch, rows' inputs, columns' inputs, C]
    ///   - outputChannels: C, or any number where C is 1: the channel is repeated.
    ///   - y: [batch, rows' outputs, columns' outputs, output channels], overwritten.
    public static func sample(
        _ x: BufferView, batch: Int, channels: Int, rows: Axis, columns: Axis, factor: Float, shift: Float,
        outputChannels: Int, into y: BufferView
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .resampling(
                    .bilinearSampling, x, y, batch: batch, height: rows.size, width: columns.size, channels: channels))
        }
        precondition(
            x.count == batch * rows.size * columns.size * channels
                && y.count == batch * rows.count * columns.count * outputChannels
                && (channels == outputChannels || channels == 1),
            "BilinearSampling: \(x.count) elements into \(y.count), \(channels) channels to \(outputChannels)")
        let (xp, yp, line) = (x.pointer, y.pointer, columns.size * channels)
        Workers.forEachRange(batch * rows.count, grain: 32) { range in
            for index in range {
                let (image, row) = index.quotientAndRemainder(dividingBy: rows.count)
                let above = xp + (image * rows.size + rows.lower[row]) * line
                let below = xp + (image * rows.size + rows.upper[row]) * line
                let down = rows.weights[row]
                var target = yp + index * columns.count * outputChannels
                for column in 0..<columns.count {
                    let (left, right) = (columns.lower[column] * channels, columns.upper[column] * channels)
                    let along = columns.weights[column]
                    for channel in 0..<outputChannels {
                        let c = channels == 1 ? 0 : channel
                        let top = (1 - along) * above[left + c] + along * above[right + c]
                        let bottom = (1 - along) * below[left + c] + along * below[right + c]
                        target[channel] = ((1 - down) * top + down * bottom) * factor + shift
                    }
                    target += outputChannels
                }
            }
        }
    }
}
