import Glibc

/// How an image is brought to another size.
public enum ResamplingFilter: String, Sendable, CaseIterable {
    /// The mean over the area of each new pixel.
    case box
    /// Lanczos with three lobes: sharper.
    case lanczos

    /// Half the filter's width in source pixels when sizes are equal.
    var support: Float { self == .box ? 0.5 : 3 }

    func weight(_ x: Float) -> Float {
        switch self {
        case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
        case .lanczos:
            if x == 0 { return 1 }
            guard abs(x) < 3 else { return 0 }
            let angle = Float.pi * x
            return 3 * sinf(angle) * sinf(angle / 3) / (angle * angle)
        }
    }
}

/// Resizes images of one size to another by a separable filter that widens as the image shrinks.
public struct Resampler: Sendable {
    private let rows: Axis
    private let columns: Axis

    public init(
        fromHeight: Int, width fromWidth: Int, toHeight: Int, width toWidth: Int, filter: ResamplingFilter
    ) {
        rows = Axis(from: fromHeight, to: toHeight, filter)
        columns = Axis(from: fromWidth, to: toWidth, filter)
    }

    /// The resized image; sums are kept in float until the end.
    public func callAsFunction(_ image: RasterImage) -> RasterImage {
        precondition(
            image.height == rows.source && image.width == columns.source,
            "Resampler: an image of \(image.height)x\(image.width) for \(rows.source)x\(columns.source)")
        let channels = image.channels
        // Along each row first.
        var narrow = [Float](repeating: 0, count: image.height * columns.target * channels)
        for y in 0..<image.height {
            for x in 0..<columns.target {
                let taps = columns.taps(x)
                for channel in 0..<channels {
                    var sum: Float = 0
                    for tap in 0..<taps.count {
                        let at = (y * image.width + columns.starts[x] + tap) * channels + channel
                        sum += columns.weights[taps.lowerBound + tap] * Float(image.pixels[at])
                    }
                    narrow[(y * columns.target + x) * channels + channel] = sum
                }
            }
        }
        let rowSize = columns.target * channels
        var sums = [Float](repeating: 0, count: rowSize)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(rows.target * rowSize)
        for y in 0..<rows.target {
            let taps = rows.taps(y)
            for index in 0..<rowSize { sums[index] = 0 }
            for tap in 0..<taps.count {
                let weight = rows.weights[taps.lowerBound + tap]
                let start = (rows.starts[y] + tap) * rowSize
                for index in 0..<rowSize { sums[index] += weight * narrow[start + index] }
            }
            for sum in sums { pixels.append(UInt8(min(255, max(0, sum.rounded())))) }
        }
        return RasterImage(height: rows.target, width: columns.target, channels: channels, pixels: pixels)
    }

    /// The weights along one axis.
    private struct Axis: Sendable {
        let source: Int
        let target: Int
        var starts: [Int] = []
        var offsets: [Int] = [0]
        var weights: [Float] = []

        init(from source: Int, to target: Int, _ filter: ResamplingFilter) {
            self.source = source
            self.target = target
            let scale = Float(source) / Float(target)
            let spread = max(1, scale)
            for index in 0..<target {
                let center = (Float(index) + 0.5) * scale
                let first = max(0, Int((center - filter.support * spread).rounded(.down)))
                let last = min(source, Int((center + filter.support * spread).rounded(.up)))
                var own = (first..<last).map { filter.weight((Float($0) + 0.5 - center) / spread) }
                let sum = own.reduce(0, +)
                if sum == 0 {
                    own = [1]
                    starts.append(min(source - 1, Int(center)))
                } else {
                    own = own.map { $0 / sum }
                    starts.append(first)
                }
                weights += own
                offsets.append(weights.count)
            }
        }

        func taps(_ index: Int) -> Range<Int> { offsets[index]..<offsets[index + 1] }
    }
}
