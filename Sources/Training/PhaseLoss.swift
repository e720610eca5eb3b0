import Models

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
    /// Gradients of a part of the phase that has been through its backward pass; empty for none.
    var earlier: [Tensor?] = []
    public let measurements: Measurements

    /// Goes back, and hands over each gradient, with its place among the parameters, as soon as it is final.
    func backward(_ take: (Int, Tensor?) -> Void) {
        gradients(of: loss, with: variables) { place, gradient in
            guard !earlier.isEmpty, let other = earlier[place] else { return take(place, gradient) }
            take(place, gradient.map { $0 + other } ?? other)
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
