import Kernels

/// What a window does, in Double, straight from the definition.
struct WindowReference: Sendable, CustomStringConvertible {
    let shape: WindowShape
    let outputs: Int
    let batch: Int

    var description: String { "\(batch) of \(shape) to \(outputs)" }

    init(
        _ size: (Int, Int, Int), _ kernel: (Int, Int), stride: Int = 1, padding: (Int, Int) = (0, 0), outputs: Int,
        batch: Int = 2
    ) {
        shape = WindowShape(
            height: size.0, width: size.1, channels: size.2, kernel: kernel, stride: stride, padding: padding)
        self.outputs = outputs
        self.batch = batch
    }

    /// Calls `body` with each output pixel, each tap and the input pixel that it meets, all by their offsets.
    private func forEachTap(_ body: (_ output: Int, _ tap: Int, _ input: Int) -> Void) {
        for image in 0..<batch {
            for place in 0..<shape.places {
                let row = place / shape.outputWidth * shape.stride - shape.paddingRows
                let column = place % shape.outputWidth * shape.stride - shape.paddingColumns
                for tap in 0..<shape.kernelHeight * shape.kernelWidth {
                    let (y, x) = (row + tap / shape.kernelWidth, column + tap % shape.kernelWidth)
                    guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { continue }
                    body(image * shape.places + place, tap, (image * shape.height + y) * shape.width + x)
                }
            }
        }
    }

    /// ReLU(x * w + bias)
    func convolution(_ x: [Float], _ w: [Float], _ bias: [Float]) -> [Double] {
        var y = [Double](repeating: 0, count: batch * shape.places * outputs)
        let channels = shape.channels
        y.withUnsafeMutableBufferPointer { y in
            for index in y.indices { y[index] = Double(bias[index % outputs]) }
            forEachTap { output, tap, input in
                for c in 0..<channels {
                    let factor = Double(x[input * channels + c])
                    let row = (tap * channels + c) * outputs
                    for k in 0..<outputs { y[output * outputs + k] += factor * Double(w[row + k]) }
                }
            }
        }
        return y.map { max(0, $0) }
    }

    func maximum(_ x: [Float]) -> [Double] {
        var y = [Double](repeating: -.infinity, count: batch * shape.places * shape.channels)
        forEachTap { output, _, input in
            for c in 0..<shape.channels {
                let index = output * shape.channels + c
                y[index] = max(y[index], Double(x[input * shape.channels + c]))
            }
        }
        return y
    }

    func mean(_ x: [Float]) -> [Double] {
        var sums = [Double](repeating: 0, count: batch * shape.places * shape.channels)
        var counts = [Double](repeating: 0, count: batch * shape.places)
        forEachTap { output, _, input in
            counts[output] += 1
            for c in 0..<shape.channels {
                sums[output * shape.channels + c] += Double(x[input * shape.channels + c])
            }
        }
        return sums.indices.map { sums[$0] / counts[$0 / shape.channels] }
    }

    var x: [Float] { uniform(batch * shape.imageCount, seed: 31) }
    var w: [Float] { uniform(shape.depth * outputs, seed: 32) }
    var bias: [Float] { uniform(outputs, seed: 33) }

    /// The convolution's outputs among other channels: `before` of them, and 3 behind.
    func run(_ convolution: WindowConvolution, _ x: [Float], images: Int, before: Int = 0) -> [Float] {
        let channels = before == 0 ? outputs : before + outputs + 3
        let y = BufferView([Float](repeating: -7, count: images * shape.places * channels))
        convolution.forward(BufferView(x), batch: images, into: ChannelSpan(y, first: before, of: channels))
        return y.array
    }

    var made: WindowConvolution { WindowConvolution(shape, outputChannels: outputs, weights: w, bias: bias) }

    /// The kinds that there are in Inception-v3, and sizes at which blocks, tiles and vectors end early.
    static let convolutions: [WindowReference] = [
        WindowReference((9, 11, 3), (3, 3), stride: 2, outputs: 32),
        WindowReference((21, 23, 32), (3, 3), outputs: 32),
        WindowReference((19, 18, 32), (3, 3), padding: (1, 1), outputs: 64),
        WindowReference((18, 19, 80), (3, 3), outputs: 40, batch: 1),
        WindowReference((8, 8, 48), (3, 3), padding: (1, 1), outputs: 33),
        WindowReference((17, 17, 24), (1, 7), padding: (0, 3), outputs: 20),
        WindowReference((17, 17, 24), (7, 1), padding: (3, 0), outputs: 48),
        WindowReference((5, 4, 17), (7, 7), padding: (3, 3), outputs: 5),
        WindowReference((9, 10, 48), (5, 5), padding: (2, 2), outputs: 64),
        WindowReference((8, 8, 32), (1, 3), padding: (0, 1), outputs: 31),
        WindowReference((8, 8, 32), (3, 1), padding: (1, 0), outputs: 16),
        WindowReference((7, 9, 64), (1, 1), outputs: 80, batch: 3),
        WindowReference((4, 4, 512), (1, 1), outputs: 17),
        WindowReference((7, 6, 20), (1, 1), stride: 2, outputs: 18),
        WindowReference((17, 17, 16), (3, 3), stride: 2, outputs: 8),
        WindowReference((1, 1, 100), (1, 1), outputs: 50, batch: 5),
        WindowReference((3, 3, 1), (3, 3), outputs: 1, batch: 1),
    ]

    static let poolings: [WindowReference] = [
        WindowReference((17, 15, 24), (3, 3), stride: 2, outputs: 1),
        WindowReference((8, 8, 33), (3, 3), padding: (1, 1), outputs: 1),
        WindowReference((35, 35, 40), (3, 3), padding: (1, 1), outputs: 1),
        WindowReference((8, 8, 16), (8, 8), outputs: 1, batch: 3),
        WindowReference((1, 1, 5), (3, 3), padding: (1, 1), outputs: 1),
    ]
}
