import Autodiff

/// The loss of a head that reads from samples the numbers that condition them: AC-GAN (arXiv 1610.09585, section 3) of
/// numbers in place of classes.
public enum AuxiliaryRegression {
    /// The mean over the samples, and their numbers, of the squared error, shape []. Samples whose numbers were left out
    /// count as without error.
    ///
    /// - Parameters:
    ///   - read: [N, K]
    ///   - conditions: [N, K + 1], a constant: the numbers, and 1 where they are given.
    public static func loss(_ read: Tensor, conditions: Tensor) -> Tensor {
        precondition(
            read.rank == 2 && conditions.shape == [read.shape[0], read.shape[1] + 1],
            "regression: \(read.shape) read, conditions \(conditions.shape)")
        let (n, k) = (read.shape[0], read.shape[1])
        let given = conditions.slice(axis: 1, start: k, length: 1).array.map { $0 > 0 ? Float(1) : 0 }
        let error = (read - conditions.slice(axis: 1, start: 0, length: k)) * Tensor(given, shape: [n, 1])
        return (error * error).mean()
    }
}
