import Kernels

extension KernelBenchmark {
    /// Distance of a Winograd convolution from the same one computed directly in double precision.
    public struct Accuracy: Codable, Sendable {
        public var name: String
        public var operation: Operation
        /// Of any element, relative to the root mean square of the result.
        public var maximumError: Double
        /// Root mean square over the elements, relative likewise.
        public var rmsError: Double

        enum CodingKeys: String, CodingKey {
            case name, operation
            case maximumError = "max_error"
            case rmsError = "rms_error"
        }
    }

    /// Nine tiles, one of them without a border: small enough for double precision, and the widest layer there is.
    static let accuracy = [AccuracyCase(channels: 512, size: 12)]

    struct AccuracyCase {
        let shape: ConvolutionShape

        init(channels: Int, size: Int) {
            shape = ConvolutionShape(
                batch: 1, height: size, width: size, inputChannels: channels, outputChannels: channels, kernel: 3)
        }

        var name: String { "accuracy \(shape.name)" }

        /// On numbers from N(0, 1).
        func measure() -> [Accuracy] {
            let (x, w) = (
                KernelBenchmark.random(shape.inputCount, stream: 1),
                KernelBenchmark.random(shape.weightCount, stream: 2)
            )
            let g = KernelBenchmark.random(shape.outputCount, stream: 3)
            let exact = DoubleConvolution(shape: shape)
            let (y, dx) = (BufferView(count: shape.outputCount), BufferView(count: shape.inputCount))
            let dw = BufferView(count: shape.weightCount)
            Convolution.forward(x, w, into: y, shape: shape)
            Convolution.inputGradient(g, w, into: dx, shape: shape)
            Convolution.weightGradient(x, g, into: dw, shape: shape)
            return [
                compare(.forward, y, exact.forward(x.array, w.array)),
                compare(.inputGradient, dx, exact.inputGradient(g.array, w.array)),
                compare(.weightGradient, dw, exact.weightGradient(x.array, g.array)),
            ]
        }

        private func compare(_ operation: Operation, _ found: BufferView, _ exact: [Double]) -> Accuracy {
            var (squares, errors, largest) = (0.0, 0.0, 0.0)
            for (value, expected) in zip(found.array, exact) {
                let error = abs(Double(value) - expected)
                squares += expected * expected
                errors += error * error
                largest = max(largest, error)
            }
            let scale = (squares / Double(exact.count)).squareRoot()
            return Accuracy(
                name: name, operation: operation, maximumError: largest / scale,
                rmsError: (errors / Double(exact.count)).squareRoot() / scale)
        }
    }
}

/// The 3×3 convolution of one image in double precision, straight from the definition.
package struct DoubleConvolution {
    private let size: (height: Int, width: Int)
    private let input: Int
    private let output: Int

    package init(shape: ConvolutionShape) {
        precondition(shape.batch == 1 && shape.kernel == 3 && shape.stride == 1 && shape.resampling == .none)
        size = (shape.height, shape.width)
        (input, output) = (shape.inputChannels, shape.outputChannels)
    }

    package func forward(_ x: [Float], _ w: [Float]) -> [Double] {
        rows(size.height * size.width, of: output) { pixel, y in
            for tap in 0..<9 {
                guard let source = neighbour(of: pixel, tap) else { continue }
                for c in 0..<input {
                    let factor = Double(x[source * input + c])
                    add(factor, w, at: (tap * input + c) * output, to: y)
                }
            }
        }
    }

    package func inputGradient(_ g: [Float], _ w: [Float]) -> [Double] {
        // The taps the other way round, and the weights of a pair of channels transposed.
        let transposed = [Float](unsafeUninitializedCapacity: w.count) { target, count in
            for tap in 0..<9 {
                for c in 0..<input {
                    for k in 0..<output {
                        target[((8 - tap) * output + k) * input + c] = w[(tap * input + c) * output + k]
                    }
                }
            }
            count = w.count
        }
        return DoubleConvolution(size: size, input: output, output: input).forward(g, transposed)
    }

    package func weightGradient(_ x: [Float], _ g: [Float]) -> [Double] {
        rows(9 * input, of: output) { row, dw in
            let (tap, c) = row.quotientAndRemainder(dividingBy: input)
            for pixel in 0..<size.height * size.width {
                guard let source = neighbour(of: pixel, tap) else { continue }
                add(Double(x[source * input + c]), g, at: pixel * output, to: dw)
            }
        }
    }

    private init(size: (height: Int, width: Int), input: Int, output: Int) {
        self.size = size
        self.input = input
        self.output = output
    }

    /// The input pixel that a tap of an output pixel meets; nil outside the image.
    private func neighbour(of pixel: Int, _ tap: Int) -> Int? {
        let row = pixel / size.width + tap / 3 - 1
        let column = pixel % size.width + tap % 3 - 1
        let isInside = (0..<size.height).contains(row) && (0..<size.width).contains(column)
        return isInside ? row * size.width + column : nil
    }

    private func add(
        _ factor: Double, _ values: [Float], at start: Int, to sums: UnsafeMutableBufferPointer<Double>
    ) {
        values.withUnsafeBufferPointer { values in
            for k in 0..<sums.count { sums[k] += factor * Double(values[start + k]) }
        }
    }

    /// A matrix, each row of which is summed on its own.
    private func rows(
        _ count: Int, of length: Int, _ body: (Int, UnsafeMutableBufferPointer<Double>) -> Void
    ) -> [Double] {
        var sums = [Double](repeating: 0, count: count * length)
        sums.withUnsafeMutableBufferPointer { sums in
            let target = sums
            Workers.forEach(count) { row in
                body(row, UnsafeMutableBufferPointer(rebasing: target[row * length..<(row + 1) * length]))
            }
        }
        return sums
    }
}
