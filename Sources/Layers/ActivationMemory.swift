import Autodiff

/// What a network keeps, between its forward and its backward pass, of what its blocks compute. The results have the
/// same bits.
public enum ActivationMemory: Sendable {
    /// Everything.
    case full
    /// The blocks' inputs and results; a backward pass computes each block again (arXiv 1604.06174).
    case checkpointing

    /// The result of a block, a pure function of what it captures.
    public func block(_ body: @escaping () -> Tensor) -> Tensor {
        switch self {
        case .full: body()
        case .checkpointing: Tape.recomputed(body)
        }
    }

    /// The results of a block that has two.
    public func block(_ body: @escaping () -> (Tensor, Tensor)) -> (Tensor, Tensor) {
        switch self {
        case .full: return body()
        case .checkpointing:
            let results = Tape.recomputed {
                let (first, second) = body()
                return [first, second]
            }
            return (results[0], results[1])
        }
    }
}
