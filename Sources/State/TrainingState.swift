import Kernels
import Layers

/// All that a run is between two steps: counters, and arrays by name.
///
/// Checkpoint, sharing at start, hashes of replicas, comparison and transfer are one generic function each over it, so a
/// new piece of state is a line: a field of ``TrainingCounters``, or a ``NamedTensor`` among `others`.
public final class TrainingState {
    public var counters = TrainingCounters()
    /// The networks, by the names of their groups in a checkpoint.
    public let networks: [(group: String, parameters: Parameters)]
    /// Moments of optimisers, and what a method tracks beside its networks.
    public let others: [NamedTensor]

    public init(networks: [(group: String, parameters: Parameters)], others: [NamedTensor]) {
        self.networks = networks
        self.others = others
    }

    /// All arrays, in the order in which checkpoints hold them.
    public var tensors: [NamedTensor] {
        networks.flatMap { Self.tensors($0.group, $0.parameters) } + others
    }

    static func tensors(_ group: String, _ parameters: Parameters) -> [NamedTensor] {
        (parameters.trained + parameters.untrained).map {
            NamedTensor("\(group)/\($0.name)", $0.declaration.layout, parameters.view($0))
        }
    }

    /// Must follow every change of arrays from outside: drops what was derived from them.
    public func didChange() {
        for (_, parameters) in networks { parameters.didChange() }
    }
}
