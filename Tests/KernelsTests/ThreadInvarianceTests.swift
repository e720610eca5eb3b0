import Foundation
import Kernels
import NumericalTesting
import Synchronization
import Testing

/// Results do not depend on the number of threads, whatever the threads of other tests are doing meanwhile.
@Suite(.serialized) struct ThreadInvarianceTests {
    /// What `compute` returns, with 1, 2 and 3 threads.
    private func expectSameBits(_ compute: () -> [Float], sourceLocation: SourceLocation = #_sourceLocation) throws {
        defer { Workers.stop() }
        try Workers.start(threads: 1)
        let expected = compute().map(\.bitPattern)
        #expect(!expected.isEmpty)
        for threads in 2...3 {
            try Workers.start(threads: threads, spin: threads == 2 ? 0 : 20_000)
            for _ in 0..<3 {
                #expect(compute().map(\.bitPattern) == expected, "\(threads) threads", sourceLocation: sourceLocation)
            }
        }
    }

    @Test("Broadcast operations and contractions", arguments: BroadcastReference.large)
    func broadcast(_ shapes: BroadcastReference) throws {
        try expectSameBits { shapes.binary(.multiply) + shapes.contraction() + shapes.sum() }
    }

    @Test("Epilogue and its gradient", arguments: EpilogueReference.all)
    func epilogue(_ layer: EpilogueReference) throws {
        try expectSameBits { layer.forward() + layer.gradient().flatMap(\.self) }
    }

    @Test("Resampling")
    func resampling() throws {
        var samples = Samples(seed: 5)
        let x = BufferView(samples.floats(2 * 64 * 48 * 24))
        try expectSameBits {
            let (up, down) = (BufferView(count: 4 * x.count), BufferView(count: x.count / 4))
            ResamplingKernels.up(x, into: up, batch: 2, height: 64, width: 48, channels: 24)
            ResamplingKernels.down(x, into: down, batch: 2, height: 64, width: 48, channels: 24)
            return up.array + down.array
        }
    }

    @Test("Box resampling and pixel norm")
    func progressive() throws {
        var samples = Samples(seed: 7)
        let x = BufferView(samples.floats(2 * 64 * 48 * 24))
        let g = BufferView(samples.floats(x.count))
        try expectSameBits {
            let (up, down) = (BufferView(count: 4 * x.count), BufferView(count: x.count / 4))
            BoxResampling.up(x, into: up, batch: 2, height: 64, width: 48, channels: 24)
            BoxResampling.down(x, into: down, batch: 2, height: 64, width: 48, channels: 24)
            let (norm, gradient) = (BufferView(count: x.count), BufferView(count: x.count))
            PixelNorm.forward(x, channels: 24, into: norm)
            PixelNorm.gradient(g, x, channels: 24, into: gradient)
            return up.array + down.array + norm.array + gradient.array
        }
    }

    @Test("What is done to each sample on its own")
    func imageTransforms() throws {
        var samples = Samples(seed: 10)
        let (height, width, channels) = (24, 20, 35)
        let x = BufferView(samples.floats(3 * height * width * channels))
        let map = AffineGeometry(
            height: height, width: width, inverse: (0.9, -0.7, 1.5, 0.4, 1.1, -2.25), upsampling: .bilinear)
        let taps: [[Float]?] = [samples.floats(9), nil, samples.floats(43)]
        let colors = Recoloring.Colors(matrix: [0.5, -0.25, 1, 0.75, 0, 0.375, -1, 0.125, 0.25], offset: [1, 0, -1])
        try expectSameBits {
            let outputs = (0..<6).map { _ in BufferView(count: x.count) }
            AffineResampling.forward(
                x, into: outputs[0], by: [map, nil, map], height: height, width: width, channels: channels)
            AffineResampling.adjoint(
                x, into: outputs[1], by: [map, nil, map], height: height, width: width, channels: channels)
            ImageFiltering.forward(x, into: outputs[2], taps: taps, height: height, width: width, channels: channels)
            ImageFiltering.adjoint(x, into: outputs[3], taps: taps, height: height, width: width, channels: channels)
            Shifting.apply(
                x, into: outputs[4], rows: [3, 0, -1], columns: [-2, 1, 0], height: height, width: width,
                channels: channels)
            Recoloring.apply(x, into: outputs[5], transforms: [colors], pixels: x.count / 3, channels: 3)
            return outputs.flatMap(\.array)
        }
    }

    @Test("Attention and its gradients", arguments: AttentionReference.cases)
    func attention(_ test: AttentionReference) throws {
        let (operands, u) = (test.operands(), test.operands(seed: 2))
        try expectSameBits {
            let gradients = test.foundGradients(operands)
            return test.found(operands) + gradients.q + gradients.k + gradients.v
                + test.foundSecondGradients(operands, u).flatMap(\.self)
        }
    }

    @Test("Batch normalisation", arguments: BatchNormReference.all)
    func batchNorm(_ test: BatchNormReference) throws {
        let operands = test.operands
        try expectSameBits { test.found(operands).flatMap(\.self) }
    }

    @Test("Max pooling and spectral normalisation")
    func poolingAndSpectralNorm() throws {
        var samples = Samples(seed: 9)
        let (w, g) = (BufferView(samples.floats(2 * 64 * 48 * 24)), samples.floats(2 * 64 * 48 * 24))
        let (u, v) = (BufferView(samples.floats(512)), BufferView(samples.floats(288)))
        try expectSameBits {
            let (small, choice) = (BufferView(count: w.count / 4), BufferView(count: w.count / 4))
            MaxPooling.forward(w, into: small, choice: choice, batch: 2, height: 64, width: 48, channels: 24)
            let (gradient, y, x) = (BufferView(g), BufferView(count: 512), BufferView(count: 288))
            SpectralNorm.adjoint(gradient, used: w, u, v, sigma: 1.5)
            SpectralNorm.product(w, v, into: y)
            SpectralNorm.transposedProduct(w, u, into: x)
            return small.array + choice.array + gradient.array + y.array + x.array
        }
    }

    @Test("Distances of samples")
    func sampleDistances() throws {
        var samples = Samples(seed: 8)
        let (a, b) = (samples.floats(7 * 4001), samples.floats(7 * 4001, -2...2))
        try expectSameBits {
            let (first, second) = (BufferView(a), BufferView(b))
            let distances = SampleDistance.wasserstein(first, second, rowCount: 4001)
            return distances.map { Float($0) } + first.array + second.array
        }
    }

    @Test("Random numbers, norm and optimiser")
    func flat() throws {
        let count = 100_003
        var samples = Samples(seed: 6)
        let gradient = BufferView(samples.floats(count))
        try expectSameBits {
            let p = BufferView(count: count)
            let (m, v) = (
                BufferView([Float](repeating: 0, count: count)), BufferView([Float](repeating: 0, count: count))
            )
            Draws.normals(key: 1, firstRow: 2, c2: 3, c3: 4, into: p, rowCount: count)
            OptimizerKernels.adam(
                parameters: p, gradients: gradient, firstMoments: m, secondMoments: v,
                .init(gradientScale: 1, stepSize: 0.1, beta1: 0.5, beta2: 0.9, correction: 1, epsilon: 1e-8))
            let rows = BufferView(count: 3000)
            Draws.uniforms(key: 1, firstRow: 2, c2: 3, c3: 4, into: rows, rowCount: 3)
            return p.array + rows.array + [Float(OptimizerKernels.norm(p))]
        }
    }

    @Test("Every item of a loop runs once, also in a loop inside a loop")
    func items() throws {
        defer { Workers.stop() }
        for threads in 1...3 {
            try Workers.start(threads: threads)
            for items in [0, 1, 2, 7, 1000] {
                let counts = (0..<items).map { _ in Counter() }
                Workers.forEach(items) { outer in
                    Workers.forEach(3) { _ in counts[outer].value.wrappingAdd(1, ordering: .relaxed) }
                }
                #expect(counts.allSatisfy { $0.value.load(ordering: .relaxed) == 3 })
            }
        }
    }

    private final class Counter: Sendable { let value = Atomic<Int>(0) }

    @Test("Workers may be started and stopped while other threads are in loops", .timeLimit(.minutes(1)))
    func startWhileRunning() throws {
        defer { Workers.stop() }
        let done = Atomic<Bool>(false)
        let wrong = Atomic<Int>(0)
        let loops = Atomic<Int>(0)
        let group = DispatchGroup()
        withoutActuallyEscaping({
            while !done.load(ordering: .relaxed) {
                let sum = Atomic<Int>(0)
                Workers.forEach(20) { sum.wrappingAdd($0, ordering: .relaxed) }
                if sum.load(ordering: .relaxed) != 190 { wrong.wrappingAdd(1, ordering: .relaxed) }
                loops.wrappingAdd(1, ordering: .relaxed)
            }
        }) { body in
            let sendable = UncheckedBody(body: body)
            for _ in 0..<2 { DispatchQueue.global().async(group: group) { sendable.body() } }
            // On a busy machine the other threads may begin late.
            while loops.load(ordering: .relaxed) == 0 { usleep(100) }
            for round in 0..<100 {
                try? Workers.start(threads: 1 + round % 3, spin: round % 2 * 1000)
                usleep(100)
            }
            Workers.stop()
            done.store(true, ordering: .relaxed)
            group.wait()
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(loops.load(ordering: .relaxed) > 0)
    }

    private struct UncheckedBody: @unchecked Sendable { let body: () -> Void }
}
