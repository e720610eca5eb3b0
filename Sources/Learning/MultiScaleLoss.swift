import Autodiff

/// A loss on scores at several scales: the mean over the scales of the mean over the positions of each (arXiv 1910.06809,
/// section 3.2, after arXiv 1711.11585).
public struct MultiScaleLoss<Loss: AdversarialLoss>: Sendable {
    public let loss: Loss

    public init(_ loss: Loss) { self.loss = loss }

    /// - Parameter scores: of the generator's images, of each scale [N, h, w, 1].
    public func generator(_ scores: [Tensor]) -> Tensor { mean(scores, loss.generator) }
    public func onReal(_ scores: [Tensor]) -> Tensor { mean(scores, loss.onReal) }
    public func onFake(_ scores: [Tensor]) -> Tensor { mean(scores, loss.onFake) }

    private func mean(_ scores: [Tensor], _ loss: (Tensor) -> Tensor) -> Tensor {
        precondition(!scores.isEmpty, "multi-scale loss: no scores")
        return scores.dropFirst().reduce(loss(scores[0])) { $0 + loss($1) } * (1 / Float(scores.count))
    }
}
