import Autodiff

/// What a forward pass reads, and where it notes what state is to follow.
public struct Weights {
    let entries: [Parameters.Entry]
    /// By place; nil for parameters that do not take part.
    let tensors: [Tensor?]
    /// What layers that look at the whole batch sum it with; nil where they go by their moving averages.
    public let batch: (any GlobalSummation)?
    let statistics: StatisticsRecord

    public subscript(handle: ParameterHandle) -> Tensor {
        precondition(
            handle.place < entries.count && entries[handle.place].handle.name == handle.name,
            "no parameter \(handle.place) of this network is named \(handle.name)")
        guard let tensor = tensors[handle.place] else {
            preconditionFailure("\(handle.name) takes no part in this pass")
        }
        return tensor
    }

    /// Notes numbers of this microbatch, whose mean over the batch a state tensor will follow (``TrackedMean``).
    ///
    /// - Parameters:
    ///   - handle: of the state.
    ///   - values: as many as it has.
    public func note(_ handle: ParameterHandle, _ values: [Float]) { statistics.note(handle, values) }

    /// All that the last forward pass with these weights noted, in the order of the network's declarations:
    /// ``Parameters/trackedCount`` numbers, or none where it noted nothing.
    public var noted: [Float] { statistics.noted }
}
