import Autodiff

/// A vector for each class, of which a sample takes that of its own: a linear map of its labels, whatever they are.
public struct ClassEmbedding: Sendable {
    private let table: ParameterHandle
    private let classes: Int

    /// - Parameter isNormalized: whether the table is reparametrised as the weights of the network are, as the matrix
    ///   [classes, features].
    public init(
        _ name: String, classes: Int, features: Int, isNormalized: Bool, in builder: inout ParameterBuilder
    ) {
        self.classes = classes
        var declaration = GlorotScaling.declaration(
            name, .plain([classes, features]), fanIn: classes, fanOut: features)
        if isNormalized { declaration.reparametrization = builder.weightNormalization }
        table = builder.declare(declaration)
    }

    /// - Parameter labels: [N, classes].
    /// - Returns: [N, features]
    public func callAsFunction(_ labels: Tensor, _ weights: Weights) -> Tensor {
        precondition(
            labels.rank == 2 && labels.shape[1] == classes,
            "class embedding: labels \(labels.shape), expected [N, \(classes)]")
        return .product(labels, weights[table])
    }
}
