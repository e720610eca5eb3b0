/// Where a parameter stands among the declarations of its network: found once, when the network is built.
public struct ParameterHandle: Hashable, Sendable {
    /// Among all declarations of the network.
    let place: Int
    /// As declared: a handle of another network is told by it.
    public let name: String
}

/// Collects the parameters of a network while its layers are made, in the order in which they are declared.
///
/// ```swift
/// var builder = ParameterBuilder()
/// let layer = Dense("fc", input: 4, output: 2, in: &builder)
/// let parameters = Parameters(builder.declarations)
/// ```
public struct ParameterBuilder: Sendable {
    public private(set) var declarations: [ParameterDeclaration] = []

    public init() {}

    /// Where the next declaration stands.
    public var count: Int { declarations.count }

    public mutating func declare(_ declaration: ParameterDeclaration) -> ParameterHandle {
        declarations.append(declaration)
        return ParameterHandle(place: declarations.count - 1, name: declaration.name)
    }

    /// A layer with the places of what it declares.
    public mutating func placed<Layer: Sendable>(_ make: (inout ParameterBuilder) -> Layer) -> PlacedLayer<Layer> {
        let first = count
        let layer = make(&self)
        return PlacedLayer(layer: layer, places: first..<count)
    }
}

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
