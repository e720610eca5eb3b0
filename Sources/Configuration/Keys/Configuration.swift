/// Everything a user can choose about a training run; one property for each key of the YAML file.
///
/// A fresh value is the preset `quick`. What may be written for each key is in ``Configuration/keys``.
public struct Configuration: Equatable, Sendable {
    /// The preset that the other values started from.
    public var preset: Preset = .quick
    /// Seed of every random draw.
    public var seed: UInt64 = 0
    /// Thousands of real images to show in all.
    public var kimg: Double = 60
    /// Images of one step; the keys `batch` and `batch_per_rank`.
    public var batch: BatchSize = .global(32)
    /// Images that are computed, and summed, as one unit.
    public var microbatch: Auto<Int> = .value(8)
    /// Worker threads of a rank.
    public var threads: Auto<Int> = .auto
    /// What is kept of activations for the backward pass.
    public var memory: Memory = .full

    public var data = DataSource()
    public var model = Model()
    public var ggdr = GGDR()
    public var loss = Loss()
    public var optimizer = Optimizer()
    public var ema = EMA()
    public var growing = Growing()
    public var augment = Augment()
    public var cluster = Cluster()
    public var checkpoint = Checkpoint()
    public var guards = Guards()
    public var snapshot = Snapshot()

    /// What was asked for on the command line; no part of the values.
    public var explicitKeys = ExplicitKeys()

    /// The preset `quick`.
    public init() {}

    /// Images that each rank contributes to a step, where that is what was chosen.
    public var batchPerRank: Int? {
        if case .perRank(let count) = batch { count } else { nil }
    }
}

extension Configuration {
    /// Where images come from.
    public struct DataSource: Equatable, Sendable {
        /// Folder of HDF5 shards.
        public var path: String?
        /// Folder on a disk of each host that the shards are copied to and read from; nil to read them where they are.
        public var stage: String?
        /// Show the mirror image of every second draw.
        public var mirror = false
        /// Condition both networks on the class labels of the data set.
        public var labels = false

        public init() {}
    }

    /// Shape of the networks.
    public struct Model: Equatable, Sendable {
        public var family: ModelFamily = .stylegan2
        /// channels(r) = min(channelBase / r, channelMax).
        public var channelBase: Auto<Int> = .value(2048)
        public var channelMax = 64
        public var zDim = 64
        public var wDim = 64
        /// Fully connected layers of the mapping network.
        public var mappingLayers = 2
        public var discriminator: DiscriminatorKind = .resnet
        /// Samples of one minibatch-stddev group; never more than the microbatch.
        public var mbstdGroup = 4
        /// Bound on activations (times the layer's gain), or nil for none.
        public var clamp: Double? = 256
        /// Pixel normalisation in the generator of a progressive GAN (arXiv 1710.10196, section 4.2).
        public var pixelNorm = true
        /// Equalised learning rate in a progressive GAN (arXiv 1710.10196, section 4.1).
        public var equalizedLR = true
        /// Leaky ReLU in the generator of a progressive GAN, else ReLU.
        public var leakyReLU = true

        public init() {}
    }

    /// Generator-guided discriminator regularisation (arXiv 2207.13320).
    public struct GGDR: Equatable, Sendable {
        public var enabled = true
        /// Resolution of the generator's feature map that the decoder predicts.
        public var resolution: Auto<Int> = .auto
        /// λ: factor of the cosine loss.
        public var weight = 10.0

        public init() {}
    }

    /// Losses of the two networks and their regularisation.
    public struct Loss: Equatable, Sendable {
        public var kind: LossKind = .logistic
        /// γ of R1: the penalty is γ/2 · ‖∇D‖².
        public var r1Gamma: Auto<Double> = .auto
        /// Steps from one R1 phase to the next.
        public var r1Interval = 16
        /// Factor of the path-length penalty; 0 for none.
        public var plWeight = 2.0
        /// Steps from one path-length phase to the next.
        public var plInterval = 4
        /// The path-length phase draws batch / plBatchShrink samples.
        public var plBatchShrink = 2
        /// Rate at which the mean path length follows the batch's.
        public var plDecay = 0.01
        /// Probability that an image mixes two styles.
        public var styleMixing = 0.9
        /// Factor of the gradient penalty of WGAN-GP (arXiv 1704.00028).
        public var gpWeight = 10.0
        /// Norm that the gradient penalty pulls towards.
        public var gpTarget = 1.0
        /// Factor of D(real)², which keeps the critic from drifting (arXiv 1710.10196, appendix A.1).
        public var drift = 0.001
        /// Factor of the class losses of an AC-GAN (arXiv 1610.09585).
        public var classWeight = 1.0

        public init() {}
    }

    /// Adam, before the correction for lazy regularisation.
    public struct Optimizer: Equatable, Sendable {
        /// Learning rate of the generator.
        public var gLR = 0.0025
        /// Learning rate of the discriminator and its decoder.
        public var dLR = 0.0025
        public var beta1 = 0.0
        public var beta2 = 0.99
        public var epsilon = 1e-8

        public init() {}
    }

    /// Moving average of the generator's parameters.
    public struct EMA: Equatable, Sendable {
        /// Without it samples come from the generator itself.
        public var enabled = true
        /// Half-life in thousands of images.
        public var halfLifeKimg: Auto<Double> = .auto
        /// The half-life is at most `ramp` · images shown; nil for no ramp-up.
        public var ramp: Double? = 0.05

        public init() {}
    }

    /// Discriminator augmentation (arXiv 2006.06676).
    public struct Augment: Equatable, Sendable {
        public var mode: AugmentMode = .none
        public var pipeline: AugmentPipeline = .bgc
        /// Mean sign of D(real) that `ada` aims at.
        public var target = 0.6
        /// Probability of a transform: its fixed value, or where `ada` starts.
        public var p = 0.0

        public init() {}
    }

    /// How ranks work together.
    public struct Cluster: Equatable, Sendable {
        /// Megabytes of gradients that are reduced at once.
        public var bucketMB = 1.0
        /// Whether gradients are summed over the ranks while others are still being computed.
        public var overlap = true
        /// What gradients become between ranks.
        public var compress = Compression.none
        /// Which generation of processors the ranks compute as.
        public var kernels = KernelChoice.common
        /// Steps between comparisons of the ranks' parameters; 0 for none.
        public var replicaCheckSteps = 100
        /// Seconds without progress after which the missing ranks are named.
        public var stallSeconds = 120.0
        /// Seconds without a sign of life after which the run folder of a job on another host is taken over.
        public var lockSeconds = 30.0

        public init() {}
    }

    /// When to save the whole state.
    public struct Checkpoint: Equatable, Sendable {
        public var everyKimg = 20.0
        /// Also so many minutes after the last one; nil for no clock.
        public var everyMinutes: Double?
        /// How many of the newest to keep.
        public var keep = 3

        public init() {}
    }

    /// What keeps a run's state sound; the section `guard`.
    public struct Guards: Equatable, Sendable {
        /// What becomes of an update that is not finite.
        public var nan = NotFinitePolicy.stop
        /// With `skip`: updates of one phase in a row that may be left out.
        public var skipLimit = 10

        public init() {}
    }

    /// When to save a sheet of samples.
    public struct Snapshot: Equatable, Sendable {
        public var everyKimg = 5.0
        public var grid = Grid(columns: 8, rows: 8)
        /// How many sheets stay at most; nil for all.
        public var keep: Int?
        /// What is computed with each sheet.
        public var metrics: [SnapshotMetric] = []
        /// Samples, and images of the data set, that the metrics compare.
        public var metricImages = 2048

        public init() {}
    }
}
