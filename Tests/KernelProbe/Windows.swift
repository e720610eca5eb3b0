import Kernels

/// Windows of any size over images, and what lies between pixels.
var windows: [Kernel] {
    let sizes: [(name: String, height: Int, channels: Int, kernel: (Int, Int), stride: Int, padding: (Int, Int))] = [
        ("3x3 s2", 13, 3, (3, 3), 2, (0, 0)), ("3x3", 19, 32, (3, 3), 1, (0, 0)), ("1x7", 9, 24, (1, 7), 1, (0, 3)),
        ("1x1", 6, 512, (1, 1), 1, (0, 0)),
    ]
    let convolutions = sizes.enumerated().map { index, size in
        let shape = WindowShape(
            height: size.height, width: 18, channels: size.channels, kernel: size.kernel, stride: size.stride,
            padding: size.padding)
        return Kernel("window convolution " + size.name) {
            let convolution = WindowConvolution(
                shape, outputChannels: 40, weights: numbers(shape.depth * 40, 90 + index).array,
                bias: numbers(40, 95).array)
            let y = BufferView(count: 2 * shape.places * 40)
            convolution.forward(numbers(2 * shape.imageCount, 96), batch: 2, into: ChannelSpan(y, of: 40))
            return y.array
        }
    }
    let pooled = WindowShape(height: 9, width: 8, channels: 20, kernel: (3, 3), padding: (1, 1))
    let x = numbers(2 * pooled.imageCount, 97)
    return convolutions + [
        Kernel("window poolings") {
            let (largest, mean) = (BufferView(count: x.count), BufferView(count: x.count))
            WindowPooling.maximum(x, batch: 2, shape: pooled, into: ChannelSpan(largest, of: 20))
            WindowPooling.mean(x, batch: 2, shape: pooled, into: ChannelSpan(mean, of: 20))
            return largest.array + mean.array
        },
        Kernel("bilinear sampling") {
            let y = BufferView(count: 2 * 11 * 13 * 20)
            BilinearSampling.sample(
                x, batch: 2, channels: 20, rows: .init(size: 9, positions: (0..<11).map { Double($0) * 0.8 - 0.3 }),
                columns: .init(size: 8, positions: (0..<13).map { Double($0) * 0.6 }), factor: 0.7, shift: -1,
                outputChannels: 20, into: y)
            return y.array
        },
    ]
}
