import Autodiff

/// The gradients and measurements of one phase, or of a part of one, on one microbatch.
public struct PhaseResult {
    /// In the order of the network's trained parameters.
    public var gradients: [Tensor?]
    public var measurements: Measurements
}

/// A phase on one microbatch after its forward pass, and before its backward pass.
public struct PhaseLoss {
    /// Shape [].
    public let loss: Tensor
    /// The learner's trained parameters, in their order.
    public let variables: [Tensor]
    /// Gradients of parts of the phase that have been through their backward passes.
    public var earlier: [[Tensor?]] = []
    public let measurements: Measurements

    public init(
        loss: Tensor, variables: [Tensor], earlier: [[Tensor?]] = [], measurements: Measurements
    ) {
        self.loss = loss
        self.variables = variables
        self.earlier = earlier
        self.measurements = measurements
    }

    /// Goes back, and hands over each gradient, with its place among the parameters, as soon as it is final.
    public func backward(_ take: (Int, Tensor?) -> Void) {
        gradients(of: loss, with: variables) { place, gradient in take(place, whole(gradient, place)) }
    }

    /// With the gradients of earlier parts.
    public func whole(_ gradient: Tensor?, _ place: Int) -> Tensor? {
        earlier.compactMap { $0[place] }.reduce(gradient) { sum, part in sum.map { $0 + part } ?? part }
    }

    /// The gradients of phases on several microbatches whose graphs hang together, of each in its own order.
    public static func backward(together losses: [PhaseLoss]) -> [[Tensor?]] {
        var all = losses.map { [Tensor?](repeating: nil, count: $0.variables.count) }
        gradients(of: losses.map(\.loss), with: losses.map(\.variables)) { k, place, gradient in
            all[k][place] = losses[k].whole(gradient, place)
        }
        return all
    }

    /// Goes back, to all gradients together.
    public func result() -> PhaseResult {
        var all = [Tensor?](repeating: nil, count: variables.count)
        backward { place, gradient in all[place] = gradient }
        return PhaseResult(gradients: all, measurements: measurements)
    }
}
