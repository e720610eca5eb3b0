import Autodiff

/// The auxiliary classifier's loss (AC-GAN, arXiv 1610.09585, section 3), of real and of fake images alike.
public enum AuxiliaryClassifier {
    /// The softmax cross-entropy of class scores against labels, mean over the samples, shape [].
    ///
    /// - Parameters:
    ///   - classLogits: [N, classes]
    ///   - labels: one-hot, [N, classes], a constant. Rows of zeros, whose class was left out, count as without loss.
    public static func crossEntropy(_ classLogits: Tensor, labels: Tensor) -> Tensor {
        precondition(
            classLogits.rank == 2 && classLogits.shape == labels.shape,
            "cross-entropy: scores \(classLogits.shape), labels \(labels.shape)")
        let (n, count) = (classLogits.shape[0], classLogits.shape[1])
        // The largest score becomes zero, so that no exponential overflows; what is subtracted cancels out.
        let scores = classLogits.array
        let largest = (0..<n).map { row in scores[row * count..<(row + 1) * count].max() ?? 0 }
        let shifted = classLogits - Tensor(largest, shape: [n, 1])
        let partition = shifted.exponential().sum(to: [n, 1]).logarithm()
        let losses = partition - Tensor.contract(shifted, labels, to: [n, 1])
        let classes = labels.array
        let given = (0..<n).map { row in classes[row * count..<(row + 1) * count].contains { $0 != 0 } }
        guard given.contains(false) else { return losses.mean() }
        return (losses * Tensor(given.map { $0 ? 1 : 0 }, shape: [n, 1])).mean()
    }
}
