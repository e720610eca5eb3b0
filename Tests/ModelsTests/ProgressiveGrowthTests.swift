import Autodiff
import Foundation
import Layers
import Learning
import Models
import NumericalTesting
import Storage
import Testing

@Suite struct ProgressiveGrowthTests {
    let pair = ProgressivePair()

    @Test(arguments: ProgressivePair.levels) func shapes(_ level: GrowthLevel) throws {
        let (n, r, shape) = (ProgressivePair.batch, level.resolution, pair.shape)
        let fake = pair.generated(at: level)
        #expect(fake.image.shape == [n, r, r, 3])
        #expect(Set(fake.features.keys) == Set(shape.resolutions.filter { $0 <= r }))
        #expect(fake.styles == nil && fake.noted.isEmpty && pair.generator.styleCount == 0)
        let output = pair.judged(fake.image, at: level)
        #expect(output.logits.shape == [n, 1] && output.classLogits?.shape == [n, 2])
        #expect(Set(output.features.keys) == Set(shape.resolutions.filter { $0 < r }))
        for (resolution, map) in Array(fake.features) + Array(output.features) {
            #expect(map.shape == [n, resolution, resolution, shape.channels(resolution)])
        }
        #expect(pair.generator.at(level).resolution == r && pair.generator.finalResolution == 16)
        #expect(pair.discriminator.at(level).resolution == r && pair.discriminator.finalResolution == 16)
        let guide = pair.discriminator.at(level).decoder
        #expect((guide != nil) == (r >= ProgressivePair.ggdrResolution))
        guard let decoder = guide else { return }
        let target = ProgressivePair.ggdrResolution
        let decoded = decoder(output.features, pair.d.weights(differentiable: false))
        #expect(decoded[target]?.shape == [n, target, target, shape.channels(target)])
        #expect(decoded[target]?.shape == fake.features[target]?.shape)
    }

    /// All of the old resolution is that resolution: growing changes nothing at its start.
    @Test(arguments: [8, 16]) func fadesStartWhereTheOldResolutionEnds(_ resolution: Int) throws {
        let start = GrowthLevel(resolution: resolution, fade: 1)
        let before = GrowthLevel(resolution: resolution / 2)
        let (image, old) = (pair.generated(at: start).image, pair.generated(at: before).image)
        #expect(relativeError(image.array, old.nearestUpsampled().array) < 1e-6)
        let (score, oldScore) = (pair.judged(image, at: start), pair.judged(old, at: before))
        #expect(relativeError(score.logits.array, oldScore.logits.array) < 1e-5)
        #expect(relativeError(try #require(score.classLogits).array, try #require(oldScore.classLogits).array) < 1e-5)
    }

    @Test(arguments: [8, 16]) func fadesMoveInAStraightLine(_ resolution: Int) throws {
        func image(_ fade: Float) -> [Float] {
            pair.generated(at: GrowthLevel(resolution: resolution, fade: fade)).image.array
        }
        let (new, old) = (image(0), image(1))
        #expect(relativeError(new, old) > 0.1)
        #expect(relativeError(image(0.25), zip(new, old).map { 0.75 * $0 + 0.25 * $1 }) < 1e-6)
        // What a block hands on is mixed, not what comes of it.
        let noise = pair.noise(at: GrowthLevel(resolution: resolution))
        func map(_ fade: Float) throws -> [Float] {
            let level = GrowthLevel(resolution: resolution, fade: fade)
            return try #require(pair.judged(noise, at: level).features[resolution / 2]).array
        }
        let (newMap, oldMap) = (try map(0), try map(1))
        #expect(relativeError(newMap, oldMap) > 0.1)
        #expect(relativeError(try map(0.25), zip(newMap, oldMap).map { 0.75 * $0 + 0.25 * $1 }) < 1e-6)
    }

    @Test(arguments: ProgressivePair.levels) func activeParametersAreThoseWithGradients(_ level: GrowthLevel) throws {
        let weights = pair.g.weights(differentiable: true)
        let fake = pair.generated(at: level, weights)
        let score = pair.judged(fake.image, at: level).logits.sum()
        try expectGradients(of: score, pair.g, weights, pair.generator.at(level).activeParameters)

        let dWeights = pair.d.weights(differentiable: true)
        let output = pair.judged(fake.image.detached(), at: level, dWeights)
        var loss =
            output.logits.sum()
            + AuxiliaryClassifier.crossEntropy(
                try #require(output.classLogits), labels: try #require(pair.labels))
        if let decoder = pair.discriminator.at(level).decoder {
            let decoded = try #require(decoder(output.features, dWeights)[decoder.resolution])
            loss =
                loss + FeatureDistance.cosine(decoded: decoded, target: try #require(fake.features[decoder.resolution]))
        }
        try expectGradients(of: loss, pair.d, dWeights, pair.discriminator.at(level).activeParameters)
    }

    private func expectGradients(
        of loss: Tensor, _ parameters: Parameters, _ weights: Weights, _ active: Set<String>
    ) throws {
        let found = gradients(of: loss, with: parameters.all.variables(weights))
        for (entry, gradient) in zip(parameters.trained, found) {
            #expect((gradient != nil) == active.contains(entry.name), "\(entry.name)")
            if let gradient { #expect(gradient.array.contains { $0 != 0 }, "\(entry.name)") }
        }
        #expect(active.isSubset(of: parameters.trained.map(\.name)))
    }

    /// Blocks that are computed again have the bits of blocks that are kept, also at second order.
    @Test(arguments: ProgressivePair.levels) func memoryDoesNotChangeBits(_ level: GrowthLevel) {
        func bits(_ memory: ActivationMemory) -> [UInt32] {
            let pair = ProgressivePair(memory: memory)
            let (gWeights, dWeights) = (pair.g.weights(differentiable: true), pair.d.weights(differentiable: true))
            let image = pair.generated(at: level, gWeights).image
            let ofG = gradients(of: pair.judged(image, at: level).logits.sum(), with: pair.g.all.variables(gWeights))
            let (penalty, _) = GradientPenalty()(
                real: pair.noise(at: level), fake: image.detached(),
                mix: Tensor(repeating: 0.25, shape: [ProgressivePair.batch, 1, 1, 1]), finalResolution: 16
            ) { pair.judged($0, at: level, dWeights).logits }
            let ofD = gradients(of: penalty.mean(), with: pair.d.all.variables(dWeights))
            return (ofG + ofD).flatMap { ($0?.array ?? []).map(\.bitPattern) }
        }
        let full = bits(.full)
        #expect(full.contains { $0 & 0x7fff_ffff != 0 })
        #expect(full == bits(.checkpointing))
    }

    /// Names with slashes are groups in a checkpoint, and come back as they were.
    @Test func parametersPassThroughACheckpoint() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).h5").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var contents = CheckpointContents()
        for (group, parameters) in [("generator", pair.g), ("discriminator", pair.d)] {
            for entry in parameters.trained {
                let layout = entry.declaration.layout
                let values = layout.toReference(parameters.view(entry).array)
                contents.arrays.append(("\(group)/\(entry.name)", layout.referenceShape, values))
            }
        }
        contents.attributes.append(("config", .string("")))
        try CheckpointFile.write(contents, to: path)
        let found = try CheckpointFile.read(path)
        #expect(found.arrays.count == contents.arrays.count)
        for array in contents.arrays {
            let other = try #require(found.array(array.path), "\(array.path)")
            #expect(other.shape == array.shape && other.values == array.values, "\(array.path)")
        }
        #expect(found.array("generator/4x4/Dense/weight")?.shape == [12 * 16, 8])
        #expect(found.array("discriminator/8x8/Conv1_down/weight")?.shape == [12, 8, 3, 3])
    }
}
