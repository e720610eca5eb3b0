import Autodiff

/// The gradients and measurements of one phase on one microbatch.
public struct PhaseResult {
    /// In the order of the network's trained parameters.
    public var gradients: [Tensor?]
    public var measurements: Measurements
}

/// A phase on one microbatch after its forward pass, and before its backward pass.
public struct PhaseLoss {
    let loss: Tensor
    /// The network's trained parameters, in their order.
    let variables: [Tensor]
    /// Gradients of parts of the phase that have been through their backward passes.
    var earlier: [[Tensor?]] = []
    public let measurements: Measurements

    /// Goes back, and hands over each gradient, with its place among the parameters, as soon as it is final.
    func backward(_ take: (Int, Tensor?) -> Void) {
        gradients(of: loss, with: variables) { place, gradient in
            let parts = earlier.compactMap { $0[place] }
            take(place, parts.reduce(gradient) { sum, part in sum.map { $0 + part } ?? part })
        }
    }

    /// Goes back, to all gradients together.
    public func result() -> PhaseResult {
        var all = [Tensor?](repeating: nil, count: variables.count)
        backward { place, gradient in all[place] = gradient }
        return PhaseResult(gradients: all, measurements: measurements)
    }
}

/// Images of the generator, recorded, whose gradients will be asked for.
struct Fakes {
    let image: Tensor
    let labels: Tensor?
    let wMean: [Float]
    /// The generator's trained parameters.
    let variables: [Tensor]
}
