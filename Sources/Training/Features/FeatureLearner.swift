import Autodiff
import Evaluation
import Layers
import Learning
import Models
import Recipes

/// A network that ``FeatureTrainer`` trains, and what it is told right or wrong by.
protocol FeatureLearner {
    var declarations: [ParameterDeclaration] { get }

    /// Collective, as the network is.
    ///
    /// - Parameters:
    ///   - images: of each microbatch.
    ///   - labels: of each, one-hot of what is to be told; nothing where nothing is.
    func learn(_ images: [Tensor], _ labels: [Tensor], _ weights: [Weights]) -> [Lesson]
}

/// What a microbatch has shown.
struct Lesson {
    /// Cross-entropy, shape []: its sum over what was to be told, divided by all that there is.
    let loss: Tensor
    /// Shares of all that there is.
    let right: Float
    var counted: Float = 1
}

extension FeatureClassifier: FeatureLearner {
    func learn(_ images: [Tensor], _ labels: [Tensor], _ weights: [Weights]) -> [Lesson] {
        zip(self(images, weights), labels).map { output, labels in
            Lesson(
                loss: AuxiliaryClassifier.crossEntropy(output.logits, labels: labels),
                right: Self.accuracy(output.logits, labels))
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

/// A segmenter as it learns; labels are [N, H, W, classes].
///
/// Classes are balanced over the whole batch as OASIS's are (arXiv 2012.04781, equation 1): most pixels are of one class, the
/// background, and once that is told what tells the others apart would hardly be heard.
struct SegmenterLearner: FeatureLearner {
    let segmenter: Segmenter
    /// A class that is never told: labels have nothing at its pixels.
    let ignored: Int?

    var declarations: [ParameterDeclaration] { segmenter.declarations }

    func learn(_ images: [Tensor], _ labels: [Tensor], _ weights: [Weights]) -> [Lesson] {
        guard let batch = weights.first?.batch else { preconditionFailure("segmenter: no sums over the whole batch") }
        let classes = segmenter.shape.classes
        let balance = ClassBalance(labels, BalancedClasses(count: classes, ignored: ignored), over: batch)
        let factors = Tensor(balance.weights, shape: [1, 1, 1, classes])
        return zip(segmenter(images, weights), labels).map { scores, labels in
            let told = told(scores.array, labels.array)
            return Lesson(
                loss: DenseCrossEntropy.loss(scores: scores, targets: Tape.paused { labels * factors }),
                right: told.right,
                counted: told.counted)
        }
    }

    private func told(_ scores: [Float], _ wanted: [Float]) -> (right: Float, counted: Float) {
        let classes = segmenter.shape.classes
        var (right, counted) = (0, 0)
        for start in stride(from: 0, to: scores.count, by: classes) {
            let pixel = start..<start + classes
            guard wanted[pixel].contains(1) else { continue }
            counted += 1
            let best = SegmenterNetwork.best(scores[pixel], ignored: ignored)
            right += wanted[start + best] == 1 ? 1 : 0
        }
        let pixels = Float(scores.count / classes)
        return (Float(right) / pixels, Float(counted) / pixels)
    }
}

extension FeatureTask {
    /// The network of a task.
    ///
    /// - Parameter ignored: see ``FeatureSettings/ignored``.
    func learner(_ shape: FeatureClassifierShape, ignored: Int?) -> any FeatureLearner {
        switch self {
        case .classifier, .rotation: FeatureClassifier(shape)
        case .segmenter: SegmenterLearner(segmenter: Segmenter(shape), ignored: ignored)
        }
    }
}
