import Cluster
import Configuration
import Kernels
import Layers
import Learning
import Recipes
import State

/// A network as it learns: its parameters, its optimiser, and what sums its gradients.
final class LearningNetwork {
    let learner: Learner
    let parameters: Parameters
    let optimizer: Adam
    private(set) var tree: GradientTree
    /// The phase whose gradients the tree holds, and what makes them those of a mean.
    var last: (phase: PhaseKey, scale: Float)?
    private let bucketBytes: Int
    private let queue: SumQueue

    init(
        _ learner: Learner, _ recipe: any Recipe, _ configuration: ResolvedConfiguration, _ setting: StepSetting,
        _ phases: [Phase], _ queue: SumQueue
    ) {
        self.learner = learner
        self.queue = queue
        parameters = recipe.networks.parameters(of: learner)
        optimizer = Adam(recipe.optimizer(of: learner, at: setting.stage), count: parameters.values.count)
        bucketBytes = Int(configuration.cluster.bucketMB * 1e6)
        tree = Self.tree(learner, recipe, setting, phases, bucketBytes, queue)
    }

    /// Takes on the layers that take part at a setting.
    func select(_ recipe: any Recipe, _ setting: StepSetting, _ phases: [Phase]) {
        last = nil
        tree = Self.tree(learner, recipe, setting, phases, bucketBytes, queue)
    }

    private static func tree(
        _ learner: Learner, _ recipe: any Recipe, _ setting: StepSetting, _ phases: [Phase], _ bucketBytes: Int,
        _ queue: SumQueue
    ) -> GradientTree {
        GradientTree(
            recipe.selection(of: learner, at: setting.level),
            tail: phases.filter { $0.learner == learner }.map(\.measuredCount).max() ?? 0, bucketBytes: bucketBytes,
            last: recipe.gradientsFoundLast(of: learner), queue)
    }

    /// The name of its group in a checkpoint.
    var group: String {
        switch learner {
        case .generator: "generator"
        case .discriminator: "discriminator"
        }
    }

    /// The optimiser's steps.
    var steps: WritableKeyPath<TrainingCounters, Int> {
        switch learner {
        case .generator: \.optimizerStepsGenerator
        case .discriminator: \.optimizerStepsDiscriminator
        }
    }

    var moments: [NamedTensor] {
        [
            .flat("optimizer/\(group)/m", optimizer.firstMoments),
            .flat("optimizer/\(group)/v", optimizer.secondMoments),
        ]
    }
}
