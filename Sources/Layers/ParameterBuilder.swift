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

    /// Behind the parameter, what its reparametrisation keeps of it is declared.
    public mutating func declare(_ declaration: ParameterDeclaration) -> ParameterHandle {
        let handle = ParameterHandle(place: declarations.count, name: declaration.name)
        declarations.append(declaration)
        declarations += declaration.reparametrization?.state(of: declaration) ?? []
        return handle
    }

    /// A layer with the places of what it declares.
    public mutating func placed<Layer: Sendable>(_ make: (inout ParameterBuilder) -> Layer) -> PlacedLayer<Layer> {
        let first = count
        let layer = make(&self)
        return PlacedLayer(layer: layer, places: first..<count)
    }
}
