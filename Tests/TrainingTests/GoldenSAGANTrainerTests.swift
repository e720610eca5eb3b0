import Autodiff
import Cluster
import Configuration
import GoldenTesting
import Kernels
import Layers
import Models
import NumericalTesting
import Recipes
import SmallRuns
import Testing
import Training

/// Replays the phases of `sagan_*.h5` through the engine itself: its sums over microbatches, adjoints and state.
@Suite struct GoldenSAGANTrainerTests {
    /// Relative error allowed between two float32 implementations.
    static let firstOrder = 1e-4

    static let files = GoldenFile.all(prefix: "sagan_")
    static let phases: [PhaseKey] = [.generatorMain, .discriminatorMain]
    /// Microbatches of the batch.
    static let parts = [1, 2]

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    /// In one microbatch and in two: statistics are those of the whole batch.
    @Test(arguments: files, phases) func gradients(_ file: GoldenFile, _ phase: PhaseKey) throws {
        for parts in Self.parts {
            let group = phase == .generatorMain ? "gradient/G" : "gradient/D"
            let golden = try file.open()
            let first = try SAGANEngine(file, parts: parts)
            let expected = try first.learner(of: phase).trained.map {
                ($0.name, try golden.saganValues(of: $0, group))
            }
            try golden.expect(
                Dictionary(uniqueKeysWithValues: expected), "\(group) in \(parts)", .direct,
                tolerance: Self.firstOrder, floors: GoldenSAGAN.floors(expected),
                sensitive: GoldenSAGAN.sensitive(expected)
            ) { disturbance in
                let replay = try SAGANEngine(file, parts: parts)
                disturbance?.apply(to: replay.engine.networks.g, replay.engine.networks.d)
                return try replay.gradients(of: phase)
            }
        }
    }

    /// In a phase u of its learner takes one step of power iteration (arXiv 1802.05957, algorithm 1); that of the other
    /// network has taken its own before, and takes none in the phase.
    @Test(arguments: files, phases) func powerIteration(_ file: GoldenFile, _ phase: PhaseKey) throws {
        let replay = try SAGANEngine(file, parts: 1)
        let sagan = try GoldenSAGAN(file)
        _ = try replay.gradients(of: phase)
        let networks = replay.engine.networks
        for (after, before) in [(networks.g, sagan.g), (networks.d, sagan.d)] {
            var count = 0
            for entry in before.trained where entry.declaration.reparametrization != nil {
                let name = entry.name.split(separator: "/").dropLast().joined(separator: "/")
                let u = try #require(before.entry(named: "\(name)/u"))
                let found = after.view(try #require(after.entry(named: "\(name)/u"))).array
                let expected = PowerIteration.step(
                    before.view(entry).array, before.view(u).array,
                    isTable: entry.name.hasSuffix("embedding_map"))
                #expect(relativeError(found, expected) < 1e-5, "\(name)")
                count += 1
            }
            #expect(count > 0)
        }
    }
}

/// An engine with a file's configuration, weights and inputs.
private struct SAGANEngine {
    let engine: StepEngine
    private let real: RealBatch

    init(_ file: GoldenFile, parts: Int) throws {
        let sagan = try GoldenSAGAN(file)
        let (shape, shapeD) = (sagan.generator.shape, sagan.discriminator.shape)
        // One width for both networks is what configurations have.
        try #require(shape == shapeD, "\(file): \(shape), \(shapeD)")
        let batch = sagan.real.shape[0]
        try #require(batch % parts == 0)
        let attention = try #require(
            SAGANGenerator.attentionResolutions(shape).first { r in
                sagan.generator.declarations.contains {
                    $0.name.hasPrefix(r == 32 ? "g_non_local/" : "g_non_local_\(r)/")
                }
            })
        let configuration = try Configuration.load(overrides: [
            "preset=quick-sagan", "batch=\(batch)", "microbatch=\(batch / parts)", "model.z_dim=\(shape.zDim)",
            "model.channel_base=\(shape.channelBase)", "model.channel_max=\(shape.channelMax)",
            "model.attention=\(attention)", "data.labels=true", "loss.kind=hinge", "loss.d_steps=1",
        ]).resolve(
            resolution: shape.resolution, channels: shape.imageChannels, classes: shape.labelDim, ranks: 1,
            coresPerRank: 1)
        engine = StepEngine(
            Recipes.make(configuration), configuration, communicator: LoopbackCommunicator(),
            inputs: Inputs(input: sagan.input))
        engine.networks.g.copy(from: sagan.g)
        engine.networks.d.copy(from: sagan.d)
        func split(_ tensor: Tensor) -> [Tensor] {
            (0..<parts).map { tensor.slice(axis: 0, start: $0 * (batch / parts), length: batch / parts) }
        }
        real = RealBatch(images: split(sagan.real), labels: split(sagan.realLabels))
    }

    func learner(of phase: PhaseKey) -> Parameters { engine.networks.parameters(of: Small.learner(of: phase)) }

    /// Of a phase that is run alone, by parameter: with β₁ = 0 they are the first moments.
    ///
    /// In the file every network takes its step of power iteration before the call, whoever learns.
    func gradients(of phase: PhaseKey) throws -> [String: [Float]] {
        (phase == .generatorMain ? engine.networks.d : engine.networks.g).advance()
        _ = try engine.run(phases: [phase], real: real)
        let moments = engine.firstMoments(of: Small.learner(of: phase))
        return Dictionary(
            uniqueKeysWithValues: learner(of: phase).trained.map { entry in
                (entry.name, moments.slice(entry.offset, entry.count).array)
            })
    }

    private struct Inputs: StepInputs {
        let input: GeneratorInput

        func generatorInput(
            _ generator: any Generator, step: Int, phase: PhaseKey, stream: Int, samples: Range<Int>
        ) -> GeneratorInput {
            func part(_ tensor: Tensor) -> Tensor {
                tensor.slice(axis: 0, start: samples.lowerBound, length: samples.count)
            }
            return GeneratorInput(z: part(input.z), labels: input.labels.map(part), noise: .none)
        }

        func imageNoise(_ generator: any Generator, step: Int, stream: Int, samples: Range<Int>) -> Tensor {
            preconditionFailure("it has no path length")
        }

        func interpolation(step: Int, stream: Int, samples: Range<Int>) -> Tensor {
            preconditionFailure("it has no gradient penalty")
        }
    }
}

/// In Double.
private enum PowerIteration {
    /// u ← W·v/‖W·v‖ with v = Wᵀ·u/‖Wᵀ·u‖.
    ///
    /// - Parameters:
    ///   - stored: the matrix with outputs in its columns, or in its rows of a table.
    ///   - u: a number for each output.
    static func step(_ stored: [Float], _ u: [Float], isTable: Bool) -> [Double] {
        let (outputs, rest) = (u.count, stored.count / u.count)
        func element(_ output: Int, _ other: Int) -> Double {
            Double(stored[isTable ? output * rest + other : other * outputs + output])
        }
        func unit(_ x: [Double]) -> [Double] {
            let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return x.map { $0 / norm }
        }
        let v = unit((0..<rest).map { other in (0..<outputs).reduce(0) { $0 + Double(u[$1]) * element($1, other) } })
        return unit((0..<outputs).map { output in (0..<rest).reduce(0) { $0 + v[$1] * element(output, $1) } })
    }
}
