/// A parameter before it has values.
public struct ParameterDeclaration: Sendable {
    public enum Initial: Sendable {
        /// N(mean, deviation²)
        case normal(mean: Float = 0, deviation: Float)
        case constant(Float)
    }

    /// As in the reference state dictionary.
    public var name: String
    public var layout: ParameterLayout
    public var initial: Initial
    /// Equalised learning rate (arXiv 1710.10196, section 4.1): what the value is multiplied by when it is used; see
    /// ``Reparametrization``.
    public var scale: Float
    /// What makes of the stored value that which is used, before the scale; nil where it is used as it is.
    public var reparametrization: (any Reparametrization)?
    /// False for state that no gradient moves (the reference's buffers).
    public var isTrained: Bool
    /// How untrained state follows what forward passes note of it; nil where it does not.
    public var tracking: TrackedMean?

    /// Whether reports have its value: that of one number, such as attention's gain.
    public var isReported = false
    /// Name of the layer that it belongs to, where that is not all but the last part of its own.
    public var layer: String?

    public init(
        _ name: String, _ layout: ParameterLayout, initial: Initial, scale: Float = 1,
        reparametrization: (any Reparametrization)? = nil, isTrained: Bool = true, tracking: TrackedMean? = nil
    ) {
        precondition(
            isTrained ? tracking == nil : reparametrization == nil,
            "\(name): a trained parameter follows no mean, and untrained state has no reparametrisation")
        self.name = name
        self.layout = layout
        self.initial = initial
        self.scale = scale
        self.reparametrization = reparametrization
        self.isTrained = isTrained
        self.tracking = tracking
    }
}
