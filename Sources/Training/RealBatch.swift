import Autodiff
import Cluster
import Recipes
import Storage

/// One rank's share of a step's real images, microbatch by microbatch; where a step has several batches, one after
/// another.
public struct RealBatch {
    /// [microbatch, H, W, C]: of pictures in [-1, 1], of fields each channel as its transform has it.
    public var images: [Tensor]
    /// What the networks are told of the images, [microbatch, labelDim]; nil in an unconditional run.
    public var labels: [Tensor]?
    /// Label maps, where they supervise the discriminator; nil elsewhere.
    public var maps: [LabelMaps]?
    /// What conditions each pixel of the images, [microbatch, H, W, conditionChannels]; nil where nothing does.
    public var conditions: [Tensor]?
    /// What it cost to count their classes over all ranks, waiting for slower ones included.
    public internal(set) var balancing = BatchSums.Cost()

    /// Conditioned on nothing, or on classes.
    ///
    /// - Parameters:
    ///   - labelDim: classes; 0 for an unconditional run.
    ///   - fade: the old resolution's share while a new one fades in, see ``RealFade``.
    public init(_ minibatch: Minibatch, microbatch: Int, labelDim: Int, fade: Float = 0) {
        self.init(
            minibatch, microbatch: microbatch,
            conditions: labelDim == 0 ? nil : minibatch.labels.map { .classes($0) }, dimension: labelDim, fade: fade)
    }

    /// - Parameters:
    ///   - conditions: of the images; nil for an unconditional run.
    ///   - dimension: of what the networks are told of a condition.
    ///   - isGiven: of each image, whether they are told; nil where they always are.
    ///   - fade: the old resolution's share while a new one fades in, see ``RealFade``.
    public init(
        _ minibatch: Minibatch, microbatch: Int, conditions: DatasetConditions?, dimension: Int,
        isGiven: [Bool]? = nil, fade: Float = 0
    ) {
        let size = minibatch.height * minibatch.width * minibatch.channels * microbatch
        let shape = [microbatch, minibatch.height, minibatch.width, minibatch.channels]
        let starts = stride(from: 0, to: minibatch.count, by: microbatch)
        images = starts.map { start in
            let part = start / microbatch * size..<(start / microbatch + 1) * size
            let sharp =
                minibatch.fields.isEmpty
                ? ImageConversion.tensor(minibatch.images[part], shape: shape)
                : ImageConversion.tensor(minibatch.fields[part], shape: shape)
            return fade == 0 ? sharp : RealFade.faded(sharp, by: fade)
        }
        labels = conditions.map { conditions in
            starts.map { start in
                conditions.tensor(
                    rows: Array(start..<start + microbatch), dimension: dimension,
                    isGiven: isGiven.map { Array($0[start..<start + microbatch]) })
            }
        }
    }

    public init(images: [Tensor], labels: [Tensor]? = nil, conditions: [Tensor]? = nil) {
        self.images = images
        self.labels = labels
        self.conditions = conditions
    }
}
