import Kernels

/// What turns a stored parameter into the one that layers use, outside of the tape.
///
/// It is prepared once a phase, and its adjoint, which is linear as its state is a constant there, is applied once to the
/// summed gradient (``Parameters/applyAdjoints(to:_:)``). So it costs nothing per microbatch, works for gradients of
/// gradients as it is, and does not depend on how many microbatches there are. Its state belongs to the network's
/// parameters: in checkpoints, the same on all ranks, and moved on once a phase (``Parameters/advance(_:)``).
///
/// The simplest one is the equalised learning rate (arXiv 1710.10196, section 4.1): used = scale · stored, and its adjoint
/// the same factor. It is ``ParameterDeclaration/scale``, and not a type of its own: its adjoint is applied where the
/// gradients of a microbatch are copied, which costs nothing either, as in float32 scale·Σ and Σ scale· are not the same
/// bits, and those of earlier runs stay. With both, layers use the scaled result of the reparametrisation.
public protocol Reparametrization: Sendable {
    /// What it keeps beside a parameter: untrained, declared behind it.
    func state(of parameter: ParameterDeclaration) -> [ParameterDeclaration]
    /// Brings state as it was drawn to where a training starts.
    func start(_ parameter: ReparametrizedParameter)
    /// Moves the state on, by the parameter as it is stored: the same on every rank, since that is.
    func advance(_ parameter: ReparametrizedParameter)
    /// What layers use, by the state as it is.
    func prepared(_ parameter: ReparametrizedParameter) -> any PreparedParameter
}

/// A stored parameter, and what its reparametrisation keeps of it.
public struct ReparametrizedParameter {
    public let stored: BufferView
    public let layout: ParameterLayout
    /// In the order of ``Reparametrization/state(of:)``.
    public let state: [BufferView]

    public init(stored: BufferView, layout: ParameterLayout, state: [BufferView]) {
        self.stored = stored
        self.layout = layout
        self.state = state
    }
}

/// A parameter as layers use it until it, or the state of its reparametrisation, changes.
public protocol PreparedParameter {
    /// Laid out like the stored one.
    var used: BufferView { get }
    /// Numbers worth a line in a report, such as σ, by their names.
    var measured: [(name: String, value: Float)] { get }
    /// Makes the gradient of what layers use that of the stored parameter, in place.
    func applyAdjoint(to gradient: BufferView)
}
