import Kernels

/// What is kept of an image's level, and how patches are taken from it.
///
/// Patches overlap: of a small level they are more numbers than the level itself, of a large one fewer. The smaller of
/// the two is kept, min(side², 128·7·7)·C floats an image.
struct LevelLayout {
    /// The level's side.
    let side: Int
    let channels: Int

    var keepsPatches: Bool { Patches.perImage * Patches.elements(1) < side * side }

    /// Floats kept of an image.
    var kept: Int { keepsPatches ? patchElements : side * side * channels }

    /// Floats of an image's patches.
    var patchElements: Int { Patches.perImage * Patches.elements(channels) }

    /// Writes what is kept of one image: the level, side×side×C, or its patches.
    func keep(_ level: [Float], centers: [(x: Int, y: Int)], in target: BufferView) {
        target.withUnsafeElements { target in
            guard keepsPatches else {
                for i in level.indices { target[i] = level[i] }
                return
            }
            var at = 0
            forEachRow(of: centers) { start in
                for i in start..<start + Patches.side * channels {
                    target[at] = level[i]
                    at += 1
                }
            }
        }
    }

    /// Writes the patches of one image, [128, 7·7·C], of which `kept` is kept.
    func takePatches(of kept: BufferView, centers: [(x: Int, y: Int)], into target: BufferView) {
        if keepsPatches { return Elementwise.copy(kept, into: target) }
        kept.withUnsafeElements { source in
            target.withUnsafeElements { target in
                var at = 0
                forEachRow(of: centers) { start in
                    for i in 0..<Patches.side * channels { target[at + i] = source[start + i] }
                    at += Patches.side * channels
                }
            }
        }
    }

    /// Where each row of seven pixels of each patch begins.
    private func forEachRow(of centers: [(x: Int, y: Int)], _ body: (Int) -> Void) {
        for (x, y) in centers {
            for row in y - Patches.radius...y + Patches.radius {
                body((row * side + x - Patches.radius) * channels)
            }
        }
    }
}

/// Sums over the patches of a set, channel by channel.
struct ChannelSums {
    /// C sums of values, then C of their squares.
    private(set) var sums: [Double]
    private var channels: Int { sums.count / 2 }

    init(channels: Int) { sums = [Double](repeating: 0, count: 2 * channels) }

    /// Sums over numbers in the order …×C.
    init(_ values: BufferView, channels: Int) {
        self.init(channels: channels)
        values.withUnsafeElements { values in
            for channel in 0..<channels {
                var (sum, squares) = (0.0, 0.0)
                for i in stride(from: channel, to: values.count, by: channels) {
                    let value = Double(values[i])
                    sum += value
                    squares += value * value
                }
                sums[channel] = sum
                sums[channels + channel] = squares
            }
        }
    }

    mutating func add(_ other: some Sequence<Double>) {
        for (i, value) in other.enumerated() { sums[i] += value }
    }

    /// Mean and standard deviation of each channel.
    ///
    /// - Parameter count: values of a channel.
    func moments(count: Int) -> [(mean: Double, deviation: Double)] {
        (0..<channels).map { channel in
            let mean = sums[channel] / Double(count)
            return (mean, max(0, sums[channels + channel] / Double(count) - mean * mean).squareRoot())
        }
    }
}
