import Kernels

/// Matrix products with every transposition, at sizes that take every way through the code.
var products: [Kernel] {
    let sizes = [(1, 1, 1), (5, 3, 7), (300, 17, 40), (64, 64, 64), (33, 200, 130), (8, 100, 600), (47, 48, 513)]
    return sizes.map { rows, columns, depth in
        Kernel("product \(rows)x\(columns)x\(depth)") {
            let (a, b) = (numbers(rows * depth, 1), numbers(depth * columns, 2))
            var result: [Float] = []
            for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
                let c = BufferView(count: rows * columns)
                MatrixProduct.multiply(
                    a, b, into: c, rows: rows, columns: columns, depth: depth, transposeA: transposeA,
                    transposeB: transposeB)
                result += c.array
            }
            return result
        }
    }
}

/// Each method, with channels that fill vectors and that do not, and with what comes before and after.
var convolutions: [Kernel] {
    func shape(
        _ size: Int, _ input: Int, _ output: Int, kernel: Int = 3, stride: Int = 1,
        _ resampling: ConvolutionShape.Resampling = .none
    ) -> ConvolutionShape {
        ConvolutionShape(
            batch: 2, height: size, width: size, inputChannels: input, outputChannels: output, kernel: kernel,
            stride: stride, resampling: resampling)
    }
    let shapes: [(String, ConvolutionShape)] = [
        ("1x1", shape(8, 24, 32, kernel: 1)), ("1x1 to colours", shape(8, 32, 3, kernel: 1)),
        ("3x3 small", shape(2, 32, 20)), ("3x3 stride 2", shape(7, 12, 16, stride: 2)),
        ("3x3", shape(9, 16, 32)), ("3x3 odd channels", shape(9, 5, 20)), ("3x3 wide", shape(8, 80, 64)),
        ("3x3 from colours", shape(9, 3, 20)), ("3x3 to colours", shape(9, 20, 3)),
        ("up", shape(6, 32, 16, .up)), ("up odd channels", shape(5, 20, 9, .up)),
        ("down", shape(12, 32, 16, .down)), ("down odd channels", shape(10, 9, 20, .down)),
        ("nearest up", shape(6, 32, 16, .nearestUp)), ("box down", shape(12, 16, 32, .boxDown)),
    ]
    return shapes.map { name, shape in
        Kernel("convolution " + name) {
            let (x, w) = (numbers(shape.inputCount, 3), numbers(shape.weightCount, 4))
            let g = numbers(shape.outputCount, 5)
            let positions = shape.outputHeight * shape.outputWidth
            let style = positives(shape.batch * shape.inputChannels, 6)
            let terms = Epilogue.Terms(
                scale: positives(shape.batch * shape.outputChannels, 7), noise: numbers(shape.batch * positions, 8),
                strength: 0.3, bias: numbers(shape.outputChannels, 9), activation: Activation(clamp: 2))
            let (y, finished) = (BufferView(count: shape.outputCount), BufferView(count: shape.outputCount))
            let (dx, dw) = (BufferView(count: shape.inputCount), BufferView(count: shape.weightCount))
            Convolution.forward(x, w, into: y, shape: shape)
            Convolution.forward(x, w, into: finished, shape: shape, style: style, terms: terms)
            Convolution.inputGradient(g, w, into: dx, shape: shape)
            Convolution.weightGradient(x, g, into: dw, shape: shape)
            let plain = y.array + finished.array + dx.array + dw.array
            Convolution.weightGradient(x, g, into: dw, shape: shape, style: style)
            return plain + dw.array
        }
    }
}
