import Autodiff
import Kernels
import Layers
import Models
import NumericalTesting
import Testing

/// Networks whose maps go on from their opposite sides know no place from another.
@Suite struct PeriodicNetworksTests {
    static let families = FieldNetworks.Family.allCases

    private func networks(_ family: FieldNetworks.Family, _ padding: Padding) -> FieldNetworks {
        FieldNetworks(family) { $0.padding = padding }
    }

    /// A start that is the same everywhere makes images that are the same everywhere, but for zeros beyond the border.
    @Test(arguments: families) func aLevelStartStaysLevel(_ family: FieldNetworks.Family) {
        func spread(_ padding: Padding) -> Float {
            let networks = networks(family, padding)
            networks.levelStart()
            let image = networks.generated(.none).image
            let mean = image.mean(over: [1, 2])
            let deviations = (image - mean).array.map(abs)
            return (deviations.max() ?? .infinity) / (image.array.map(abs).max() ?? 1)
        }
        #expect(spread(.periodic) < 1e-5)
        #expect(spread(.reflect) < 1e-5)
        #expect(spread(.zero) > 0.01)
    }

    /// Noise that is rolled rolls the image of a level start.
    @Test(arguments: [true, false]) func noiseMovesTheImageAlong(_ isPeriodic: Bool) {
        let networks = networks(.stylegan2, isPeriodic ? .periodic : .zero)
        networks.levelStart()
        func image(rows: Int, columns: Int) -> Tensor {
            networks.generated(
                .random { layer in
                    var samples = Samples(seed: UInt64(2 * layer.resolution + (layer.isUp ? 1 : 0)))
                    let shape = [FieldNetworks.batch, layer.height, layer.width, 1]
                    let plane = Tensor(samples.floats(shape.reduce(1, *), -2...2), shape: shape)
                    let step = layer.resolution / 4
                    return plane.rolled(rows: rows * step, columns: columns * step).reshaped(Array(shape.dropLast()))
                }
            ).image
        }
        // Of the start's pixels, each of which is four of the image's.
        let expected = image(rows: 0, columns: 0).rolled(rows: 4 * 4, columns: 4)
        let error = relativeError(image(rows: 4, columns: 1).array, expected.array)
        if isPeriodic { #expect(error < 1e-5) } else { #expect(error > 0.01) }
    }

    /// An image that is rolled rolls the discriminator's maps, and its decoder's.
    @Test(arguments: families) func theDiscriminatorsMapsMoveAlong(_ family: FieldNetworks.Family) throws {
        func error(_ padding: Padding) throws -> (maps: Double, decoded: Double) {
            let networks = networks(family, padding)
            let image = networks.generated().image
            let (seen, moved) = (networks.judged(image), networks.judged(image.rolled(rows: 8, columns: 4)))
            let decoder = try #require(networks.discriminator.decoder)
            let weights = networks.d.weights(differentiable: false)
            func decoded(_ output: DiscriminatorOutput) throws -> Tensor {
                try #require(decoder(output.features, weights)[8])
            }
            let map = try #require(seen.features[4]).rolled(rows: 2, columns: 1)
            return (
                relativeError(try #require(moved.features[4]).array, map.array),
                relativeError(try decoded(moved).array, try decoded(seen).rolled(rows: 4, columns: 2).array)
            )
        }
        let (periodic, zero) = (try error(.periodic), try error(.zero))
        #expect(periodic.maps < 1e-5 && periodic.decoded < 1e-5)
        #expect(zero.maps > 0.01 && zero.decoded > 0.01)
    }
}
