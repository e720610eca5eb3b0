import Autodiff
import Kernels

/// Batch normalisation with a gain and a bias of each class (arXiv 1610.07629, section 2.2), as in the generator of
/// arXiv 1805.08318; without classes with its own. What a sample's labels are is of no account: its gain and its bias are
/// linear in them.
///
/// Parameters are `name/gamma` and `name/beta`, [classes, channels] or [channels]; `name/mean` and `name/var` are the moving
/// averages. Where labels may be zero, or numbers of either sign, a gain has to stand without them: `name/gamma_shared` and
/// `name/beta_shared`, [channels], which start as 1 and 0, and what labels add starts as nothing.
public struct ClassBatchNormalization: Sendable {
    private let normalization: BatchNormalization
    private let classes: Int
    private let tables: (gains: ParameterHandle, biases: ParameterHandle)?
    private let shared: (gains: ParameterHandle, biases: ParameterHandle)?

    /// - Parameters:
    ///   - classes: length of labels; 0 for none.
    ///   - isShared: whether samples have a gain and a bias besides those of their labels.
    ///   - decay: of the moving averages, a phase.
    public init(
        _ name: String, classes: Int, channels: Int, isShared: Bool = false, decay: Float,
        in builder: inout ParameterBuilder
    ) {
        self.classes = classes
        tables =
            classes > 0
            ? (
                builder.declare(
                    ParameterDeclaration(
                        "\(name)/gamma", .plain([classes, channels]), initial: .constant(isShared ? 0 : 1))),
                builder.declare(
                    ParameterDeclaration("\(name)/beta", .plain([classes, channels]), initial: .constant(0)))
            ) : nil
        shared =
            classes > 0 && isShared
            ? (
                builder.declare(
                    ParameterDeclaration("\(name)/gamma_shared", .plain([channels]), initial: .constant(1))),
                builder.declare(
                    ParameterDeclaration("\(name)/beta_shared", .plain([channels]), initial: .constant(0)))
            ) : nil
        normalization = BatchNormalization(
            name, channels: channels, isAffine: classes == 0, decay: decay, isUnbiased: false,
            names: BatchNormalizationNames(
                separator: "/", gain: "gamma", bias: "beta", mean: "mean", variance: "var"), in: &builder)
    }

    /// - Parameters:
    ///   - parts: of each microbatch, [N, …, channels].
    ///   - labels: of each microbatch, [N, classes]; nil without classes.
    ///   - activation: what follows.
    /// - Returns: as `parts`.
    public func callAsFunction(
        _ parts: [Tensor], labels: [Tensor?], _ weights: [Weights], activation: Activation
    ) -> [Tensor] {
        guard let tables else { return normalization(parts, weights, activation: activation) }
        func chosen(_ table: ParameterHandle, _ shared: ParameterHandle?) -> [Tensor] {
            zip(labels, weights).map { labels, weights in
                guard let labels, labels.rank == 2, labels.shape[1] == classes else {
                    preconditionFailure("labels \(labels?.shape ?? []), expected [N, \(classes)]")
                }
                let own = Tensor.product(labels, weights[table])
                guard let shared else { return own }
                return own + weights[shared].reshaped([1, own.shape[1]])
            }
        }
        return normalization(
            parts, gains: chosen(tables.gains, shared?.gains), biases: chosen(tables.biases, shared?.biases), weights,
            activation: activation)
    }
}
