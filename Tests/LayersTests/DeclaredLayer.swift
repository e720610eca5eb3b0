import Autodiff
import Layers

/// A layer on its own, with what it declares.
struct DeclaredLayer<Layer> {
    let layer: Layer
    let declarations: [ParameterDeclaration]

    init(_ make: (inout ParameterBuilder) -> Layer) {
        var builder = ParameterBuilder()
        layer = make(&builder)
        declarations = builder.declarations
    }
}

extension Parameters {
    /// The tensor of that name in a pass.
    func tensor(_ name: String, _ weights: Weights) -> Tensor {
        guard let entry = entry(named: name) else { preconditionFailure("no parameter is named \(name)") }
        return weights[entry.handle]
    }
}
