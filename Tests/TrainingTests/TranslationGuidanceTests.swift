import Autodiff
import Kernels
import Layers
import Models
import NumericalTesting
import Recipes
import SmallRuns
import Testing
import Training

/// GGDR (arXiv 2207.13320) beside the losses of image to image: what it measures, and whom it moves.
@Suite struct TranslationGuidanceTests {
    static let guided = [
        SmallPairs.pix2pix.with(["ggdr.enabled=true"], "with GGDR"),
        SmallPairs.oasis.with(["ggdr.enabled=true"], "with GGDR"),
        SmallPairs.ccfpse.with(["ggdr.enabled=true", "ggdr.resolution=16", "ggdr.also=8"], "with GGDR"),
    ]

    /// Of the channels at each place of two maps.
    private static func meanCosine(_ first: Tensor, _ second: Tensor) -> Double {
        let (a, b, channels) = (first.array, second.array, first.shape[3])
        let places = a.count / channels
        var sum = 0.0
        for place in 0..<places {
            let (x, y) = (
                Array(a[place * channels..<(place + 1) * channels]), b[place * channels..<(place + 1) * channels]
            )
            let inner = innerProduct(x, Array(y))
            let norms = (innerProduct(x, x) * innerProduct(Array(y), Array(y))).squareRoot()
            sum += inner / max(norms, 1e-16)
        }
        return sum / Double(places)
    }

    /// Equation 5, of what the discriminator's decoder predicts of the images of its own phase and of what the generator had
    /// on the way to them; several resolutions are their mean.
    @Test(arguments: guided) func theMeasureIsOneMinusTheMeanCosine(_ known: SmallPairs) throws {
        let pass = try TranslationPass(.discriminatorMain, of: known.engine())
        let decoder = try #require(pass.networks.discriminator.decoder)
        let engine = try known.engine()
        let resolutions = engine.configuration.ggdr.also + [engine.configuration.ggdrResolution]
        var expected = 0.0
        for k in pass.made.indices {
            let decoded = Tape.paused { decoder(pass.seen[k].features, pass.weights[k]) }
            for resolution in resolutions {
                let (map, target) = (
                    try #require(decoded[resolution]), try #require(pass.made[k].features[resolution])
                )
                #expect(map.shape == target.shape)
                let share = 1 / Double(pass.made.count * resolutions.count)
                expected += (1 - Self.meanCosine(map, target)) * share
            }
        }
        let report = try engine.run(phases: [.discriminatorMain], real: pass.real)
        let found = try #require(report.statistics.first { $0.0 == "loss/ggdr" }?.1)
        #expect(abs(found - expected) < 1e-5, "\(found), \(expected)")
        #expect(expected > 0.01 && expected < 1.99)
    }

    /// Nothing else reaches the decoder; it reaches the rest of the discriminator, too.
    @Test(arguments: guided) func theDecodersGradientIsTimesTheWeight(_ known: SmallPairs) throws {
        func gradients(_ weight: Int) throws -> (decoder: [Float], rest: [Float]) {
            let engine = try known.engine(["ggdr.weight=\(weight)"])
            let real = try engine.reals(of: SmallPairs.minibatch(engine), at: engine.configuration.grown)
            _ = try engine.run(phases: [.discriminatorMain], real: real)
            let moments = engine.firstMoments(of: .discriminator)
            func part(isDecoder: Bool) -> [Float] {
                engine.networks.d.trained.filter { $0.name.contains("_dec") == isDecoder }
                    .flatMap { moments.slice($0.offset, $0.count).array }
            }
            return (part(isDecoder: true), part(isDecoder: false))
        }
        let (none, light, heavy) = (try gradients(0), try gradients(1), try gradients(3))
        #expect(none.decoder.allSatisfy { $0 == 0 })
        #expect(light.decoder.contains { $0 != 0 })
        #expect(relativeError(heavy.decoder, light.decoder.map { 3 * $0 }) < 1e-5)
        #expect(light.rest != none.rest && heavy.rest != light.rest)
    }

    /// A decoder beside what it already says changes nothing of what a discriminator tells the generator.
    @Test(arguments: guided) func theGeneratorsPhaseIsAsWithout(_ known: SmallPairs) throws {
        let (guided, plain) = (try known.engine(), try known.engine(["ggdr.enabled=false"]))
        let (from, to) = (guided.networks.d, plain.networks.d)
        for entry in to.trained + to.untrained {
            let same = try #require(from.entry(named: entry.name))
            Elementwise.copy(from.view(same), into: to.view(entry))
        }
        to.didChange()
        #expect(from.values.count > to.values.count)
        let outcomes = try [guided, plain].map { engine in
            let real = try engine.reals(of: SmallPairs.minibatch(engine), at: engine.configuration.grown)
            let report = try engine.run(phases: [.generatorMain], real: real)
            return (
                engine.firstMoments(of: .generator).array, engine.networks.g.values.array,
                try #require(report.measurements[.generatorMain])[.generatorLoss]
            )
        }
        #expect(outcomes[0].0.contains { $0 != 0 })
        #expect(outcomes[0] == outcomes[1])
    }
}
