import Autodiff
import Kernels
import Layers
import Models
import NumericalTesting
import Testing

/// Networks of any family for the same grid, with random parameters, those that start as constants among them, and inputs
/// for them.
struct FieldNetworks {
    enum Family: CaseIterable, Sendable {
        case stylegan2, stylegan2Orig, progressive, sagan

        var grows: Bool { self != .sagan }
    }

    /// What the networks are to be made for.
    struct Wish: Sendable {
        var resolution = 16
        var startHeight = 6
        var startWidth = 4
        var channels = 2
        var labelDim = 0
        var condition = ConditionKind.classes
        var regressionDim = 0
        var padding = Padding.zero
        var boundedOutput = false
        var clamp: Float? = 256
        var attention: [Int] = []
        var maps: Int?

        var grid: NetworkGrid {
            NetworkGrid(resolution: resolution, startHeight: startHeight, startWidth: startWidth)
        }
    }

    static let batch = 2
    static let zDim = 6

    let wish: Wish
    let generator: any Generator
    let discriminator: any Discriminator
    let g: Parameters
    let d: Parameters

    /// - Parameter change: of what there is without.
    init(_ family: Family, _ change: (inout Wish) -> Void = { _ in }) {
        var wish = Wish()
        change(&wish)
        self.wish = wish
        let extras = NetworkExtras(attention: wish.attention)
        let maps = wish.maps.map { LabelMapShape(DecoderShape(resolution: 8), classes: $0) }
        let decoder = maps == nil ? DecoderShape(resolution: 8) : nil
        switch family {
        case .stylegan2, .stylegan2Orig:
            let shape = StyleGAN2Shape(
                resolution: wish.resolution, imageChannels: wish.channels, zDim: Self.zDim, wDim: 8,
                labelDim: wish.labelDim, mappingLayers: 1, channelBase: 128, channelMax: 10, clamp: wish.clamp,
                startHeight: wish.startHeight, startWidth: wish.startWidth, padding: wish.padding,
                boundedOutput: wish.boundedOutput, condition: wish.condition, regressionDim: wish.regressionDim)
            generator = StyleGAN2Generator(shape, extras: extras)
            discriminator = StyleGAN2Discriminator(
                shape, extras: extras, architecture: family == .stylegan2 ? .resnet : .orig, minibatchGroup: 2,
                decoder: decoder, maps: maps, grows: true)
        case .progressive:
            let shape = ProgressiveShape(
                resolution: wish.resolution, imageChannels: wish.channels, zDim: Self.zDim, labelDim: wish.labelDim,
                channelBase: 128, channelMax: 10, mbstdGroup: 2, startHeight: wish.startHeight,
                startWidth: wish.startWidth, padding: wish.padding, condition: wish.condition,
                regressionDim: wish.regressionDim)
            generator = ProgressiveGenerator(shape, extras: extras)
            discriminator = ProgressiveDiscriminator(shape, extras: extras, decoder: decoder, maps: maps)
        case .sagan:
            let shape = SAGANShape(
                resolution: wish.resolution, imageChannels: wish.channels, zDim: Self.zDim, labelDim: wish.labelDim,
                channelBase: 128, channelMax: 10, startHeight: wish.startHeight, startWidth: wish.startWidth,
                padding: wish.padding, boundedOutput: wish.boundedOutput, condition: wish.condition,
                regressionDim: wish.regressionDim)
            generator = SAGANGenerator(shape, extras: extras)
            discriminator = SAGANDiscriminator(shape, extras: extras, decoder: decoder, maps: maps)
        }
        g = Parameters(generator.declarations)
        d = Parameters(discriminator.declarations)
        for (network, parameters) in [g, d].enumerated() {
            parameters.initialize(seed: 1, network: UInt32(network))
            var samples = Samples(seed: UInt64(3 + network))
            for entry in parameters.trained where Set(parameters.view(entry).array).count == 1 {
                Self.change(entry.name, of: parameters) { values in
                    zip(values, samples.floats(entry.count)).map { $0 + $1 / 2 }
                }
            }
        }
    }

    /// Of one parameter.
    static func change(_ name: String, of parameters: Parameters, _ make: ([Float]) -> [Float]) {
        guard let entry = parameters.entry(named: name) else { preconditionFailure("no parameter \(name)") }
        Elementwise.copy(BufferView(make(parameters.view(entry).array)), into: parameters.view(entry))
        parameters.didChange()
    }

    /// Makes the maps that the generator starts from the same at all positions.
    func levelStart() {
        let size = wish.grid.size(at: 4)
        for entry in g.trained
        where ["synthesis.b4.const", "4x4/Dense/weight", "g_snh0/Matrix", "g_snh0/bias"].contains(entry.name) {
            let rows =
                entry.declaration.name.hasSuffix("weight") || entry.name.hasSuffix("Matrix")
                ? FieldNetworks.zDim + wish.labelDim : 1
            Self.change(entry.name, of: g) { values in
                let width = values.count / rows
                let channels = width / size.count
                return values.indices.map { values[$0 / width * width + $0 % width % channels] }
            }
        }
    }

    var labels: Tensor? {
        guard wish.labelDim > 0 else { return nil }
        let n = Self.batch
        guard wish.condition == .vector else {
            return Tensor(
                (0..<n).flatMap { row in (0..<wish.labelDim).map { $0 == row % wish.labelDim ? Float(1) : 0 } },
                shape: [n, wish.labelDim])
        }
        var samples = Samples(seed: 11)
        var rows: [Float] = []
        for _ in 0..<n { rows += samples.floats(wish.labelDim - 1) + [1] }
        return Tensor(rows, shape: [n, wish.labelDim])
    }

    func input(_ noise: Noise = .constant) -> GeneratorInput {
        var samples = Samples(seed: 5)
        return GeneratorInput(
            z: Tensor(samples.floats(Self.batch * Self.zDim, -2...2), shape: [Self.batch, Self.zDim]), labels: labels,
            noise: noise)
    }

    func generated(_ noise: Noise = .constant) -> GeneratorOutput {
        generator(input(noise), g.weights(differentiable: false))
    }

    /// That each parameter that takes part has a gradient of a loss, finite and not all zero.
    ///
    /// - Parameter loss: of the generator's output, what the discriminator says of it, and the discriminator's weights.
    func verifyGradients(_ loss: (GeneratorOutput, DiscriminatorOutput, Weights) throws -> Tensor) throws {
        let activeG = g.selection(generator.activeParameters)
        let activeD = d.selection(discriminator.activeParameters)
        let weights = (
            g: g.weights(differentiable: true, activeG), d: d.weights(differentiable: true, activeD)
        )
        let fake = generator(input(), weights.g)
        let seen = discriminator(fake.image, labels: labels, weights.d)
        let value = try loss(fake, seen, weights.d)
        let variables = activeG.variables(weights.g) + activeD.variables(weights.d)
        for (entry, gradient) in zip(activeG.entries + activeD.entries, gradients(of: value, with: variables)) {
            let values = try #require(gradient, "\(entry.name)").array
            let isFlowing = values.allSatisfy(\.isFinite) && values.contains { $0 != 0 }
            #expect(isFlowing, "\(entry.name)")
        }
    }

    func judged(_ image: Tensor) -> DiscriminatorOutput {
        discriminator(image, labels: labels, d.weights(differentiable: false))
    }
}

extension Tensor {
    /// [N, H, W, C] moved down and to the right, what leaves coming back on the other side.
    func rolled(rows: Int, columns: Int) -> Tensor {
        func turned(_ x: Tensor, _ axis: Int, _ by: Int) -> Tensor {
            let size = x.shape[axis]
            let by = (by % size + size) % size
            guard by > 0 else { return x }
            return .concatenated(
                [x.slice(axis: axis, start: size - by, length: by), x.slice(axis: axis, start: 0, length: size - by)],
                axis: axis)
        }
        return turned(turned(self, 1, rows), 2, columns)
    }
}
