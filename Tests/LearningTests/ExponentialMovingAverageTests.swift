import Kernels
import Layers
import Learning
import Testing

@Suite struct ExponentialMovingAverageTests {
    /// What describes the weights follows as they do; other state is that of the network that learns.
    @Test func stateFollowsAsItIsDeclared() throws {
        let declarations = [
            ParameterDeclaration("weight", .plain([2]), initial: .constant(1)),
            ParameterDeclaration(
                "norm.running_mean", .plain([2]), initial: .constant(1), isTrained: false,
                tracking: TrackedMean(decay: 0.9, isAveraged: true)),
            ParameterDeclaration(
                "w_avg", .plain([2]), initial: .constant(1), isTrained: false, tracking: TrackedMean(decay: 0.9)),
            ParameterDeclaration("u", .plain([2]), initial: .constant(1), isTrained: false),
        ]
        let (generator, average) = (Parameters(declarations), Parameters(declarations))
        average.initialize(seed: 0, network: 0)
        for entry in generator.trained + generator.untrained {
            Elementwise.fill(generator.view(entry), with: 5)
        }
        // A half-life of one step.
        let rule = ExponentialMovingAverage(halfLifeImages: 8, ramp: nil)
        #expect(rule.update(average, from: generator, imagesShown: 64, batch: 8))
        let found = (average.trained + average.untrained).map { average.view($0).array[0] }
        #expect(found == [3, 3, 5, 5])
        Elementwise.fill(generator.view(generator.untrained[0]), with: .infinity)
        #expect(!rule.update(average, from: generator, imagesShown: 64, batch: 8))
    }
}
