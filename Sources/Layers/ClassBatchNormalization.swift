import Autodiff
import Kernels

/// Batch normalisation with a gain and a bias of each class (arXiv 1610.07629, section 2.2), as in the generator of
/// arXiv 1805.08318; without classes with its own.
///
/// Parameters are `name/gamma` and `name/beta`, [classes, channels] or [channels]; `name/mean` and `name/var` are the moving
/// averages.
public struct ClassBatchNormalization: Sendable {
    private let normalization: BatchNormalization
    private let classes: Int
    private let tables: (gains: ParameterHandle, biases: ParameterHandle)?

    /// - Parameters:
    ///   - classes: 0 for none.
    ///   - decay: of the moving averages, a phase.
    public init(_ name: String, classes: Int, channels: Int, decay: Float, in builder: inout ParameterBuilder) {
        self.classes = classes
        tables =
            classes > 0
            ? (
                builder.declare(
                    ParameterDeclaration("\(name)/gamma", .plain([classes, channels]), initial: .constant(1))),
                builder.declare(
                    ParameterDeclaration("\(name)/beta", .plain([classes, channels]), initial: .constant(0)))
            ) : nil
        normalization = BatchNormalization(
            name, channels: channels, isAffine: classes == 0, decay: decay, isUnbiased: false,
            names: BatchNormalizationNames(
                separator: "/", gain: "gamma", bias: "beta", mean: "mean", variance: "var"), in: &builder)
    }

    /// - Parameters:
    ///   - parts: of each microbatch, [N, …, channels].
    ///   - labels: of each microbatch, one-hot [N, classes]; nil without classes.
    ///   - activation: what follows.
    /// - Returns: as `parts`.
    public func callAsFunction(
        _ parts: [Tensor], labels: [Tensor?], _ weights: [Weights], activation: Activation
    ) -> [Tensor] {
        guard let tables else { return normalization(parts, weights, activation: activation) }
        func chosen(_ table: ParameterHandle) -> [Tensor] {
            zip(labels, weights).map { labels, weights in
                guard let labels, labels.rank == 2, labels.shape[1] == classes else {
                    preconditionFailure("labels \(labels?.shape ?? []), expected [N, \(classes)]")
                }
                return .product(labels, weights[table])
            }
        }
        return normalization(
            parts, gains: chosen(tables.gains), biases: chosen(tables.biases), weights, activation: activation)
    }
}
