/// A parameter before it has values.
public struct ParameterDeclaration: Sendable {
    public enum Initial: Sendable {
        /// N(0, deviation²)
        case normal(deviation: Float)
        case constant(Float)
    }

    /// As in the reference state dictionary.
    public var name: String
    public var layout: ParameterLayout
    public var initial: Initial
    /// Equalised learning rate (arXiv 1710.10196, section 4.1): what the value is multiplied by when it is used.
    public var scale: Float
    /// False for state that no gradient moves (the reference's buffers).
    public var isTrained: Bool

    public init(
        _ name: String, _ layout: ParameterLayout, initial: Initial, scale: Float = 1, isTrained: Bool = true
    ) {
        self.name = name
        self.layout = layout
        self.initial = initial
        self.scale = scale
        self.isTrained = isTrained
    }
}
