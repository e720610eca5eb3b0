import Autodiff

/// The tensors that a forward pass reads.
public struct Weights {
    let entries: [Parameters.Entry]
    /// By place; nil for parameters that do not take part.
    let tensors: [Tensor?]

    public subscript(handle: ParameterHandle) -> Tensor {
        precondition(
            handle.place < entries.count && entries[handle.place].handle.name == handle.name,
            "no parameter \(handle.place) of this network is named \(handle.name)")
        guard let tensor = tensors[handle.place] else {
            preconditionFailure("\(handle.name) takes no part in this pass")
        }
        return tensor
    }
}
