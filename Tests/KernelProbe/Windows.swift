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
    ] + sliding + grouped + [predicted, doubling, modulation]
}

/// 4×4, and both ways back: as a product, and through Winograd's transforms of few tiles and of many.
private var sliding: [Kernel] {
    let sizes: [(name: String, stride: Int, batch: Int, height: Int, width: Int, channels: Int, outputs: Int)] = [
        ("sliding convolution", 2, 2, 10, 14, 20, 24), ("4x4 s2, few tiles", 2, 2, 18, 17, 80, 150),
        ("4x4 s2, many tiles", 2, 5, 64, 66, 17, 20), ("4x4 s1, few tiles", 1, 2, 14, 13, 80, 150),
        ("4x4 s1, many tiles", 1, 10, 17, 19, 17, 20),
        ("4x4 to one channel", 1, 3, 9, 8, 40, 1),
    ]
    return sizes.map { size in
        Kernel(size.name) {
            let convolution = SlidingConvolution(
                WindowShape(
                    height: size.height, width: size.width, channels: size.channels, kernel: (4, 4),
                    stride: size.stride,
                    padding: (1, 1)), batch: size.batch, outputs: size.outputs)
            let (x, w) = (numbers(convolution.inputCount, 98), numbers(convolution.weightCount, 99))
            let g = numbers(convolution.outputCount, 100)
            let (y, dx, dw) = (
                BufferView(count: convolution.outputCount), BufferView(count: convolution.inputCount),
                BufferView(count: convolution.weightCount)
            )
            convolution.forward(x, w, into: y)
            convolution.inputGradient(g, w, into: dx)
            convolution.weightGradient(x, g, into: dw)
            return y.array + dx.array + dw.array
        }
    }
}

/// Groups that fill vectors, and that do not; both ways back, and what follows.
private var grouped: [Kernel] {
    [16, 20, 6].map { width in
        Kernel("grouped convolution \(width)") {
            let shape = GroupedConvolution(batch: 2, height: 7, width: 6, channels: 3 * width, groups: 3)
            let (x, w) = (numbers(shape.imageCount, 110), numbers(shape.weightCount, 111))
            let g = numbers(shape.imageCount, 112)
            let terms = Epilogue.Terms(
                bias: numbers(shape.channels, 113), activation: Activation(slope: 0.2, gain: 1))
            let results = [shape.imageCount, shape.imageCount, shape.imageCount, shape.weightCount].map {
                BufferView(count: $0)
            }
            shape.forward(x, w, into: results[0])
            shape.forward(x, w, into: results[1], terms: terms)
            shape.inputGradient(g, w, into: results[2])
            shape.weightGradient(x, g, into: results[3])
            return results.flatMap(\.array)
        }
    }
}

private var predicted: Kernel {
    Kernel("predicted convolution") {
        let convolution = PredictedConvolution(batch: 2, height: 7, width: 6, channels: 20)
        let (x, g) = (numbers(convolution.count, 101), numbers(convolution.count, 102))
        let kernels = numbers(9 * convolution.count, 103)
        let (y, dx) = (BufferView(count: convolution.count), BufferView(count: convolution.count))
        let dk = BufferView(count: 9 * convolution.count)
        convolution.forward(x, kernels, into: y)
        convolution.inputGradient(g, kernels, into: dx)
        convolution.kernelGradient(x, g, into: dk)
        return y.array + dx.array + dk.array
    }
}

private var doubling: Kernel {
    Kernel("bilinear doubling") {
        let (small, large) = (numbers(2 * 5 * 7 * 20, 104), numbers(8 * 5 * 7 * 20, 105))
        let (y, x) = (BufferView(count: large.count), BufferView(count: small.count))
        BilinearDoubling.up(small, into: y, batch: 2, height: 5, width: 7, channels: 20)
        BilinearDoubling.adjoint(large, into: x, batch: 2, height: 5, width: 7, channels: 20)
        return y.array + x.array
    }
}

private var modulation: Kernel {
    Kernel("modulation") {
        let views = (106...109).map { numbers(333, $0) }
        let results = (0..<4).map { _ in BufferView(count: 333) }
        let activation = Activation(clamp: 1)
        Modulation.forward(views[0], gain: views[1], bias: views[2], activation, into: results[0])
        Modulation.gradient(
            views[3], views[0], gain: views[1], bias: views[2], activation, into: results[1], results[2], results[3])
        return results.flatMap(\.array)
    }
}
