import Autodiff
import Evaluation
import Layers
import Learning
import Models

/// A network that ``FeatureTrainer`` trains, and what it is told right or wrong by.
protocol FeatureLearner {
    var declarations: [ParameterDeclaration] { get }

    /// Collective, as the network is.
    ///
    /// - Parameters:
    ///   - images: of each microbatch.
    ///   - labels: of each, one-hot of what is to be told.
    /// - Returns: of each, its mean cross-entropy, shape [], and the share of what it told right.
    func learn(_ images: [Tensor], _ labels: [Tensor], _ weights: [Weights]) -> [(loss: Tensor, right: Float)]
}

extension FeatureClassifier: FeatureLearner {
    func learn(_ images: [Tensor], _ labels: [Tensor], _ weights: [Weights]) -> [(loss: Tensor, right: Float)] {
        zip(self(images, weights), labels).map { output, labels in
            (AuxiliaryClassifier.crossEntropy(output.logits, labels: labels), Self.accuracy(output.logits, labels))
        }
    }

    /// Share of samples whose highest score is that of their class.
    private static func accuracy(_ logits: Tensor, _ labels: Tensor) -> Float {
        let (scores, wanted, classes) = (logits.array, labels.array, logits.shape[1])
        let right = (0..<logits.shape[0]).count { n in
            wanted[n * classes + ExaminedFeatures.best(scores[n * classes..<(n + 1) * classes])] == 1
        }
        return Float(right) / Float(logits.shape[0])
    }
}

extension Segmenter: FeatureLearner {
    /// Labels are [N, H, W, classes].
    func learn(_ images: [Tensor], _ labels: [Tensor], _ weights: [Weights]) -> [(loss: Tensor, right: Float)] {
        zip(self(images, weights), labels).map { scores, labels in
            (
                DenseCrossEntropy.loss(scores: scores, targets: labels),
                DenseCrossEntropy.accuracy(scores: scores, targets: labels)
            )
        }
    }
}

extension FeatureTask {
    /// The network of a task.
    func learner(_ shape: FeatureClassifierShape) -> any FeatureLearner {
        switch self {
        case .classifier, .rotation: FeatureClassifier(shape)
        case .segmenter: Segmenter(shape)
        }
    }
}
