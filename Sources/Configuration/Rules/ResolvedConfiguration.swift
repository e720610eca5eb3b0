/// A configuration in which nothing is left open: the data set and the ranks are known.
///
/// Keys that were never `auto` are read through: `resolved.loss.plWeight`.
@dynamicMemberLookup
public struct ResolvedConfiguration: Equatable, Sendable {
    /// The configuration with every `auto` replaced by its value, except `threads`, which belongs to a machine.
    ///
    /// A growing run has its batches and microbatches in the tables of the section `growing`, which cover exactly its
    /// stages; rules that each stage answers for itself (γ of R1, half-life of the average) stay `auto`.
    public var configuration: Configuration
    /// Nominal resolution of the images that the fully grown networks make, see ``ImageGrid``: height and width of
    /// squares that are a power of two wide.
    public var resolution: Int
    /// Of the maps that the images are doubled from: 4×4 for squares that are a power of two wide.
    public var startHeight = 4
    public var startWidth = 4
    /// Height and width of the images of the data set; not less.
    public var dataResolution: Int
    public var channels: Int
    /// Whether samples are pictures: bytes, one or three channels. Then what networks make has bounds.
    public var isPicture = true
    /// Classes of the data set, used or not.
    public var classes: Int
    /// Numbers beside each sample of the data set, used or not.
    public var vectorComponents = 0
    /// Values of the label maps that the discriminator's decoder predicts; 0 without that supervision.
    public var mapClasses: Int
    /// Values of the label maps of the data set, used or not.
    public var semanticClasses = 0
    /// Channels of the images beside its samples, used or not.
    public var imageConditionChannels = 0
    public var ranks: Int
    /// Worker threads of this rank.
    public var threads: Int
    /// Images of a step over all ranks; of the last stage, like what follows.
    public var batch: Int
    public var microbatch: Int
    public var channelBase: Int
    /// Samples of a minibatch-stddev group; it, or a smaller microbatch, divides the microbatch of every stage.
    public var mbstdGroup: Int
    public var ggdrResolution: Int
    /// Resolutions of the feature maps that attention follows; both networks that have it have them all.
    public var attention: [Int]
    public var r1Gamma: Double
    public var r2Gamma = 0.0
    /// Factor of the regression loss; 0 where the discriminator has no head for it.
    public var regressionWeight = 0.0
    public var emaHalfLifeKimg: Double
    /// How often the networks of image to image halve, or double; 0 where the family has no such number.
    public var unetDepth = 0
    /// The resolutions that a run goes through, from the first to the last; one where nothing grows.
    public var stages: [TrainingStage]
    /// What the user should know, said once at the start.
    public var notes: [String]

    public subscript<Value>(dynamicMember path: KeyPath<Configuration, Value>) -> Value {
        configuration[keyPath: path]
    }

    /// Of the images that the fully grown networks make.
    public var grid: ImageGrid {
        ImageGrid(resolution: resolution, startHeight: startHeight, startWidth: startWidth)
    }

    /// Images of a step on each rank.
    public var batchPerRank: Int { batch / ranks }
    /// Microbatches of a step over all ranks.
    public var microbatches: Int { batch / microbatch }
    /// Microbatches of a step on each rank.
    public var microbatchesPerRank: Int { batch / microbatch / ranks }
    /// Samples of a microbatch in the path-length phase.
    public var pathLengthMicrobatch: Int { pathLengthMicrobatch(of: microbatch) }
    /// Length of what conditions the networks: of a one-hot label, or of the numbers and one more, which tells that they
    /// are given; 0 without condition.
    public var labelDimension: Int {
        switch configuration.data.condition {
        case .none, .map, .image: 0
        case .class: classes
        case .vector: vectorComponents + 1
        }
    }
    /// Classes that condition the networks, of labels or at each pixel; 0 where none do.
    public var conditionClasses: Int {
        switch configuration.data.condition {
        case .none, .vector, .image: 0
        case .class: classes
        case .map: semanticClasses
        }
    }
    /// Channels of what conditions the networks at each pixel: of a one-hot label map, or of an image; 0 where nothing does.
    public var conditionChannels: Int {
        switch configuration.data.condition {
        case .none, .class, .vector: 0
        case .map: semanticClasses
        case .image: imageConditionChannels
        }
    }
    /// Numbers that a head of the discriminator reads from samples; 0 without.
    public var regressionDimension: Int { regressionWeight > 0 ? vectorComponents : 0 }
    /// Images to show in all.
    public var totalImages: Int { Int((configuration.kimg * 1000).rounded(.up)) }

    /// The first width of image-to-image networks, which are so many times as wide further in (ngf, ndf or ch in their
    /// authors' codes); `model.channel_max` does not bound it, as it would bound the others only by changing what follows
    /// from it.
    public var networkWidth: Int { channelBase / resolution }

    /// Factor of both learning rates in a step of a stage that begins after so many images.
    public func rateFactor(of stage: TrainingStage, imagesShown: Int) -> Double {
        batchFactor(of: stage)
            * warmupFactor(imagesShown: imagesShown + stage.batch) * decayFactor(imagesShown: imagesShown)
    }

    /// With Adam, whose steps have the size of their rate, the noise of a batch κ times as large is matched by a rate √κ times
    /// as large (arXiv 2205.10287).
    private func batchFactor(of stage: TrainingStage) -> Double {
        guard let batch = configuration.optimizer.rateBatch else { return 1 }
        return (Double(stage.batch) / Double(batch)).squareRoot()
    }

    private func warmupFactor(imagesShown: Int) -> Double {
        let images = 1000 * configuration.optimizer.warmupKimg
        return images > Double(imagesShown) ? Double(imagesShown) / images : 1
    }

    /// 1, or from `optimizer.decay_from` on linearly to 0 at the end of the run (arXiv 1611.07004, section 6.2).
    private func decayFactor(imagesShown: Int) -> Double {
        guard let share = configuration.optimizer.decayFrom, totalImages > 0 else { return 1 }
        let progress = min(Double(imagesShown) / Double(totalImages), 1)
        return progress <= share ? 1 : (1 - progress) / (1 - share)
    }

    /// Samples of a microbatch in the path-length phase, for a stage's microbatch.
    public func pathLengthMicrobatch(of microbatch: Int) -> Int {
        max(1, microbatch / configuration.loss.plBatchShrink)
    }

    /// Channels of the feature maps at a resolution: min(channelBase / r, channelMax).
    public func channels(at resolution: Int) -> Int {
        min(channelBase / resolution, configuration.model.channelMax)
    }
}
