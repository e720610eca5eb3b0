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

    /// Names of all that stands at these places, the state that no gradient moves among it.
    public func names(at places: [Range<Int>]) -> Set<String> {
        Set(places.flatMap { self[$0].map(\.name) })
    }
}
