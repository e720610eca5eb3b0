import Autodiff
import GoldenTesting
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// Replays `sagan_*.h5`, whatever configuration a file states.
@Suite struct GoldenSAGANTests {
    /// Relative errors allowed between two float32 implementations.
    static let forward = 1e-5
    static let firstOrder = 1e-4

    static let files = GoldenFile.all(prefix: "sagan_")

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files, GoldenMode.allCases) func forwardPass(_ file: GoldenFile, _ mode: GoldenMode) throws {
        let golden = try file.open()
        let names = ["image", "logits_fake", "logits_real", "g_loss", "d_loss"]
        let expected = Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try golden.values("forward/\($0)")) })
        // Of scores that are small beside their terms Winograd's rounding leaves fewer digits.
        try golden.expect(expected, "forward", mode, tolerance: Self.forward) { disturbance in
            let replay = try SAGANReplay(file)
            if mode == .transformed { disturbance?.apply(to: replay.sagan.g, replay.sagan.d) }
            return replay.forward()
        }
    }

    @Test(arguments: files, GoldenMode.allCases) func gradients(_ file: GoldenFile, _ mode: GoldenMode) throws {
        let sagan = try GoldenSAGAN(file)
        for (group, parameters) in [("gradient/G", sagan.g), ("gradient/D", sagan.d)] {
            let expected = try parameters.trained.map { ($0.name, try sagan.golden.saganValues(of: $0, group)) }
            try sagan.golden.expect(
                Dictionary(uniqueKeysWithValues: expected), group, mode, tolerance: Self.firstOrder,
                floors: GoldenSAGAN.floors(expected), sensitive: GoldenSAGAN.sensitive(expected)
            ) { disturbance in
                let replay = try SAGANReplay(file)
                disturbance?.apply(to: replay.sagan.g, replay.sagan.d)
                return group == "gradient/G" ? replay.generatorGradients() : replay.discriminatorGradients()
            }
        }
    }
}

/// The passes of a file.
private struct SAGANReplay {
    let sagan: GoldenSAGAN
    private let loss = HingeLoss()

    init(_ file: GoldenFile) throws { sagan = try GoldenSAGAN(file) }

    private func fake(_ weights: Weights) -> GeneratorOutput { sagan.generator([sagan.input], [weights])[0] }

    /// One step of power iteration from the file's u.
    private func advance() {
        sagan.g.advance()
        sagan.d.advance()
    }

    func forward() -> [String: [Float]] {
        advance()
        let fake = fake(sagan.g.weights(differentiable: false, batch: WholeBatch(microbatches: 1)))
        let d = sagan.d.weights(differentiable: false)
        let onFake = sagan.discriminator(fake.image, labels: sagan.input.labels, d).logits
        let onReal = sagan.discriminator(sagan.real, labels: sagan.realLabels, d).logits
        return [
            "image": fake.image.array, "logits_fake": onFake.array, "logits_real": onReal.array,
            "g_loss": loss.generator(onFake).array, "d_loss": (loss.onReal(onReal) + loss.onFake(onFake)).array,
        ]
    }

    func generatorGradients() -> [String: [Float]] {
        advance()
        let g = sagan.g.weights(differentiable: true, batch: WholeBatch(microbatches: 1))
        let onFake = sagan.discriminator(
            fake(g).image, labels: sagan.input.labels, sagan.d.weights(differentiable: false)
        ).logits
        return named(sagan.g, of: loss.generator(onFake), g)
    }

    func discriminatorGradients() -> [String: [Float]] {
        advance()
        let image = fake(sagan.g.weights(differentiable: false, batch: WholeBatch(microbatches: 1))).image
        let d = sagan.d.weights(differentiable: true)
        let onFake = sagan.discriminator(image, labels: sagan.input.labels, d).logits
        let onReal = sagan.discriminator(sagan.real, labels: sagan.realLabels, d).logits
        return named(sagan.d, of: loss.onReal(onReal) + loss.onFake(onFake), d)
    }

    /// Of what is stored.
    private func named(_ parameters: Parameters, of loss: Tensor, _ weights: Weights) -> [String: [Float]] {
        let flat = BufferView(count: parameters.values.count)
        parameters.flatten(gradients(of: loss, with: parameters.all.variables(weights)), into: flat)
        parameters.applyAdjoints(to: flat)
        let values = flat.array
        return Dictionary(
            uniqueKeysWithValues: parameters.trained.map { ($0.name, Array(values[$0.offset..<$0.offset + $0.count])) })
    }
}
