import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

/// Spectral normalisation as an option of a network's builder.
@Suite struct WeightNormalizationTests {
    private func builder(_ isNormalized: Bool, _ names: SpectralNormalization.Names = .suffixes) -> ParameterBuilder {
        ParameterBuilder(weightNormalization: isNormalized ? SpectralNormalization(names) : nil)
    }

    /// Layers of all kinds, with biases and other parameters among what they declare.
    private func declare(in builder: inout ParameterBuilder) {
        let relu = Activation(slope: 0, gain: 1)
        _ = Dense("dense", input: 8, output: 6, lrMultiplier: 0.5, gain: 3, in: &builder)
        _ = EqualizedConvolution("conv", input: 8, output: 6, kernel: 3, activation: Activation(), in: &builder)
        _ = EqualizedConvolution(
            "linear", input: 8, output: 6, kernel: 1, hasBias: false, activation: Activation(slope: 1, gain: 0.75),
            in: &builder)
        _ = HeConvolution("he", input: 8, output: 6, kernel: 3, scaling: HeScaling(), activation: relu, in: &builder)
        _ = HeDense(
            "image", input: 8, output: 3, image: .output(height: 2, width: 2), scaling: HeScaling(), activation: relu,
            in: &builder)
        _ = ToRGB("rgb", input: 8, output: 3, styleDim: 5, clamp: nil, in: &builder)
        _ = GlorotConvolution("glorot", input: 8, output: 6, kernel: 3, in: &builder)
        _ = ClassEmbedding("plain", classes: 4, features: 6, isNormalized: false, in: &builder)
        _ = ClassEmbedding("embedding", classes: 4, features: 6, isNormalized: true, in: &builder)
        builder.withoutNormalization {
            _ = Dense("decoder", input: 8, output: 6, in: &$0)
        }
    }

    @Test func whichParametersAreNormalized() {
        var builder = builder(true)
        declare(in: &builder)
        let normalized = builder.declarations.filter { $0.reparametrization != nil }.map(\.name)
        #expect(
            normalized == [
                "dense.weight", "conv.weight", "linear.weight", "he/weight", "image/weight", "rgb.affine.weight",
                "rgb.weight", "glorot/w", "embedding",
            ])
        var plain = self.builder(false)
        declare(in: &plain)
        #expect(plain.declarations.allSatisfy { $0.reparametrization == nil })
        // What is stored starts the same.
        let trained = builder.declarations.filter(\.isTrained)
        #expect(trained.map(\.name) == plain.declarations.map(\.name))
        #expect(trained.map(\.layout) == plain.declarations.map(\.layout))
    }

    /// 1/√fanIn is left out, the layers' own gains are not.
    @Test func layersUseTheirGainsOnly() {
        var builder = builder(true)
        declare(in: &builder)
        let scales = Dictionary(
            uniqueKeysWithValues: builder.declarations.filter { $0.reparametrization != nil }.map {
                ($0.name, $0.scale)
            })
        #expect(
            scales == [
                "dense.weight": 3, "conv.weight": 1, "linear.weight": 0.75, "he/weight": 1, "image/weight": 1,
                "rgb.affine.weight": 1, "rgb.weight": 1, "glorot/w": 1, "embedding": 1,
            ])
        // Behind normalisation as without it, the decoder has equalised learning rate.
        let decoder = builder.declarations.first { $0.name == "decoder.weight" }?.scale
        #expect(decoder == 1 / Float(8).squareRoot())
    }

    /// The norm of what layers use is their gain, from the first values on and after a hundred moved ones.
    @Test func normsOfWhatLayersUse() throws {
        var builder = builder(true)
        declare(in: &builder)
        let parameters = Parameters(builder.declarations)
        parameters.initialize(seed: 1, network: 0)
        var samples = Samples(seed: 2)
        for round in 0..<2 {
            for entry in parameters.trained where entry.declaration.reparametrization != nil {
                let used = parameters.tensor(entry.name, parameters.weights(differentiable: false)).array
                let shape = entry.declaration.layout.shape
                let norm =
                    MatrixNorm.largest(used.map(Double.init), columns: shape[shape.count - 1])
                    / Double(entry.declaration.scale)
                #expect(abs(norm - 1) < 0.1, "\(entry.name), round \(round): \(norm)")
            }
            for _ in 0..<100 {
                let moved = zip(parameters.values.array, samples.floats(parameters.values.count)).map { $0 + $1 / 8 }
                Elementwise.copy(BufferView(moved), into: parameters.values)
                parameters.didChange()
                parameters.advance()
            }
        }
    }

    @Test func stateBesideTheParameter() {
        var builder = builder(true, .siblings)
        _ = GlorotConvolution("block/conv", input: 2, output: 3, kernel: 3, in: &builder)
        _ = GlorotDense("first", input: 4, image: (2, 2, 3), in: &builder)
        _ = ClassEmbedding("d/table", classes: 5, features: 3, isNormalized: true, in: &builder)
        #expect(
            builder.declarations.map(\.name) == [
                "block/conv/w", "block/conv/u", "block/conv/v", "block/conv/biases", "first/Matrix", "first/u",
                "first/v", "first/bias", "d/table", "d/u", "d/v",
            ])
        #expect(
            builder.declarations.map(\.layout.referenceShape) == [
                [3, 2, 3, 3], [3], [1, 2, 3, 3], [3], [12, 4], [12, 1], [4], [3, 2, 2], [5, 3], [5], [3],
            ])
    }
}
