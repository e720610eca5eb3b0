import Autodiff

/// The auxiliary classifier's loss (AC-GAN, arXiv 1610.09585, section 3), of real and of fake images alike.
public enum AuxiliaryClassifier {
    /// The softmax cross-entropy of class scores against labels, mean over the samples, shape [].
    ///
    /// - Parameters:
    ///   - classLogits: [N, classes]
    ///   - labels: one-hot, [N, classes], a constant.
    public static func crossEntropy(_ classLogits: Tensor, labels: Tensor) -> Tensor {
        precondition(
            classLogits.rank == 2 && classLogits.shape == labels.shape,
            "cross-entropy: scores \(classLogits.shape), labels \(labels.shape)")
        let (n, classes) = (classLogits.shape[0], classLogits.shape[1])
        // The largest score becomes zero, so that no exponential overflows; what is subtracted cancels out.
        let scores = classLogits.array
        let largest = (0..<n).map { row in scores[row * classes..<(row + 1) * classes].max() ?? 0 }
        let shifted = classLogits - Tensor(largest, shape: [n, 1])
        let partition = shifted.exponential().sum(to: [n, 1]).logarithm()
        return (partition - Tensor.contract(shifted, labels, to: [n, 1])).mean()
    }
}
