import Autodiff
import Cluster
import Configuration
import GoldenTesting
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Recipes
import SmallRuns
import State
import Testing
import Training

/// Replays steps of `pix2pix_*.h5`, `ccfpse_*.h5` and `oasis_*.h5` through the recipes' phases and the engine itself: its sums
/// over microbatches, adjoints and state.
///
/// The authors' codes take a step of power iteration in each forward pass, the engine in each phase of the network that learns:
/// where a network has one pass in a step both are the same, but that the file's other network takes one, too.
@Suite struct GoldenTranslationTrainerTests {
    static let forward: Float = 1e-5
    static let firstOrder = 1e-4

    static let pix2pix = GoldenFile.all(prefix: "pix2pix_")
    static let ccfpse = GoldenFile.all(prefix: "ccfpse_")
    static let oasis = GoldenFile.all(prefix: "oasis_")
    static let phases: [PhaseKey] = [.generatorMain, .discriminatorMain]
    static let splits = [false, true]

    @Test func filesAreThere() {
        #expect(!Self.pix2pix.isEmpty)
        #expect(!Self.ccfpse.isEmpty)
        #expect(!Self.oasis.isEmpty)
    }

    @Test(arguments: pix2pix, phases) func gradientsOfPix2Pix(_ file: GoldenFile, _ phase: PhaseKey) throws {
        try compare(file, phase) { try GoldenPair(pix2pix: $0, isSplit: $1) }
    }

    @Test(arguments: ccfpse, phases) func gradientsOfCCFPSE(_ file: GoldenFile, _ phase: PhaseKey) throws {
        try compare(file, phase) { try GoldenPair(ccfpse: $0, isSplit: $1) }
    }

    /// Of the generator, whose step has one pass of each network.
    @Test(arguments: oasis) func gradientsOfOASIS(_ file: GoldenFile) throws {
        try compare(file, .generatorMain) { try GoldenPair(oasis: $0, isSplit: $1) }
    }

    /// In one microbatch, and in one for each sample.
    private func compare(
        _ file: GoldenFile, _ phase: PhaseKey, _ make: (GoldenArrays, Bool) throws -> GoldenPair
    ) throws {
        let golden = try file.open()
        let group = phase == .generatorMain ? "gradient/G" : "gradient/D"
        for isSplit in Self.splits {
            let first = try make(golden, isSplit)
            let learner = first.networks.parameters(of: Small.learner(of: phase))
            let expected = try golden.torchGradients(group, of: learner)
            let floors = try golden.nullFloors(group, expected)
            let name = isSplit ? "\(group), split" : group
            try golden.expect(expected, name, .direct, tolerance: Self.firstOrder, floors: floors) { disturbance in
                let pair = try make(golden, isSplit)
                disturbance?.apply(to: pair.networks.g, pair.networks.d)
                return try pair.gradients(of: phase)
            }
        }
    }

    /// What reports say of Pix2Pix's losses, and what its steps leave of moving averages, of the discriminator's passes on
    /// generated and then on real images too.
    @Test(arguments: pix2pix, splits) func reportsAndStateOfPix2Pix(_ file: GoldenFile, isSplit: Bool) throws {
        let golden = try file.open()
        let losses: [PhaseKey: [(Measure, String)]] = [
            .generatorMain: [(.generatorLoss, "loss_G_GAN")],
            .discriminatorMain: [(.discriminatorFakeLoss, "loss_D_fake"), (.discriminatorRealLoss, "loss_D_real")],
        ]
        for (phase, step) in zip(Self.phases, ["Gstep", "Dstep"]) {
            let pair = try GoldenPair(pix2pix: golden, isSplit: isSplit)
            let means = try pair.run(phase)
            for (measure, name) in losses[phase] ?? [] {
                let wanted = try golden.values("forward/\(name)")[0]
                #expect(abs(means[measure] - wanted) <= Self.forward * max(1, abs(wanted)), "\(name)")
            }
            if phase == .generatorMain {
                let (weight, wanted) = (try golden.number("l1"), try golden.values("forward/loss_G_L1")[0])
                let found = means[.absoluteDistance] * weight
                #expect(abs(found - wanted) <= Self.forward * max(1, abs(wanted)), "L1")
            }
            for (network, parameters) in [("G", pair.networks.g), ("D", pair.networks.d)] {
                let expected = try golden.torchState(after: step, network, of: parameters)
                let found = parameters.stateByName
                for (name, values) in expected {
                    #expect(
                        relativeError(found[name] ?? [], values) < Double(Self.forward), "\(step), \(network).\(name)")
                }
            }
        }
    }

    /// OASIS's discriminator has three passes in a step, before each of which the authors move u and v on: on generated images
    /// the engine's is the first of them.
    @Test(arguments: oasis, splits) func reportsOfOASIS(_ file: GoldenFile, isSplit: Bool) throws {
        let golden = try file.open()
        let losses: [(PhaseKey, Measure, String)] = [
            (.generatorMain, .generatorLoss, "loss_G"), (.discriminatorMain, .discriminatorFakeLoss, "loss_D_fake"),
        ]
        for (phase, measure, name) in losses {
            let pair = try GoldenPair(oasis: golden, isSplit: isSplit)
            let (means, wanted) = (try pair.run(phase), try golden.values("forward/\(name)")[0])
            #expect(abs(means[measure] - wanted) <= Self.forward * max(1, abs(wanted)), "\(name)")
        }
    }

    /// Where u and v have come to rest, all three passes have the same weights: then the losses and the gradients of their
    /// sum, with LabelMix's factor, are those that the networks themselves give of the whole batch at once.
    @Test(arguments: oasis, splits) func lossesOfOASISAtRest(_ file: GoldenFile, isSplit: Bool) throws {
        let golden = try file.open()
        let pair = try GoldenPair(oasis: golden, isSplit: isSplit)
        let networks = pair.networks
        for _ in 0..<300 {
            networks.g.advance()
            networks.d.advance()
        }
        let (losses, variables) = try oasisLosses(golden, networks)
        let expected = losses.map(\.scalar)
        let mixWeight: Float = try golden.number("labelmix")
        let total = losses[0] + losses[1] + losses[2] * mixWeight
        let wanted = networks.d.named(gradients(of: total, with: variables), microbatches: 1)
        let means = try pair.run(.discriminatorMain)
        let found = pair.foundGradients(of: .discriminatorMain)
        let floor = 1e-6 * (wanted.values.map(size).max() ?? 0)
        for (name, gradient) in wanted {
            let error = distance(found[name] ?? [], gradient)
            #expect(error <= 1e-3 * size(gradient) + floor, "\(name)")
        }
        let measures: [Measure] = [.discriminatorFakeLoss, .discriminatorRealLoss, .labelMix]
        for (measure, wanted) in zip(measures, expected) {
            #expect(abs(means[measure] - wanted) <= 1e-4 * max(1, abs(wanted)), "\(measure.name)")
        }
    }

    /// On generated, on real images, and LabelMix without its factor.
    private func oasisLosses(
        _ golden: GoldenArrays, _ networks: Networks
    ) throws -> (losses: [Tensor], variables: [Tensor]) {
        let classes = try golden.integer("classes")
        let map = try golden.oneHotMaps("input/labels", classes: classes, 1)[0]
        let (real, z) = (try golden.tensor("input/real"), try golden.tensor("input/z_Dstep"))
        let mask = try golden.tensor("input/mask")
        let made = networks.generator(
            [GeneratorInput(z: z, labels: nil, condition: map, noise: .none)],
            networks.g.microbatchWeights(1, differentiable: false))[0].image
        let places = mask.reshaped(Array(map.shape.dropLast()) + [1])
        let mixed = LabelMix.mixed(real: real, fake: made, mask: places)
        let weights = networks.d.weights(differentiable: true)
        let scores = [made, real, mixed].map { networks.discriminator($0, labels: nil, weights).scores[0] }
        let labels = try golden.values("input/labels")
        let pixels = (0..<classes).map { c in labels.count { $0 == Float(c) } }
        let balance = SegmentationLoss.weights(
            pixels: pixels, ignored: try golden.integer("dontcare") == 0 ? nil : 0)
        let losses = [
            SegmentationLoss.onFake(scores[0]), SegmentationLoss.onReal(scores[1], map: map, weights: balance),
            LabelMix.loss(real: scores[1], fake: scores[0], ofMixed: scores[2], mask: places),
        ]
        return (losses, networks.d.all.variables(weights))
    }

    private func size(_ values: [Float]) -> Double { innerProduct(values, values).squareRoot() }

    private func distance(_ a: [Float], _ b: [Float]) -> Double {
        a.count == b.count ? size(zip(a, b).map { $0 - $1 }) : .infinity
    }
}

/// A file's networks, weights and inputs in an engine.
private struct GoldenPair {
    private let engine: StepEngine
    private let real: RealBatch
    /// Whether the other network takes its step of power iteration before the phase.
    private let othersAdvance: Bool

    var networks: Networks { engine.networks }

    init(pix2pix golden: GoldenArrays, isSplit: Bool) throws {
        let kind = try #require(FeatureNormalization.Kind(rawValue: try golden.text("norm")))
        let shape = Pix2PixShape(
            grid: NetworkGrid(resolution: try golden.integer("size")), inputChannels: try golden.integer("inc"),
            outputChannels: try golden.integer("outc"), downs: try golden.integer("downs"),
            generatorWidth: try golden.integer("ngf"), discriminatorWidth: try golden.integer("ndf"),
            patchLayers: try golden.integer("layers"), normalization: kind)
        let loss: any AdversarialLoss = try golden.text("mode") == "lsgan" ? LeastSquaresLoss() : LogisticLoss()
        try self.init(
            golden, isSplit: isSplit, networks: (Pix2PixGenerator(shape), PatchDiscriminator(shape)),
            method: PairedLoss(adversarial: loss, distanceWeight: try golden.number("l1")),
            real: "input/B", conditions: [try golden.tensor("input/A")], z: nil)
    }

    init(ccfpse golden: GoldenArrays, isSplit: Bool) throws {
        let classes = try golden.integer("classes")
        let (hasEdges, isLatent) = (try golden.integer("instance") != 0, try golden.integer("vae") != 0)
        let shape = CCFPSEShape(
            grid: try golden.cropGrid(), semantics: classes + (hasEdges ? 1 : 0),
            start: isLatent ? .latent(try golden.integer("zdim")) : .map, isDeep: try golden.integer("deep") != 0,
            generatorWidth: try golden.integer("ngf"), discriminatorWidth: try golden.integer("ndf"),
            hidden: try golden.integer("hidden"))
        var planes = [try golden.oneHotMaps("input/labels", classes: classes, 1)[0]]
        if hasEdges {
            let (instances, values) = try golden.file.int32s("input/instance")
            let edges = InstanceEdges.of(values, height: instances[1], width: instances[2])
            planes.append(Tensor(edges, shape: instances + [1]))
        }
        let discriminator = CCFPSEDiscriminator(shape)
        let z = isLatent ? try golden.tensor("input/z") : nil
        try self.init(
            golden, isSplit: isSplit, networks: (CCFPSEGenerator(shape), discriminator),
            method: PyramidLoss(
                matchingWeight: try golden.number("feat"), matched: discriminator.matchedResolutions),
            real: "input/real", conditions: planes, z: z.map { z in { _ in z } })
    }

    init(oasis golden: GoldenArrays, isSplit: Bool) throws {
        let classes = try golden.integer("classes")
        let shape = OASISShape(
            grid: try golden.cropGrid(), classes: classes,
            zDim: try golden.integer("z"), generatorWidth: try golden.integer("g"),
            discriminatorWidth: try golden.integer("d"), hidden: try golden.integer("hidden"))
        let (first, second) = (try golden.tensor("input/z_Gstep"), try golden.tensor("input/z_Dstep"))
        let balanced = BalancedClasses(count: classes, ignored: try golden.integer("dontcare") == 0 ? nil : 0)
        try self.init(
            golden, isSplit: isSplit, networks: (OASISGenerator(shape), OASISDiscriminator(shape)),
            method: SegmentingLoss(labelMixWeight: try golden.number("labelmix"), balanced: balanced),
            real: "input/real", conditions: try golden.oneHotMaps("input/labels", classes: classes, 1),
            z: { $0 == .generatorMain ? first : second },
            bits: try golden.values("input/labelmix_bits").map { $0 == 1 })
    }

    /// - Parameter conditions: that stand side by side at each pixel.
    private init(
        _ golden: GoldenArrays, isSplit: Bool, networks: (any Generator, any Discriminator),
        method: any TranslationMethod, real: String, conditions: [Tensor], z: ((PhaseKey) -> Tensor)?,
        bits: [Bool] = []
    ) throws {
        let batch = try golden.integer("batch")
        let parts = isSplit ? batch : 1
        let size = batch / parts
        let images = try golden.microbatches(real, parts)
        let configuration = try SmallPairs.oasis.configuration(
            ["batch=\(batch)", "microbatch=\(size)"],
            facts: Small.pairs(images[0].shape[1], width: images[0].shape[2]))
        let pair = GoldenMethod(Networks(networks), method)
        engine = StepEngine(
            pair, configuration, communicator: LoopbackCommunicator(), inputs: Inputs(z: z, bits: bits))
        try golden.loadTorch(
            "init/G", into: pair.networks.g, unused: ["norm_0", "conv_0.norm_layer", "conv_2.norm_layer"])
        try golden.loadTorch("init/D", into: pair.networks.d)
        let whole = conditions.count == 1 ? conditions[0] : Tensor.concatenated(conditions, axis: 3)
        self.real = RealBatch(
            images: images, conditions: whole.microbatches(parts))
        othersAdvance = networks.1.declarations.contains { $0.reparametrization != nil }
    }

    /// What a phase alone measures.
    func run(_ phase: PhaseKey) throws -> Measurements {
        if othersAdvance { (phase == .generatorMain ? networks.d : networks.g).advance() }
        return try #require(try engine.run(phases: [phase], real: real).measurements[phase])
    }

    /// Of a phase that is run alone, by parameter: with β₁ = 0 they are the first moments.
    func gradients(of phase: PhaseKey) throws -> [String: [Float]] {
        _ = try run(phase)
        return foundGradients(of: phase)
    }

    func foundGradients(of phase: PhaseKey) -> [String: [Float]] {
        let learner = Small.learner(of: phase)
        let moments = engine.firstMoments(of: learner)
        return Dictionary(
            uniqueKeysWithValues: networks.parameters(of: learner).trained.map { entry in
                (entry.name, moments.slice(entry.offset, entry.count).array)
            })
    }

    private struct Inputs: StepInputs {
        let z: ((PhaseKey) -> Tensor)?
        let bits: [Bool]

        func generatorInput(
            _ generator: any Generator, step: Int, phase: PhaseKey, stream: Int, samples: Range<Int>
        ) -> GeneratorInput {
            let part = z.map { $0(phase).slice(axis: 0, start: samples.lowerBound, length: samples.count) }
            return GeneratorInput(z: part ?? Tensor([], shape: [samples.count, 0]), labels: nil, noise: .none)
        }

        func labelMixBits(classes: Int, step: Int, stream: Int) -> [Bool] { bits }

        func imageNoise(_ generator: any Generator, step: Int, stream: Int, samples: Range<Int>) -> Tensor {
            preconditionFailure("it has no path length")
        }

        func interpolation(step: Int, stream: Int, samples: Range<Int>) -> Tensor {
            preconditionFailure("it has no gradient penalty")
        }
    }
}

/// A method's phases on networks whose sizes no configuration has.
private struct GoldenMethod: Recipe {
    let networks: Networks
    let tracked: [NamedTensor] = []
    private let method: any TranslationMethod

    init(_ networks: Networks, _ method: any TranslationMethod) { (self.networks, self.method) = (networks, method) }

    init(_ configuration: ResolvedConfiguration) { preconditionFailure("it is made of a file") }

    static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) {
        preconditionFailure("it is made of a file")
    }

    static func generator(of file: ParameterShapes) throws -> (any Generator)? { nil }

    func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        Adam.Settings(learningRate: 0.001, beta1: 0, beta2: 0.9, epsilon: 1e-8)
    }

    func phases(at setting: StepSetting) -> [Phase] {
        let game = TranslationGame(networks, method, guide: Configuration.GGDR())
        return [game.generatorPhase(), game.discriminatorPhase()]
    }
}
