import Autodiff
import Layers
import Testing

@Suite struct TrackedMeanTests {
    private let handles: (mean: ParameterHandle, other: ParameterHandle)
    private let parameters: Parameters

    init() {
        var builder = ParameterBuilder()
        _ = builder.declare(ParameterDeclaration("w", .plain([4]), initial: .constant(1)))
        let mean = builder.declare(
            ParameterDeclaration(
                "mean", .plain([2]), initial: .constant(10), isTrained: false, tracking: TrackedMean(decay: 0.75)))
        _ = builder.declare(ParameterDeclaration("fixed", .plain([3]), initial: .constant(5), isTrained: false))
        let other = builder.declare(
            ParameterDeclaration(
                "other", .plain([1]), initial: .constant(0), isTrained: false, tracking: TrackedMean(decay: 0.5)))
        handles = (mean, other)
        parameters = Parameters(builder.declarations)
        parameters.initialize(seed: 1, network: 0)
    }

    @Test func whatIsNotedStandsInTheOrderOfDeclaration() {
        #expect(parameters.trackedCount == 3 && parameters.tracked.map(\.name) == ["mean", "other"])
        let weights = parameters.weights(differentiable: true)
        #expect(weights.noted == [])
        // A block that is computed again notes the same again.
        for _ in 0..<2 {
            weights.note(handles.other, [3])
            weights.note(handles.mean, [1, 2])
        }
        #expect(weights.noted == [1, 2, 3])
        // Each pass its own.
        #expect(parameters.weights(differentiable: true).noted == [])
    }

    /// A forward pass does not change state; the end of a phase does.
    @Test func stateFollowsTheMeans() {
        let weights = parameters.weights(differentiable: false)
        weights.note(handles.mean, [0, 0])
        weights.note(handles.other, [0])
        #expect(parameters.state.array == [10, 10, 5, 5, 5, 0])
        #expect(parameters.follow([2, 6, 4]) == nil)
        #expect(parameters.state.array == [8, 9, 5, 5, 5, 2])
        #expect(weights[handles.mean].array == [8, 9])
        #expect(parameters.follow([0, 0, .infinity]) == "other")
    }
}
