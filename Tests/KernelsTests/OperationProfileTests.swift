import Foundation
import Kernels
import Testing

@Suite struct OperationProfileTests {
    /// What an operation is to leave in the profile, by hand.
    struct Case: Sendable, CustomTestStringConvertible {
        let kind: OperationKind
        let shape: String
        let arithmetic: Int
        /// Elements read and written.
        let elements: Int
        let run: @Sendable () -> Void

        var testDescription: String { "\(kind.rawValue) \(shape)" }

        init(
            _ kind: OperationKind, _ shape: String, _ arithmetic: Int, _ elements: Int,
            _ run: @escaping @Sendable () -> Void
        ) {
            (self.kind, self.shape, self.arithmetic, self.elements, self.run) = (kind, shape, arithmetic, elements, run)
        }
    }

    private static let pooling = WindowShape(height: 5, width: 5, channels: 3, kernel: (3, 3), stride: 2)

    private static var windowConvolution: WindowConvolution {
        WindowConvolution(
            WindowShape(height: 5, width: 4, channels: 3, kernel: (3, 1), padding: (1, 0)), outputChannels: 7,
            weights: [Float](repeating: 1, count: 63), bias: [Float](repeating: 1, count: 7))
    }

    private static let sliding = SlidingConvolution(
        WindowShape(height: 4, width: 6, channels: 3, kernel: (4, 4), stride: 2, padding: (1, 1)), batch: 2, outputs: 5)

    private static let grouped = GroupedConvolution(batch: 2, height: 5, width: 4, channels: 6, groups: 3)

    private static let predicted = PredictedConvolution(batch: 2, height: 5, width: 4, channels: 3)

    private static var map: AffineGeometry {
        AffineGeometry(height: 5, width: 4, inverse: (1, 0, 0, 0, 1, 0), upsampling: .wavelet)
    }

    private static func ones(_ count: Int) -> BufferView { BufferView([Float](repeating: 1, count: count)) }

    /// 2 images of 8×8, 3 → 5 channels.
    private static func shape(
        kernel: Int = 3, stride: Int = 1, _ resampling: ConvolutionShape.Resampling = .none
    ) -> ConvolutionShape {
        ConvolutionShape(
            batch: 2, height: 8, width: 8, inputChannels: 3, outputChannels: 5, kernel: kernel, stride: stride,
            resampling: resampling)
    }

    private static func convolve(_ shape: ConvolutionShape) {
        Convolution.forward(
            ones(shape.inputCount), ones(shape.weightCount), into: ones(shape.outputCount), shape: shape)
    }

    /// Of two samples with 4 positions and 3 channels.
    private static var terms: Epilogue.Terms {
        Epilogue.Terms(scale: ones(6), noise: ones(8), strength: 1, bias: ones(3), activation: Activation())
    }

    private static var normTerms: BatchNorm.Terms {
        BatchNorm.Terms(mean: ones(3), scale: ones(6), bias: ones(3))
    }

    private static let attention = AttentionShape(samples: 2, queries: 4, keys: 5, depth: 3, values: 2)

    static let cases: [Case] = [
        // 2 · 2 images · 64 pixels · 9 taps · 3 · 5; inputs 384, weights 135, outputs 640.
        Case(.convolution, "3×3 2×8×8 3→5", 34_560, 384 + 135 + 640) { convolve(shape()) },
        Case(.convolution, "1×1 2×8×8 3→5", 3840, 384 + 15 + 640) { convolve(shape(kernel: 1)) },
        // A quarter of the outputs.
        Case(.convolution, "3×3 2×8×8 3→5 stride 2", 8640, 384 + 135 + 160) { convolve(shape(stride: 2)) },
        Case(.convolution, "3×3 2×8×8 3→5 down", 8640, 384 + 135 + 160) { convolve(shape(.down)) },
        // As many products as there are inputs; four times the outputs.
        Case(.convolution, "3×3 2×8×8 3→5 up", 34_560, 384 + 135 + 2560) { convolve(shape(.up)) },
        Case(.convolution, "3×3 2×8×8 3→5 nearest up", 34_560, 384 + 135 + 2560) { convolve(shape(.nearestUp)) },
        Case(.convolution, "3×3 2×8×8 3→5 box down", 8640, 384 + 135 + 160) { convolve(shape(.boxDown)) },
        Case(.convolutionInputGradient, "3×3 2×8×8 3→5", 34_560, 384 + 135 + 640) {
            Convolution.inputGradient(ones(640), ones(135), into: ones(384), shape: shape())
        },
        Case(.convolutionWeightGradient, "3×3 2×8×8 3→5", 34_560, 384 + 135 + 640) {
            Convolution.weightGradient(ones(384), ones(640), into: ones(135), shape: shape())
        },
        Case(.product, "4×3 · 3×5", 120, 12 + 15 + 20) {
            MatrixProduct.multiply(ones(12), ones(15), into: ones(20), rows: 4, columns: 5, depth: 3)
        },
        Case(.product, "3×4ᵀ · 5×3ᵀ", 120, 12 + 15 + 20) {
            MatrixProduct.multiply(
                ones(12), ones(15), into: ones(20), rows: 4, columns: 5, depth: 3, transposeA: true,
                transposeB: true)
        },
        Case(.product, "2 of 4×3 · 3×5", 240, 2 * (12 + 15 + 20)) {
            MatrixProduct.multiply(ones(24), ones(30), into: ones(40), samples: 2, rows: 4, columns: 5, depth: 3)
        },
        Case(.add, "2×3, 1×3", 0, 6 + 3 + 6) {
            Broadcast.binary(.add, ones(6), [2, 3], ones(3), [1, 3], into: ones(6), shape: [2, 3])
        },
        Case(.subtract, "2×1, 1×3 → 2×3", 0, 2 + 3 + 6) {
            Broadcast.binary(.subtract, ones(2), [2, 1], ones(3), [1, 3], into: ones(6), shape: [2, 3])
        },
        Case(.multiply, "6, 6", 0, 18) {
            Broadcast.binary(.multiply, ones(6), [6], ones(6), [6], into: ones(6), shape: [6])
        },
        // Its result is set to zero first: a part of it, not an operation of its own.
        Case(.contract, "4×3 · 4×1 → 1×3", 24, 12 + 4 + 3) {
            Broadcast.contract(ones(12), [4, 3], ones(4), [4, 1], into: ones(3), [1, 3])
        },
        Case(.contract, "4×3 → 1×1", 12, 13) {
            Broadcast.contract(ones(12), [4, 3], nil, nil, into: ones(1), [1, 1])
        },
        Case(.affine, "7", 0, 14) { Elementwise.affine(ones(7), scale: 2, into: ones(7)) },
        Case(.power, "7", 0, 14) { Elementwise.power(ones(7), 2, into: ones(7)) },
        Case(.softplus, "7", 0, 14) { Elementwise.softplus(ones(7), into: ones(7)) },
        Case(.sigmoid, "7", 0, 14) { Elementwise.sigmoid(ones(7), into: ones(7)) },
        Case(.exponential, "7", 0, 14) { Elementwise.exponential(ones(7), into: ones(7)) },
        Case(.logarithm, "7", 0, 14) { Elementwise.logarithm(ones(7), into: ones(7)) },
        Case(.atLeast, "7", 0, 14) { Elementwise.atLeast(ones(7), 0, into: ones(7)) },
        Case(.mask, "7", 0, 21) { Elementwise.mask(ones(7), whereAbove: 0, ones(7), into: ones(7)) },
        Case(.accumulate, "7", 0, 21) { Elementwise.accumulate(ones(7), into: ones(7)) },
        Case(.fill, "7", 0, 7) { Elementwise.fill(ones(7), with: 0) },
        Case(.copy, "7", 0, 14) { Elementwise.copy(ones(7), into: ones(7)) },
        Case(.copyRows, "2×3", 0, 12) {
            Elementwise.copyRows(ones(10), rowStride: 5, into: ones(6), rowStride: 3, rows: 2, count: 3)
        },
        // Two samples of 4 positions and 3 channels: y and out, scale, noise and bias.
        Case(.epilogue, "2×4×3", 0, 2 * 24 + 6 + 8 + 3) {
            Epilogue.forward(ones(24), terms, samples: 2, channels: 3, into: ones(24))
        },
        Case(.epilogue, "1×8×3", 0, 2 * 24) {
            Epilogue.forward(ones(24), .init(), samples: 1, channels: 3, into: ones(24))
        },
        Case(.epilogueInverse, "24", 0, 2 * 24) {
            Epilogue.inverse(ones(24), terms, samples: 2, channels: 3, into: ones(24))
        },
        Case(.scaleGradient, "24", 0, 3 * 24) {
            Epilogue.scaleGradient(ones(24), ones(24), scale: ones(6), samples: 2, channels: 3, into: ones(6))
        },
        // g, output and gy; scale and noise; the three sums.
        Case(.epilogueGradient, "2×4×3", 0, 3 * 24 + 6 + 8 + 6 + 3 + 1) {
            Epilogue.gradient(
                ones(24), output: ones(24), terms, samples: 2, channels: 3, into: ones(24), scaleGradient: ones(6),
                biasGradient: ones(3), strengthGradient: ones(1))
        },
        Case(.biasGradient, "8×3", 0, 24) { Epilogue.biasGradient(ones(24), into: ones(3)) },
        Case(.activationGradient, "7", 0, 21) {
            Epilogue.activationGradient(ones(7), output: ones(7), activation: Activation(), into: ones(7))
        },
        Case(.upsample, "2×4×4×3", 0, 96 + 384) {
            ResamplingKernels.up(ones(96), into: ones(384), batch: 2, height: 4, width: 4, channels: 3)
        },
        Case(.downsample, "2×4×4×3", 0, 96 + 24) {
            ResamplingKernels.down(ones(96), into: ones(24), batch: 2, height: 4, width: 4, channels: 3)
        },
        Case(.nearestUpsample, "2×4×4×3", 0, 96 + 384) {
            BoxResampling.up(ones(96), into: ones(384), batch: 2, height: 4, width: 4, channels: 3)
        },
        Case(.nearestUpsampleAdd, "2×4×4×3", 0, 96 + 384 + 384) {
            BoxResampling.upAdded(
                ones(96), to: ones(384), into: ones(384), batch: 2, height: 4, width: 4, channels: 3)
        },
        Case(.boxDownsample, "2×4×4×3", 0, 96 + 24) {
            BoxResampling.down(ones(96), into: ones(24), batch: 2, height: 4, width: 4, channels: 3)
        },
        // Large and small images, and the choice.
        Case(.maxPooling, "2×4×4×3", 0, 96 + 24 + 24) {
            MaxPooling.forward(
                ones(96), into: ones(24), choice: ones(24), batch: 2, height: 4, width: 4, channels: 3)
        },
        Case(.maxPoolingScatter, "2×4×4×3", 0, 96 + 24 + 24) {
            MaxPooling.scatter(
                ones(24), choice: ones(24), into: ones(96), batch: 2, height: 4, width: 4, channels: 3)
        },
        Case(.maxPoolingGather, "2×4×4×3", 0, 96 + 24 + 24) {
            MaxPooling.gather(
                ones(96), choice: ones(24), into: ones(24), batch: 2, height: 4, width: 4, channels: 3)
        },
        Case(.batchNormMoments, "8×3", 0, 24) { BatchNorm.moments(ones(24), around: ones(3), into: ones(6)) },
        Case(.batchNorm, "8×3", 0, 48) { BatchNorm.forward(ones(24), normTerms, samples: 2, into: ones(24)) },
        Case(.batchNormGradientSums, "8×3", 0, 48) {
            BatchNorm.gradientSums(ones(24), ones(24), normTerms, samples: 2, into: ones(12))
        },
        Case(.batchNormGradient, "8×3", 0, 72) {
            BatchNorm.gradient(
                ones(24), ones(24), normTerms, slope: ones(3), offset: ones(3), samples: 2, into: ones(24))
        },
        // 2 samples, 4 queries, 5 keys, 3 and 2 channels: of each weight so many products; queries 24, keys 30, values
        // 20, results 16.
        Case(.attention, "2 of 4×3 · 5×3ᵀ · 5×2", 2 * 40 * (3 + 2), 90) {
            Attention.forward(queries: ones(24), keys: ones(30), values: ones(20), into: ones(16), shape: attention)
        },
        Case(.attentionGradient, "2 of 4×3 · 5×3ᵀ · 5×2", 2 * 40 * (3 * 3 + 2 * 2), 180) {
            Attention.gradient(
                ones(16), queries: ones(24), keys: ones(30), values: ones(20), queryGradient: ones(24),
                keyGradient: ones(30), valueGradient: ones(20), shape: attention)
        },
        Case(.attentionSecondGradient, "2 of 4×3 · 5×3ᵀ · 5×2", 2 * 40 * (7 * 3 + 5 * 2), 270) {
            Attention.secondGradient(
                ones(16), queries: ones(24), keys: ones(30), values: ones(20), ofQueries: ones(24), ofKeys: ones(30),
                ofValues: ones(20),
                into: Attention.SecondGradients(
                    queries: ones(24), keys: ones(30), values: ones(20), gradient: ones(16)), shape: attention)
        },
        // 2 of 5×4 with 3 channels, windows of 3×1 at 5×4 places: 2·(60 + 20·7) elements and 3·3·7 weights.
        Case(.windowConvolution, "3×1 2×5×4 3→7 padding 1, 0", 2 * 2 * 20 * 9 * 7, 2 * (60 + 140) + 63) {
            windowConvolution.forward(ones(120), batch: 2, into: ChannelSpan(ones(280), of: 7))
        },
        // 2 of 4×6 with 3 channels, windows of 4×4 at 2×3 places: 2·(72 + 6·5) elements and 16·3·5 weights.
        Case(.windowConvolution, "4×4 2×4×6 3→5 stride 2 padding 1, 1", 2 * 2 * 6 * 240, 2 * (72 + 30) + 240) {
            sliding.forward(ones(144), ones(240), into: ones(60))
        },
        Case(
            .windowConvolutionInputGradient, "4×4 2×4×6 3→5 stride 2 padding 1, 1", 2 * 2 * 6 * 240, 2 * (72 + 30) + 240
        ) {
            sliding.inputGradient(ones(60), ones(240), into: ones(144))
        },
        Case(
            .windowConvolutionWeightGradient, "4×4 2×4×6 3→5 stride 2 padding 1, 1", 2 * 2 * 6 * 240,
            2 * (72 + 30) + 240
        ) {
            sliding.weightGradient(ones(144), ones(60), into: ones(240))
        },
        // 2 of 5×4 with 6 channels, of which each meets two at 9 taps: 240 elements in, as many out, and 108 weights.
        Case(.groupedConvolution, "3×3 2×5×4 6 in 3", 2 * 40 * 108, 2 * 240 + 108) {
            grouped.forward(ones(240), ones(108), into: ones(240))
        },
        Case(.groupedConvolutionInputGradient, "3×3 2×5×4 6 in 3", 2 * 40 * 108, 2 * 240 + 108) {
            grouped.inputGradient(ones(240), ones(108), into: ones(240))
        },
        Case(.groupedConvolutionWeightGradient, "3×3 2×5×4 6 in 3", 2 * 40 * 108, 2 * 240 + 108) {
            grouped.weightGradient(ones(240), ones(240), into: ones(108))
        },
        // Images in and out, and nine weights for each of their numbers.
        Case(.predictedConvolution, "2×5×4×3", 18 * 120, 11 * 120) {
            predicted.forward(ones(120), ones(1080), into: ones(120))
        },
        Case(.predictedConvolutionInputGradient, "2×5×4×3", 18 * 120, 11 * 120) {
            predicted.inputGradient(ones(120), ones(1080), into: ones(120))
        },
        Case(.predictedConvolutionKernelGradient, "2×5×4×3", 18 * 120, 11 * 120) {
            predicted.kernelGradient(ones(120), ones(120), into: ones(1080))
        },
        Case(.bilinearUpsample, "2×4×4×3", 0, 96 + 384) {
            BilinearDoubling.up(ones(96), into: ones(384), batch: 2, height: 4, width: 4, channels: 3)
        },
        Case(.bilinearUpsampleAdjoint, "2×4×4×3", 0, 96 + 384) {
            BilinearDoubling.adjoint(ones(384), into: ones(96), batch: 2, height: 4, width: 4, channels: 3)
        },
        // x, gain, bias and y; g and the gradients that are wanted besides.
        Case(.modulation, "7", 0, 28) {
            Modulation.forward(ones(7), gain: ones(7), bias: ones(7), .linear, into: ones(7))
        },
        Case(.modulationGradient, "7", 0, 42) {
            Modulation.gradient(
                ones(7), ones(7), gain: ones(7), bias: ones(7), .linear, into: ones(7), nil, ones(7))
        },
        Case(.windowMaximum, "3×3 2×5×5 3 stride 2", 0, 2 * (75 + 12)) {
            WindowPooling.maximum(ones(150), batch: 2, shape: pooling, into: ChannelSpan(ones(24), of: 3))
        },
        Case(.windowMean, "3×3 2×5×5 3 stride 2", 0, 2 * (75 + 12)) {
            WindowPooling.mean(ones(150), batch: 2, shape: pooling, into: ChannelSpan(ones(24), of: 3))
        },
        Case(.bilinearSampling, "2×5×4×3", 0, 120 + 36) {
            BilinearSampling.sample(
                ones(120), batch: 2, channels: 3, rows: .init(size: 5, positions: [0, 1, 2]),
                columns: .init(size: 4, positions: [0.5, 1]), factor: 1, shift: 0, outputChannels: 3, into: ones(36))
        },
        // Two samples of 5×4 with 3 channels, read and written.
        Case(.affineResampling, "2×5×4×3", 0, 240) {
            AffineResampling.forward(ones(120), into: ones(120), by: [map, nil], height: 5, width: 4, channels: 3)
        },
        Case(.affineResamplingAdjoint, "2×5×4×3", 0, 240) {
            AffineResampling.adjoint(ones(120), into: ones(120), by: [map, nil], height: 5, width: 4, channels: 3)
        },
        Case(.recoloring, "120", 0, 240) {
            Recoloring.apply(
                ones(120), into: ones(120),
                transforms: [.init(matrix: [Float](repeating: 1, count: 9), offset: [0, 0, 0]), nil], pixels: 20,
                channels: 3)
        },
        Case(.imageFilter, "2×5×4×3", 0, 240) {
            ImageFiltering.forward(ones(120), into: ones(120), taps: [[1, 1], nil], height: 5, width: 4, channels: 3)
        },
        Case(.imageFilterAdjoint, "2×5×4×3", 0, 240) {
            ImageFiltering.adjoint(ones(120), into: ones(120), taps: [[1, 1], nil], height: 5, width: 4, channels: 3)
        },
        Case(.shift, "2×5×4×3", 0, 240) {
            Shifting.apply(
                ones(120), into: ones(120), rows: [1, 0], columns: [0, 1], height: 5, width: 4, channels: 3)
        },
        Case(.spectralNormProduct, "4×3", 0, 12) { SpectralNorm.product(ones(12), ones(3), into: ones(4)) },
        Case(.spectralNormProduct, "5×3", 0, 15) { SpectralNorm.transposedProduct(ones(15), ones(5), into: ones(3)) },
        Case(.spectralNormAdjoint, "4×3", 0, 48) {
            SpectralNorm.adjoint(ones(12), used: ones(12), ones(4), ones(3), sigma: 2)
        },
        Case(.pixelNorm, "8×3", 0, 48) { PixelNorm.forward(ones(24), channels: 3, into: ones(24)) },
        Case(.pixelNormGradient, "8×3", 0, 72) {
            PixelNorm.gradient(ones(24), ones(24), channels: 3, into: ones(24))
        },
        Case(.normals, "6", 0, 6) { Draws.normals(key: 1, firstRow: 0, c2: 0, c3: 0, into: ones(6), rowCount: 3) },
        Case(.uniforms, "6", 0, 6) { Draws.uniforms(key: 1, firstRow: 0, c2: 0, c3: 0, into: ones(6), rowCount: 3) },
        // Parameters and both moments are read and written, gradients read.
        Case(.adam, "7", 0, 49) {
            OptimizerKernels.adam(
                parameters: ones(7), gradients: ones(7), firstMoments: ones(7), secondMoments: ones(7),
                .init(gradientScale: 1, stepSize: 1, beta1: 0, beta2: 0, correction: 1, epsilon: 1))
        },
        Case(.movingAverage, "7", 0, 21) { OptimizerKernels.movingAverage(ones(7), of: ones(7), decay: 0.5) },
        Case(.norm, "7", 0, 7) { _ = OptimizerKernels.norm(ones(7)) },
    ]

    @Test("Every operation is one line with its shape, arithmetic and bytes", arguments: cases)
    func operation(_ expected: Case) throws {
        OperationProfile.start()
        defer { OperationProfile.stop() }
        for _ in 0..<3 { expected.run() }
        let lines = OperationProfile.take().lines
        let line = try #require(lines.first)
        #expect(lines.count == 1, "\(lines.map(\.kind))")
        #expect(line.kind == expected.kind && line.shape.description == expected.shape, "\(line.kind) \(line.shape)")
        #expect(line.calls == 3 && line.part == nil && line.seconds > 0)
        #expect(line.arithmetic == 3 * expected.arithmetic)
        #expect(line.bytes == 3 * 4 * expected.elements)
    }

    @Test("Every kind of operation has a case here")
    func complete() {
        #expect(Set(Self.cases.map(\.kind)) == Set(OperationKind.allCases))
    }

    @Test("Off, nothing is recorded")
    func off() {
        let x = Self.ones(7)
        Elementwise.fill(x, with: 1)
        #expect(OperationProfile.take().lines.isEmpty)
        OperationProfile.start()
        #expect(OperationProfile.take().lines.isEmpty, "from before the start")
        Elementwise.fill(x, with: 1)
        OperationProfile.stop()
        Elementwise.fill(x, with: 1)
        #expect(OperationProfile.take().lines.isEmpty)
        OperationProfile.start()
        #expect(OperationProfile.take().lines.isEmpty, "from before the stop, or after it")
        OperationProfile.stop()
    }

    @Test("Each thread records its own operations only")
    func threads() {
        OperationProfile.start()
        defer { OperationProfile.stop() }
        let silent = run(onAnotherThread: {
            Elementwise.fill(Self.ones(7), with: 1)
            return OperationProfile.take().lines.map(\.kind)
        })
        #expect(silent == [])
        let other = run(onAnotherThread: {
            OperationProfile.start()
            defer { OperationProfile.stop() }
            OptimizerKernels.movingAverage(Self.ones(7), of: Self.ones(7), decay: 0)
            return OperationProfile.take().lines.map(\.kind)
        })
        #expect(other == [.movingAverage])
        Elementwise.affine(Self.ones(7), scale: 1, into: Self.ones(7))
        #expect(OperationProfile.take().lines.map(\.kind) == [.affine])
    }

    @Test("Parts have their own lines, and time for more than their operations")
    func parts() throws {
        let (x, y) = (Self.ones(1000), Self.ones(1000))
        OperationProfile.start()
        defer { OperationProfile.stop() }
        Elementwise.copy(x, into: y)
        for part in [4, 2, 4] {
            OperationProfile.enter(part)
            for _ in 0..<part { Elementwise.copy(x, into: y) }
        }
        OperationProfile.enter(nil)
        Elementwise.copy(x, into: y)
        let log = OperationProfile.take()
        let calls = Dictionary(uniqueKeysWithValues: log.lines.map { ($0.part, $0.calls) })
        #expect(calls == [nil: 2, 4: 8, 2: 2])
        #expect(Set(log.seconds.keys) == [2, 4])
        for line in log.lines {
            guard let part = line.part else { continue }
            #expect(try #require(log.seconds[part]) >= line.seconds)
        }
    }

    @Test("What was taken does not come again, and a part goes on after it")
    func taking() throws {
        let x = Self.ones(7)
        OperationProfile.start()
        defer { OperationProfile.stop() }
        OperationProfile.enter(1)
        Elementwise.fill(x, with: 1)
        usleep(20_000)
        let first = OperationProfile.take()
        Elementwise.fill(x, with: 1)
        let second = OperationProfile.take()
        #expect(first.lines.map(\.calls) == [1] && second.lines.map(\.calls) == [1])
        #expect(second.lines.map(\.part) == [1])
        // Sleeping is no operation, but a time of the part.
        let (whole, inside) = (try #require(first.seconds[1]), try #require(first.lines.first?.seconds))
        #expect(whole - inside >= 0.02)
        #expect(Set(second.seconds.keys) == [1])
    }

    private func run<Result: Sendable>(onAnotherThread body: @escaping @Sendable () -> Result) -> Result? {
        let box = Box<Result>()
        let done = DispatchSemaphore(value: 0)
        Thread {
            box.value = body()
            done.signal()
        }.start()
        done.wait()
        return box.value
    }

    /// Written before the semaphore is signalled, read after.
    private final class Box<Value>: @unchecked Sendable {
        var value: Value?
    }
}
