import Autodiff
import Foundation
import GoldenTesting
import Learning
import Testing

@Suite struct RelativisticLossTests {
    private static let loss = RelativisticLoss()

    private func softplus(_ x: Float) -> Float { log1p(exp(-abs(x))) + max(x, 0) }

    @Test func ofPairs() {
        let (real, fake) = (Tensor([3, -2], shape: [2, 1]), Tensor([0.5, 1], shape: [2, 1]))
        let (d, g) = ((softplus(-2.5) + softplus(3)) / 2, (softplus(2.5) + softplus(-3)) / 2)
        #expect(abs(Self.loss.discriminator(real: real, fake: fake).scalar - d) < 1e-6)
        #expect(abs(Self.loss.generator(real: real, fake: fake).scalar - g) < 1e-6)
    }

    /// Only differences count, and each of them alone: no other sample's score reaches a pair's gradient.
    @Test func pairsAreJudgedAlone() throws {
        let real = Tensor([3, -2, 0.25], shape: [3, 1]).variable()
        let fake = Tensor([0.5, 1, -0.75], shape: [3, 1]).variable()
        let value = Self.loss.discriminator(real: real, fake: fake)
        #expect(value.shape == [])
        let found = gradients(of: value, with: [real, fake])
        let (ofReal, ofFake) = (try #require(found[0]).array, try #require(found[1]).array)
        for i in 0..<3 {
            let difference: Float = real.array[i] - fake.array[i]
            let slope: Float = 1 / (1 + exp(difference)) / 3
            #expect(abs(ofFake[i] - slope) < 1e-6 && abs(ofReal[i] + slope) < 1e-6)
        }
        let moved = Self.loss.discriminator(real: real + 7, fake: fake + 7)
        #expect(abs(moved.scalar - value.scalar) < 1e-5)
    }

    /// Of places of images, too.
    @Test func ofPatches() {
        let (real, fake) = (
            Tensor([3, -2, 0, 1], shape: [1, 2, 2, 1]), Tensor([0.5, 1, 2, -1], shape: [1, 2, 2, 1])
        )
        let expected = (softplus(-2.5) + softplus(3) + softplus(2) + softplus(-2)) / 4
        #expect(abs(Self.loss.discriminator(real: real, fake: fake).scalar - expected) < 1e-6)
    }

    // MARK: Of the authors' code

    private static let files = GoldenFile.all(prefix: "r3gan_")

    @Test func thereAreFiles() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files) func asTheAuthors(_ file: GoldenFile) throws {
        let golden = try file.open()
        let real = try golden.values("forward/logits_real")
        let fake = try golden.values("forward/logits_fake")
        let ofG = try golden.values("forward/loss_G")
        let ofD = try golden.values("forward/loss_D")
        #expect(real.count > 1 && fake.count == real.count && ofG.count == real.count && ofD.count == real.count)
        for i in real.indices {
            let (r, f) = (Tensor([real[i]], shape: [1, 1]), Tensor([fake[i]], shape: [1, 1]))
            #expect(abs(Self.loss.generator(real: r, fake: f).scalar - ofG[i]) < 2e-6 * max(1, ofG[i]))
            #expect(abs(Self.loss.discriminator(real: r, fake: f).scalar - ofD[i]) < 2e-6 * max(1, ofD[i]))
        }
        let all = Self.loss.generator(
            real: Tensor(real, shape: [real.count, 1]), fake: Tensor(fake, shape: [fake.count, 1]))
        let mean = ofG.reduce(0, +) / Float(ofG.count)
        #expect(abs(all.scalar - mean) < 2e-6 * max(1, mean))
    }
}
