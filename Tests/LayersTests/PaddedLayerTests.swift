import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

/// Layers on maps without a border: whatever is rolled stays itself.
@Suite struct PaddedLayerTests {
    private static let (samples, height, width, input) = (2, 6, 4, 5)

    private func image(_ height: Int, _ width: Int, _ channels: Int, seed: UInt64) -> Tensor {
        var random = Samples(seed: seed)
        return Tensor(
            random.floats(Self.samples * height * width * channels), shape: [Self.samples, height, width, channels])
    }

    /// Rolled by so many rows and columns.
    private func rolled(_ x: Tensor, _ rows: Int, _ columns: Int) -> Tensor {
        let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
        let values = x.array
        var result = values
        for index in values.indices {
            let (pixel, channel) = (index / channels, index % channels)
            let (image, place) = (pixel / (height * width), pixel % (height * width))
            let (row, column) = ((place / width + rows) % height, (place % width + columns) % width)
            result[((image * height + row) * width + column) * channels + channel] = values[index]
        }
        return Tensor(result, shape: x.shape)
    }

    /// - Parameter factor: of the resolution, in halves.
    private func verify(
        halves factor: Int, _ layer: (Tensor, Weights) -> Tensor, _ declarations: [ParameterDeclaration],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let parameters = Parameters.random(declarations, seed: 1)
        let weights = parameters.weights(differentiable: false)
        let x = image(Self.height, Self.width, Self.input, seed: 2)
        let expected = rolled(layer(x, weights), factor, factor)
        let found = layer(rolled(x, 2, 2), weights)
        #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
        #expect(relativeError(found.array, expected.array) < 2e-6, sourceLocation: sourceLocation)
    }

    private static func halves(_ resampling: ResolutionChange) -> Int {
        switch resampling {
        case .none: 2
        case .up: 4
        case .down: 1
        }
    }

    static let changes: [ResolutionChange] = [.none, .up, .down]

    @Test("Convolutions of every family", arguments: changes, [1, 3])
    func convolutions(resampling: ResolutionChange, kernel: Int) {
        let factor = Self.halves(resampling)
        let equalized = DeclaredLayer {
            EqualizedConvolution(
                "a", input: Self.input, output: 3, kernel: kernel, resampling: resampling, padding: .periodic,
                activation: Activation(), in: &$0)
        }
        verify(halves: factor, { equalized.layer($0, $1) }, equalized.declarations)
        let he = DeclaredLayer {
            HeConvolution(
                "a", input: Self.input, output: 3, kernel: kernel, resampling: resampling, padding: .periodic,
                scaling: HeScaling(), activation: Activation(), in: &$0)
        }
        verify(halves: factor, { he.layer($0, $1) }, he.declarations)
        let glorot = DeclaredLayer {
            GlorotConvolution(
                "a", input: Self.input, output: 3, kernel: kernel, resampling: resampling, padding: .periodic,
                activation: Activation(), in: &$0)
        }
        verify(halves: factor, { glorot.layer($0, $1) }, glorot.declarations)
    }

    @Test("The residual block in attention's place")
    func residual() {
        let declared = DeclaredLayer {
            ResidualBottleneck("a", channels: Self.input, convention: .sagan, padding: .periodic, in: &$0)
        }
        verify(halves: 2, { declared.layer($0, $1) }, declared.declarations)
    }

    @Test("Synthesis layers, on rectangles", arguments: [false, true])
    func synthesis(isUp: Bool) {
        let (height, width) = isUp ? (2 * Self.height, 2 * Self.width) : (Self.height, Self.width)
        let declared = DeclaredLayer {
            SynthesisLayer(
                "a", input: Self.input, output: 4, styleDim: 6, resolution: 8, isUp: isUp, clamp: nil,
                size: (height, width), padding: .periodic, in: &$0)
        }
        let layer = declared.layer
        #expect(layer.height == height && layer.width == width && layer.resolution == 8)
        var random = Samples(seed: 4)
        let w = Tensor(random.floats(Self.samples * 6), shape: [Self.samples, 6])
        verify(halves: isUp ? 4 : 2, { layer($0, w: w, noise: .none, $1) }, declared.declarations)
        // Its noise is as large as its output.
        let parameters = Parameters.random(declared.declarations, seed: 1)
        let y = layer(
            image(Self.height, Self.width, Self.input, seed: 5), w: w, noise: .constant,
            parameters.weights(differentiable: false))
        #expect(y.shape == [Self.samples, height, width, 4])
        #expect(parameters.stored("a.noise_const").count == height * width)
    }

    /// A border of zeros is a place.
    @Test("Without a padding a rolled input gives something else")
    func zeros() {
        let declared = DeclaredLayer {
            EqualizedConvolution("a", input: Self.input, output: 3, kernel: 3, activation: Activation(), in: &$0)
        }
        let weights = Parameters.random(declared.declarations, seed: 1).weights(differentiable: false)
        let x = image(Self.height, Self.width, Self.input, seed: 2)
        let (found, expected) = (declared.layer(rolled(x, 2, 2), weights), rolled(declared.layer(x, weights), 2, 2))
        #expect(relativeError(found.array, expected.array) > 0.1)
    }
}
