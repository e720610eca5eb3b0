import Autodiff
import Cluster
import Kernels
import Layers
import Learning
import Models
import Recipes
import State

/// A feature network as it learns, on one rank: a step has the same bits on 1, 2, 4, … ranks.
///
/// As in a GAN's step: the batch is a fixed list of microbatches, and whatever crosses samples (gradients, the sums of
/// batch normalisation, what its averages follow) is summed along one fixed tree.
package final class FeatureTrainer {
    package let parameters: Parameters
    private let learner: any FeatureLearner
    private let settings: FeatureSettings
    private let communicator: any Communicator
    private let optimizer: Adam
    private let queue: SumQueue
    private let tree: GradientTree
    private var step = 0

    /// What a step tells.
    package struct Report: Equatable {
        /// Cross-entropy, mean over what was to be told in the batch.
        package var loss: Double
        /// Share of that which was told right.
        package var accuracy: Double
        /// Whether all that the step has changed is finite.
        package var isFinite: Bool
    }

    /// Loss, share of right answers, and share of what was to be told, before what layers note.
    private static let measured = 3
    /// The network's number among draws of initial values: those of generators and discriminators are others.
    private static let network: UInt32 = 7

    package init(_ settings: FeatureSettings, communicator: any Communicator) {
        self.settings = settings
        self.communicator = communicator
        learner = settings.task.learner(settings.shape, ignored: settings.ignored)
        parameters = Parameters(learner.declarations)
        parameters.initialize(seed: settings.seed, network: Self.network)
        optimizer = Adam(
            Adam.Settings(learningRate: 0, beta1: 0.9, beta2: 0.99, epsilon: 1e-8), count: parameters.values.count)
        queue = SumQueue(communicator)
        tree = GradientTree(
            parameters.all, tail: Self.measured + parameters.trackedCount, bucketBytes: 1 << 20, queue)
    }

    /// The network of a task that has features.
    package var classifier: FeatureClassifier { FeatureClassifier(settings.shape) }

    /// Microbatches of this rank.
    package var share: Int { settings.microbatches / communicator.size }

    /// Positions in the run that this rank shows in a step.
    package func positions(ofStep step: Int) -> Range<Int> {
        let own = share * settings.microbatch
        let first = step * settings.batch + communicator.rank * own
        return first..<first + own
    }

    /// Collective. One step of Adam on the softmax cross-entropy.
    ///
    /// - Parameter batch: this rank's microbatches, with one-hot labels.
    package func step(_ batch: RealBatch) throws -> Report {
        guard let labels = batch.labels, batch.images.count == share else {
            preconditionFailure("feature training: \(batch.images.count) microbatches, expected \(share) with labels")
        }
        let sums = BatchSums(communicator, microbatches: settings.microbatches)
        let weights = batch.images.map { _ in parameters.weights(differentiable: true, batch: sums) }
        let learned = learner.learn(batch.images, labels, weights)
        try sums.check()
        tree.reset()
        let tails = learned.indices.map { k in
            [learned[k].loss.scalar, learned[k].right, learned[k].counted] + weights[k].noted
        }
        let parts = learned.indices.map { k in
            PhaseLoss(
                loss: learned[k].loss, variables: parameters.all.variables(weights[k]), measurements: Measurements())
        }
        try tree.add(together: parts, tails: tails) { try sums.check() }
        _ = try tree.wait()
        return update()
    }

    private func update() -> Report {
        let scale = 1 / Float(settings.microbatches)
        optimizer.settings.learningRate = settings.learningRate(step: step)
        step += 1
        let moved = optimizer.step(parameters, gradients: tree.gradient, gradientScale: scale, number: step)
        let means = tree.tail.map { $0 * scale }
        let followed = parameters.follow(Array(means.dropFirst(Self.measured))) == nil
        parameters.didChange()
        // Of a batch where nothing was to be told both are nothing.
        let counted = max(Double(tree.tail[2]), .leastNormalMagnitude)
        return Report(
            loss: Double(tree.tail[0]) / counted, accuracy: Double(tree.tail[1]) / counted,
            isFinite: moved && followed && means[0].isFinite)
    }

    /// What tells whether replicas are equal.
    package var hashes: [(name: String, value: UInt64)] {
        [
            ("features/weights", StateHash.hash(parameters.values)),
            ("features/averages", StateHash.hash(parameters.state)),
        ]
    }
}
