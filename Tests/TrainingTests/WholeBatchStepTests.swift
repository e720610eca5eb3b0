import Autodiff
import Cluster
import Configuration
import Kernels
import Layers
import Learning
import Models
import Recipes
import State
import SmallRuns
import Testing
import Training

/// Whole steps of a method whose generator looks at the whole batch, and whose discriminator is spectrally normalised.
@Suite struct WholeBatchStepTests {
    private static func engine(_ communicator: any Communicator) throws -> StepEngine {
        let configuration = try Small.configuration(ranks: communicator.size)
        return StepEngine(
            NormalizedGAN(configuration), configuration, communicator: communicator,
            inputs: PhaseInputs(randomizer: Randomizer(seed: 4), styleMixing: 0, datasetLabels: nil))
    }

    @Test func ranksDoNotMatter() throws {
        let alone = try Self.engine(LoopbackCommunicator())
        let start = EngineState(alone)
        try Small.run(alone, steps: 4)
        let expected = EngineState(alone)
        #expect(expected.isFinite)
        // Everything has moved: parameters, moving averages, u and v.
        let moved = Set(expected.differences(from: start))
        // A bias in front of a normalisation has no gradient but rounding.
        let still = start.names.subtracting(moved)
        #expect(still.allSatisfy { $0.hasSuffix("bias") }, "\(still.sorted())")
        #expect(moved.isSuperset(of: ["generator/norm1.running_var", "discriminator/first.weight_u"]))
        for size in [2, 4] {
            let states = try LoopbackGroup(size: size).run { member in
                let engine = try Self.engine(member)
                try Small.run(engine, steps: 4)
                return EngineState(engine)
            }
            for state in states { #expect(state.differences(from: expected) == [], "\(size) ranks") }
        }
    }

    /// What layers use of the discriminator's weights has a norm near 1, whatever the optimiser does to what is stored.
    @Test func weightsStayNormalized() throws {
        let engine = try Self.engine(LoopbackCommunicator())
        let d = engine.networks.d
        d.values.withUnsafeElements { for i in $0.indices { $0[i] *= 10 } }
        d.didChange()
        try Small.run(engine, steps: 6)
        let measured = d.measured
        #expect(measured.map(\.name) == ["first.weight/sigma", "second.weight/sigma"])
        for (_, sigma) in measured { #expect(sigma > 5) }
        // As a second normalisation finds it.
        let spectral = SpectralNormalization()
        for name in ["first.weight", "second.weight"] {
            guard let entry = d.entry(named: name), let u = d.entry(named: name + "_u"),
                let v = d.entry(named: name + "_v")
            else {
                Issue.record("no \(name)")
                continue
            }
            let used = d.weights(differentiable: false)[entry.handle]
            let state = [BufferView(d.view(u).array), BufferView(d.view(v).array)]
            let parameter = ReparametrizedParameter(
                stored: BufferView(used.array), layout: entry.declaration.layout, state: state)
            for _ in 0..<50 { spectral.advance(parameter) }
            let norm = spectral.prepared(parameter).measured[0].value
            #expect(abs(norm - 1) < 0.1, "\(name): \(norm)")
        }
    }
}

/// z to 4×4, and twice: whole-batch normalisation, ReLU-like, up.
private struct NormalizedGenerator: Generator {
    let zDim = 16
    let labelDim = 0
    let resolution = 16
    let imageChannels = 3
    let wDim = 0
    let styleCount = 0
    let looksAtWholeBatch = true
    let declarations: [ParameterDeclaration]
    private let start: HeDense
    private let norms: [BatchNormalization]
    private let ups: [EqualizedConvolution]
    private let toRGB: EqualizedConvolution

    init() {
        var builder = ParameterBuilder()
        start = HeDense(
            "start", input: 16, output: 8, image: .output(height: 4, width: 4), scaling: HeScaling(),
            activation: .linear, in: &builder)
        var (norms, ups): ([BatchNormalization], [EqualizedConvolution]) = ([], [])
        for k in 1...2 {
            norms.append(BatchNormalization("norm\(k)", channels: 8, in: &builder))
            ups.append(
                EqualizedConvolution(
                    "up\(k)", input: 8, output: 8, kernel: 3, resampling: .up, activation: .linear, in: &builder))
        }
        (self.norms, self.ups) = (norms, ups)
        toRGB = EqualizedConvolution("torgb", input: 8, output: 3, kernel: 1, activation: .linear, in: &builder)
        declarations = builder.declarations
    }

    func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput { self([input], [weights])[0] }

    func callAsFunction(_ inputs: [GeneratorInput], _ weights: [Weights]) -> [GeneratorOutput] {
        var x = zip(inputs, weights).map { start($0.z, $1) }
        for (norm, up) in zip(norms, ups) {
            x = zip(norm(x, weights), weights).map { up($0.softplus(), $1) }
        }
        return zip(x, weights).map { GeneratorOutput(image: toRGB($0, $1), features: [:], noted: $1.noted) }
    }
}

/// Two spectrally normalised layers.
private struct NormalizedDiscriminator: Discriminator {
    let resolution = 16
    let decoder: GGDRDecoder? = nil
    let declarations: [ParameterDeclaration]
    private let first: ParameterHandle
    private let second: ParameterHandle

    init() {
        var builder = ParameterBuilder()
        first = builder.declare(
            ParameterDeclaration(
                "first.weight", .convolution(kernel: 3, input: 3, output: 8), initial: .normal(deviation: 0.2),
                reparametrization: SpectralNormalization()))
        second = builder.declare(
            ParameterDeclaration(
                "second.weight", .dense(input: 8, output: 1), initial: .normal(deviation: 1),
                reparametrization: SpectralNormalization()))
        declarations = builder.declarations
    }

    func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput {
        let x = Tensor.convolution(image, weights[first], stride: 1).softplus().mean(over: [1, 2])
        return DiscriminatorOutput(
            logits: .product(x.reshaped([image.shape[0], 8]), weights[second]), features: [:])
    }
}

private struct NormalizedGAN: Recipe {
    let networks: Networks
    let tracked: [NamedTensor] = []

    init(_ configuration: ResolvedConfiguration) {
        networks = Networks(generator: NormalizedGenerator(), discriminator: NormalizedDiscriminator())
    }

    static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) {
        (NormalizedGenerator(), NormalizedDiscriminator())
    }

    static func generator(of file: ParameterShapes) throws -> (any Generator)? { nil }

    func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        Adam.Settings(learningRate: 0.002, beta1: 0, beta2: 0.9, epsilon: 1e-8)
    }

    func phases(at setting: StepSetting) -> [Phase] {
        let game = AdversarialGame(networks, LogisticLoss(), at: setting.level)
        let tracking = Tracking(.noted(networks.g.trackedCount), state: "generator") { [g = networks.g] in
            g.follow($0) == nil
        }
        return [
            game.generatorMainPhase(tracking: [tracking]), game.discriminatorMainPhase(tracking: [tracking]),
        ]
    }
}
