import Configuration
import Learning
import Recipes
import SmallRuns
import Testing
import Training

/// In Pix2Pix both phases of a step learn from the same generated images.
@Suite struct SharedFakesTests {
    static let cases = [
        SmallPairs.pix2pix, SmallPairs.pix2pix.with(["model.norm=instance"], "by instance"),
        SmallPairs.pix2pix.with(["model.norm=instance", "microbatch=8"], "by instance, one microbatch"),
    ]

    /// A discriminator that has not learned yet scores them alike in either phase: dropout is the same.
    @Test(arguments: cases) func imagesAreThoseOfTheOtherPhase(_ known: SmallPairs) throws {
        func score(_ phase: PhaseKey) throws -> Float {
            let engine = try known.engine()
            let real = try engine.reals(of: SmallPairs.minibatch(engine), at: engine.configuration.grown)
            let report = try engine.run(phases: [phase], real: real)
            return report.measurements[phase]?[.fakeScore] ?? .nan
        }
        let (seen, learned) = (try score(.discriminatorMain), try score(.generatorMain))
        #expect(abs(seen - learned) <= 1e-5 * abs(learned))
    }

    /// What the discriminator's phase has made is what the generator's phase alone would make: its losses, and moving averages
    /// that follow once in a step.
    @Test(arguments: cases) func madeOnce(_ known: SmallPairs) throws {
        func step(_ phases: [PhaseKey]) throws -> (distance: Float, state: [String: [Float]]) {
            let engine = try known.engine()
            let real = try engine.reals(of: SmallPairs.minibatch(engine), at: engine.configuration.grown)
            let report = try engine.run(phases: phases, real: real)
            return (
                report.measurements[.generatorMain]?[.absoluteDistance] ?? .nan, engine.networks.g.stateByName
            )
        }
        let both = try step([.discriminatorMain, .generatorMain])
        let alone = try step([.generatorMain])
        #expect(both.distance == alone.distance)
        #expect(both.state == alone.state)
        #expect(both.state.isEmpty == (known.overrides.contains("model.norm=instance")))
    }

    /// Nothing is kept from one step to the next.
    @Test(arguments: cases) func stepsDiffer(_ known: SmallPairs) throws {
        let engine = try known.engine()
        let real = try engine.reals(of: SmallPairs.minibatch(engine), at: engine.configuration.grown)
        _ = try engine.run(phases: [.discriminatorMain], real: real)
        let later = try engine.run(phases: [.generatorMain], real: real)
        let other = try known.engine()
        _ = try other.run(phases: [.discriminatorMain], real: real)
        let same = try other.run(phases: [.discriminatorMain, .generatorMain], real: real)
        let distances = [later, same].map { $0.measurements[.generatorMain]?[.absoluteDistance] }
        #expect(distances[0] == distances[1] && distances[0] != nil)
    }
}
