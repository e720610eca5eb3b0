import Autodiff
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// Networks that start from 6×4, with any number of channels.
@Suite struct RectangularNetworksTests {
    static let channels = [2, 5, 64]
    static let families = FieldNetworks.Family.allCases
    static let growing: [FieldNetworks.Family] = [.stylegan2, .progressive]
    static let levels = [
        GrowthLevel(resolution: 4), GrowthLevel(resolution: 8, fade: 0.5), GrowthLevel(resolution: 8),
        GrowthLevel(resolution: 16, fade: 0.5),
    ]
    private let n = FieldNetworks.batch

    @Test(arguments: families, channels) func sizes(_ family: FieldNetworks.Family, channels: Int) throws {
        let networks = FieldNetworks(family) { $0.channels = channels }
        let (generator, discriminator, grid) = (networks.generator, networks.discriminator, networks.wish.grid)
        #expect(generator.imageSize == MapSize(height: 24, width: 16))
        #expect(discriminator.imageSize == MapSize(height: 24, width: 16))
        #expect(generator.mapSize(at: 8) == MapSize(height: 12, width: 8))
        #expect(discriminator.mapSize(at: 4) == MapSize(height: 6, width: 4))
        let fake = networks.generated()
        #expect(fake.image.shape == [n, 24, 16, channels])
        #expect(Set(fake.features.keys).isSuperset(of: [8, 16]))
        for (r, map) in fake.features {
            #expect(Array(map.shape[1...2]) == [grid.size(at: r).height, grid.size(at: r).width])
        }
        let seen = networks.judged(fake.image)
        #expect(seen.logits.shape == [n, 1])
        #expect(Set(seen.features.keys) == [4, 8])
        for (r, map) in seen.features {
            #expect(Array(map.shape[1...2]) == [grid.size(at: r).height, grid.size(at: r).width])
        }
        let decoder = try #require(discriminator.decoder)
        let decoded = decoder(seen.features, networks.d.weights(differentiable: false))
        #expect(decoded[8]?.shape == fake.features[8]?.shape)
    }

    @Test(arguments: families) func labelMapsAreOfTheMapsSize(_ family: FieldNetworks.Family) throws {
        let networks = FieldNetworks(family) { $0.maps = 3 }
        let seen = networks.judged(networks.generated().image)
        let decoder = try #require(networks.discriminator.labelDecoder)
        #expect(decoder(seen.features, networks.d.weights(differentiable: false)).shape == [n, 12, 8, 3])
    }

    @Test(arguments: families, channels) func gradientsReachEveryParameter(
        _ family: FieldNetworks.Family, channels: Int
    ) throws {
        let networks = FieldNetworks(family) { $0.channels = channels }
        let decoder = try #require(networks.discriminator.decoder)
        try networks.verifyGradients { fake, seen, weights in
            let decoded = try #require(decoder(seen.features, weights)[8])
            let target = try #require(fake.features[8])
            return seen.logits.squared().mean() + FeatureDistance.cosine(decoded: decoded, target: target)
        }
    }

    @Test(arguments: growing, levels) func levelsOfGrowth(_ family: FieldNetworks.Family, _ level: GrowthLevel) {
        let networks = FieldNetworks(family)
        let (generator, discriminator) = (level.of(networks.generator), level.of(networks.discriminator))
        let size = networks.wish.grid.size(at: level.resolution)
        #expect(generator.imageSize == size && discriminator.imageSize == size)
        let fake = generator(networks.input(), networks.g.weights(differentiable: false))
        #expect(fake.image.shape == [n, size.height, size.width, 2])
        let seen = discriminator(fake.image, labels: nil, networks.d.weights(differentiable: false))
        #expect(seen.logits.shape == [n, 1])
        #expect(seen.logits.array.allSatisfy { $0.isFinite })
    }

    /// A rectangle's networks differ from a square's in the shapes of what starts and ends with the start alone.
    @Test(arguments: families) func namesAreThoseOfSquares(_ family: FieldNetworks.Family) {
        let (rectangle, square) = (
            FieldNetworks(family),
            FieldNetworks(family) { ($0.startHeight, $0.startWidth, $0.boundedOutput) = (4, 4, true) }
        )
        for (a, b) in [(rectangle.g, square.g), (rectangle.d, square.d)] {
            #expect(a.trained.map(\.name) == b.trained.map(\.name))
            let other = zip(a.trained, b.trained).filter { $0.declaration.layout != $1.declaration.layout }.map(
                \.0.name)
            let known: Set<String> = [
                "synthesis.b4.const", "b4.fc.weight", "4x4/Dense/weight", "4x4/Dense0/weight", "g_snh0/Matrix",
                "g_snh0/bias",
            ]
            #expect(Set(other).isSubset(of: known), "\(other)")
        }
    }

    /// Keys are pooled where both sides are even; of a start of 5×7 they are not.
    @Test func attentionOnOddSides() throws {
        let networks = FieldNetworks(.stylegan2) { ($0.startHeight, $0.startWidth, $0.attention) = (5, 7, [4, 8]) }
        let fake = networks.generated()
        #expect(fake.image.shape == [n, 20, 28, 2])
        let (first, second) = (try #require(fake.attention[4]), try #require(fake.attention[8]))
        #expect([first.queryGrid.height, first.queryGrid.width] == [5, 7])
        #expect([first.keyGrid.height, first.keyGrid.width] == [5, 7])
        #expect(first.keys.shape[1] == 35)
        #expect([second.queryGrid.height, second.queryGrid.width] == [10, 14])
        #expect([second.keyGrid.height, second.keyGrid.width] == [5, 7])
        #expect(Set(networks.judged(fake.image).attention.keys) == [4, 8])
    }

    /// Pictures are cut off at the bounds of their values; what has none is not.
    @Test(arguments: [true, false]) func bounds(_ boundedOutput: Bool) {
        let sagan = FieldNetworks(.sagan) { $0.boundedOutput = boundedOutput }
        FieldNetworks.change("g_snconv_last/biases", of: sagan.g) { $0.map { $0 + 20 } }
        let largest = sagan.generated().image.array.max() ?? 0
        #expect(boundedOutput ? largest <= 1 : largest > 10)
        let stylegan2 = FieldNetworks(.stylegan2) { ($0.boundedOutput, $0.clamp) = (boundedOutput, 4) }
        FieldNetworks.change("synthesis.b16.torgb.bias", of: stylegan2.g) { $0.map { $0 + 50 } }
        let most = stylegan2.generated().image.array.max() ?? 0
        #expect(boundedOutput ? most <= 3 * 4 : most > 40)
    }
}
