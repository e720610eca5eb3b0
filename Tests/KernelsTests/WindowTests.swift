import Kernels
import NumericalTesting
import Testing

/// Serialized: some of these start and stop the workers.
@Suite(.serialized) struct WindowTests {
    @Test("Convolutions against the definition in Double", arguments: WindowReference.convolutions)
    func definition(_ test: WindowReference) {
        let (x, expected) = (test.x, test.convolution(test.x, test.w, test.bias))
        #expect(relativeError(test.run(test.made, x, images: test.batch), expected) < 4e-6)
        // Without Winograd's transforms.
        let direct = Convolution.$usesTransforms.withValue(false) { test.made }
        #expect(relativeError(test.run(direct, x, images: test.batch), expected) < 5e-7)
    }

    @Test("Outputs among other channels leave those alone", arguments: WindowReference.convolutions)
    func spans(_ test: WindowReference) {
        let convolution = test.made
        let alone = test.run(convolution, test.x, images: test.batch)
        let among = test.run(convolution, test.x, images: test.batch, before: 5)
        let channels = 5 + test.outputs + 3
        for (index, value) in among.enumerated() {
            let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels)
            let own = (5..<5 + test.outputs).contains(channel)
            let expected = own ? alone[pixel * test.outputs + channel - 5] : -7
            guard value == expected else {
                Issue.record("\(value) in channel \(channel) of pixel \(pixel), expected \(expected)")
                return
            }
        }
    }

    @Test(
        "An image has the same bits alone and among others, on 1, 2 and 3 threads",
        arguments: WindowReference.convolutions)
    func batches(_ test: WindowReference) throws {
        defer { Workers.stop() }
        let images = 9
        let x = uniform(images * test.shape.imageCount, seed: 34)
        let convolution = test.made
        try Workers.start(threads: 1)
        let size = test.shape.imageCount
        var alone: [Float] = []
        for image in 0..<images {
            alone += test.run(convolution, Array(x[image * size..<(image + 1) * size]), images: 1)
        }
        for threads in 1...3 {
            try Workers.start(threads: threads, spin: threads == 2 ? 0 : 20_000)
            #expect(test.run(convolution, x, images: images) == alone, "\(threads) threads")
        }
    }

    @Test("Poolings against the definition, on 1 and 3 threads", arguments: WindowReference.poolings)
    func poolings(_ test: WindowReference) throws {
        defer { Workers.stop() }
        let (x, shape) = (BufferView(test.x), test.shape)
        for threads in [1, 3] {
            try Workers.start(threads: threads)
            let count = test.batch * shape.places * shape.channels
            let (largest, mean) = (BufferView(count: count), BufferView(count: count))
            WindowPooling.maximum(x, batch: test.batch, shape: shape, into: ChannelSpan(largest, of: shape.channels))
            WindowPooling.mean(x, batch: test.batch, shape: shape, into: ChannelSpan(mean, of: shape.channels))
            #expect(largest.array.map { Double($0) } == test.maximum(test.x))
            #expect(relativeError(mean.array, test.mean(test.x)) < 2e-7)
        }
    }

    @Test("Bilinear sampling of a plane is the plane, clamped at its borders")
    func plane() throws {
        // 3 + 2 i − j at row i and column j.
        let x = BufferView((0..<5).flatMap { i in (0..<4).map { j in Float(3 + 2 * i - j) } })
        let rows = BilinearSampling.Axis(size: 5, positions: [-0.5, 0, 0.25, 3.5, 4, 9])
        let columns = BilinearSampling.Axis(size: 4, positions: [-2, 1.75, 3.5])
        let y = BufferView(count: 6 * 3 * 3)
        BilinearSampling.sample(
            x, batch: 1, channels: 1, rows: rows, columns: columns, factor: 2, shift: -1, outputChannels: 3, into: y)
        var expected: [Float] = []
        for row in [Float(0), 0, 0.25, 3.5, 4, 4] {
            for column in [Float(0), 1.75, 3] {
                let value = (3 + 2 * row - column) * 2 - 1
                expected += [value, value, value]
            }
        }
        #expect(y.array == expected)
    }

    @Test("Bilinear sampling of colours keeps channels and images apart")
    func colours() {
        let (first, second) = (uniform(6 * 5 * 3, seed: 35), uniform(6 * 5 * 3, seed: 36))
        let rows = BilinearSampling.Axis(size: 6, positions: (0..<70).map { Double($0) * 0.08 })
        let columns = BilinearSampling.Axis(size: 5, positions: [0.3, 2.2])
        func sampled(_ x: [Float], images: Int, channels: Int = 3) -> [Float] {
            let y = BufferView(count: images * 70 * 2 * channels)
            BilinearSampling.sample(
                BufferView(x), batch: images, channels: channels, rows: rows, columns: columns, factor: 1, shift: 0,
                outputChannels: channels, into: y)
            return y.array
        }
        let together = sampled(first + second, images: 2)
        #expect(together == sampled(first, images: 1) + sampled(second, images: 1))
        for channel in 0..<3 {
            let alone = sampled(stride(from: channel, to: first.count, by: 3).map { first[$0] }, images: 1, channels: 1)
            #expect(stride(from: channel, to: 70 * 2 * 3, by: 3).map { together[$0] } == alone)
        }
    }
}
