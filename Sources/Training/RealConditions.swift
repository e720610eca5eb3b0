import Autodiff
import Configuration
import Recipes
import Storage

extension StepEngine {
    /// This rank's share of a step's real images as tensors, with what the phases need to know of them. Collective where
    /// label maps supervise.
    ///
    /// - Parameter minibatch: with maps, where they supervise, and with vectors, where they condition the networks.
    public func reals(of minibatch: Minibatch, at setting: StepSetting) throws -> RealBatch {
        var batch = RealBatch(
            minibatch, microbatch: setting.stage.microbatch, conditions: conditions(of: minibatch),
            dimension: configuration.labelDimension, isGiven: isGiven(minibatch.count, at: setting.stage),
            fade: setting.fade)
        batch.conditions = pixelConditions(of: minibatch, at: setting.stage)
        guard configuration.labelMaps != nil else { return batch }
        guard let maps = minibatch.semantic else { preconditionFailure("label supervision: a minibatch without maps") }
        try supervise(&batch, by: maps, height: minibatch.height, width: minibatch.width, at: setting)
        return batch
    }

    /// What conditions each pixel, by microbatch; nil where nothing does.
    private func pixelConditions(of minibatch: Minibatch, at stage: TrainingStage) -> [Tensor]? {
        let size = minibatch.height * minibatch.width * stage.microbatch
        let starts = stride(from: 0, to: minibatch.count * minibatch.height * minibatch.width, by: size)
        func shape(_ channels: Int) -> [Int] { [stage.microbatch, minibatch.height, minibatch.width, channels] }
        switch configuration.data.condition {
        case .none, .class, .vector: return nil
        case .map:
            guard let maps = minibatch.semantic else { preconditionFailure("conditions: a minibatch without maps") }
            let classes = configuration.conditionChannels
            return starts.map { .oneHotPixels(maps[$0..<$0 + size], shape: shape(classes)) }
        case .image:
            guard let images = minibatch.imageConditions else {
                preconditionFailure("conditions: a minibatch without images beside its samples")
            }
            let channels = configuration.conditionChannels
            return starts.map {
                ImageConversion.tensor(images[$0 * channels..<($0 + size) * channels], shape: shape(channels))
            }
        }
    }

    private func conditions(of minibatch: Minibatch) -> DatasetConditions? {
        switch configuration.data.condition {
        case .none, .map, .image: return nil
        case .class: return minibatch.labels.map { .classes($0) }
        case .vector:
            guard let vectors = minibatch.vectors else {
                preconditionFailure("conditions: a minibatch without vectors")
            }
            return .vectors(vectors, components: configuration.vectorComponents)
        }
    }

    /// Of each of this rank's reals of a step, by its number in the batch, whether the networks are told its condition;
    /// nil where they always are.
    private func isGiven(_ count: Int, at stage: TrainingStage) -> [Bool]? {
        let dropout = ConditionDropout(
            randomizer: Randomizer(seed: configuration.seed), share: configuration.data.conditionDropout)
        guard let dropout, configuration.labelDimension > 0 else { return nil }
        let (share, first) = (deal.imagesOfRank(stage), deal.firstSample(stage))
        return (0..<count / share).flatMap { batch in
            dropout.ofReals(batch: batch, step: state.counters.step, samples: first..<first + share)
        }
    }
}

extension DatasetConditions {
    /// Those that a run's data set has for it; nil for an unconditional run.
    ///
    /// - Parameter rows: that it trains on.
    /// - Throws: ``DatasetError`` where the data set cannot be read.
    public init?(_ configuration: ResolvedConfiguration, _ rows: TrainingRows, of dataset: Dataset) throws {
        switch configuration.data.condition {
        case .none, .map, .image: return nil
        case .class:
            guard let labels = rows.labels else { return nil }
            self = .classes(labels)
        case .vector:
            let (all, k) = (try dataset.allVectors(), configuration.vectorComponents)
            self = .vectors(rows.chosen?.flatMap { all[$0 * k..<($0 + 1) * k] } ?? all, components: k)
        }
    }
}
