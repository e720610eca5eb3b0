/// A layer, and where its parameters stand among the declarations of its network: for what takes part at some levels of
/// growth only.
public struct PlacedLayer<Layer: Sendable>: Sendable {
    public let layer: Layer
    public let places: Range<Int>
}

extension [ParameterDeclaration] {
    /// Names of the trained parameters at these places.
    public func trainedNames(at places: [Range<Int>]) -> Set<String> {
        Set(places.flatMap { self[$0].filter(\.isTrained).map(\.name) })
    }
}
