import Recipes
import Testing
import Training

@Suite struct RandomizerTests {
    private let randomizer = Randomizer(seed: 5)

    @Test func aSampleDoesNotDependOnItsNeighbours() {
        let all = randomizer.normals(.latent, stream: 2, step: 7, samples: 0..<12, shape: [3, 5]).array
        for size in [1, 2, 3, 4, 6] {
            let parts = stride(from: 0, to: 12, by: size).flatMap { start in
                randomizer.normals(.latent, stream: 2, step: 7, samples: start..<start + size, shape: [3, 5]).array
            }
            #expect(parts == all)
        }
        let uniforms = randomizer.uniforms(.label, step: 7, samples: 0..<12, count: 3)
        #expect(
            (0..<12).flatMap { randomizer.uniforms(.label, step: 7, samples: $0..<$0 + 1, count: 3) } == uniforms)
    }

    @Test func whateverDiffersGivesOtherNumbers() {
        func draw(_ seed: UInt64, _ purpose: Randomizer.Purpose, _ stream: Int, _ step: Int, _ sample: Int) -> [Float] {
            Randomizer(seed: seed).normals(
                purpose, stream: stream, step: step, samples: sample..<sample + 1, shape: [8]
            ).array
        }
        let draws = [
            draw(5, .latent, 0, 0, 0), draw(6, .latent, 0, 0, 0), draw(5 + 1 << 40, .latent, 0, 0, 0),
            draw(5, .noise, 0, 0, 0), draw(5, .latent, 1, 0, 0), draw(5, .latent, 0, 1, 0), draw(5, .latent, 0, 0, 1),
            draw(5, .sample, 0, 0, 0), draw(5, .sheet, 0, 0, 0),
        ]
        #expect(Set(draws).count == draws.count)
        // Not one number is shared, at any position.
        #expect(Set(draws.flatMap { $0 }).count == draws.count * 8)
    }

    @Test func keysOfSeedsAndPurposesDiffer() {
        let purposes = (1...9).compactMap(Randomizer.Purpose.init)
        #expect(purposes.count == 9)
        let keys = (0..<200).flatMap { seed in purposes.map { Randomizer.key(UInt64(seed), $0) } }
        #expect(Set(keys).count == keys.count)
    }

    @Test func normalsAndUniformsAreThat() {
        let normals = randomizer.normals(.latent, step: 0, samples: 0..<2000, shape: [10]).array
        let mean = normals.reduce(0, +) / 20_000
        let variance = normals.reduce(0) { $0 + $1 * $1 } / 20_000
        #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.04)
        let uniforms = randomizer.uniforms(.label, step: 0, samples: 0..<2000, count: 10)
        #expect(uniforms.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(uniforms.reduce(0, +) / 20_000 - 0.5) < 0.01)
    }
}
