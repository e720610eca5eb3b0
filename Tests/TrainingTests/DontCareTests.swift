import Autodiff
import Learning
import Recipes
import SmallRuns
import Testing
import Training

/// `data.dont_care`: whose losses leave pixels of class 0 out, and whose do not.
@Suite struct DontCareTests {
    private static func engine(_ known: SmallPairs, _ dontCare: Bool) throws -> StepEngine {
        let engine = try known.engine(["data.dont_care=\(dontCare)"])
        engine.startLarge()
        return engine
    }

    private static func means(_ phase: PhaseKey, _ dontCare: Bool) throws -> Measurements {
        let engine = try engine(.oasis, dontCare)
        let real = try engine.reals(of: SmallPairs.minibatch(engine), at: engine.configuration.grown)
        return try #require(try engine.run(phases: [phase], real: real).measurements[phase])
    }

    @Test(arguments: [false, true]) func oasisJudgesNoPixelsOfClass0(_ dontCare: Bool) throws {
        let pass = try TranslationPass(.generatorMain, of: Self.engine(.oasis, dontCare))
        let pixels = pass.pixels
        #expect(pixels[0] > 0 && pixels.count { $0 > 0 } > 2)
        func loss(ignored: Int?) -> Float {
            let weights = SegmentationLoss.weights(pixels: pixels, ignored: ignored)
            let parts = zip(pass.seen, pass.conditions).map { seen, map in
                SegmentationLoss.onReal(seen.scores[0], map: map, weights: weights).scalar
            }
            return parts.reduce(0, +) / Float(parts.count)
        }
        let found = try Self.means(.generatorMain, dontCare)[.generatorLoss]
        let (own, other) = (loss(ignored: dontCare ? 0 : nil), loss(ignored: dontCare ? nil : 0))
        #expect(abs(found - own) <= 1e-4 * own, "\(found), \(own)")
        #expect(abs(found - other) > 1e-2, "\(found), \(other)")
    }

    /// That a pixel is generated is known whatever it shows, and LabelMix asks for no class.
    @Test func whatIsGeneratedOrMixedCountsAllPixels() throws {
        let (without, with) = (try Self.means(.discriminatorMain, false), try Self.means(.discriminatorMain, true))
        for measure in [Measure.discriminatorFakeLoss, .labelMix] { #expect(without[measure] == with[measure]) }
        let (a, b) = (without[.discriminatorRealLoss], with[.discriminatorRealLoss])
        #expect(abs(a - b) > 1e-3, "\(a), \(b)")
    }

    static let others = [SmallPairs.pix2pix.with(["data.condition=map"], "of maps"), .ccfpse]

    /// To other methods class 0 is a class.
    @Test(arguments: others) func othersLearnTheSame(_ known: SmallPairs) throws {
        let states = try [false, true].map { dontCare in
            let engine = try Self.engine(known, dontCare)
            try known.run(engine, steps: 1)
            return EngineState(engine)
        }
        let differing = states[0].names.intersection(states[0].differences(from: states[1]))
        #expect(differing.isEmpty, "\(differing.sorted())")
    }
}
