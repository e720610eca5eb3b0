extension Configuration {
    /// Every key, in the order in which they are written.
    public static let keys: [Key] = general + networks + training + growingKeys + augmentation + running

    private static let general: [Key] = [
        Key("preset", \.preset, .choice, "configuration to start from"),
        Key("seed", \.seed, .integer(0...UInt64.max), "seed of every random draw"),
        Key("kimg", \.kimg, .kimg, "thousands of real images to show in all"),
        Key(
            "batch", type: "whole number", allowed: "1 to 1048576, or auto", "images of one step over all ranks",
            read: { configuration in
                switch configuration.batch {
                case .auto: "auto"
                case .global(let count): "\(count)"
                case .perRank: nil
                }
            },
            write: { configuration, text throws(ValueProblem) in
                configuration.batch = text == "auto" ? .auto : .global(try Domain.integer(1...1_048_576).parse(text))
            }),
        Key(
            "batch_per_rank", type: "whole number", allowed: "1 to 1048576",
            "images of one step on each rank, in place of batch: the step grows with the ranks",
            read: { $0.batchPerRank.map { "\($0)" } },
            write: { configuration, text throws(ValueProblem) in
                configuration.batch = .perRank(try Domain.integer(1...1_048_576).parse(text))
            }),
        Key(
            "microbatch", \.microbatch, .auto(.integer(1...4096)),
            "images computed and summed as one unit; batch / microbatch a power of two for bit-equal runs"),
        Key(
            "threads", \.threads, .auto(.integer(1...1024)), "worker threads of a rank; auto: its share of the cores",
            isPerRank: true),
        Key(
            "memory", \.memory, .choice,
            "checkpointing: keep only what lies between blocks and compute the rest again, to the same bits",
            isPerRank: true),
        Key("data.path", \.data.path, .text, "folder of HDF5 shards"),
        Key(
            "data.stage", \.data.stage, .text,
            "folder on each host's own disk, to copy the shards to once and read them there; empty for none",
            isPerRank: true),
        Key("data.mirror", \.data.mirror, .flag, "show mirror images too"),
        Key("data.labels", \.data.labels, .flag, "condition both networks on the labels"),
    ]

    private static let networks: [Key] = [
        Key("model.family", \.model.family, .choice, "family of networks"),
        Key(
            "model.channel_base", \.model.channelBase, .auto(.integer(8...1_048_576)),
            "channels at resolution r are min(channel_base / r, channel_max)"),
        Key("model.channel_max", \.model.channelMax, .integer(1...8192), "most channels of a layer"),
        Key("model.z_dim", \.model.zDim, .integer(1...8192), "length of the latent z"),
        Key("model.w_dim", \.model.wDim, .integer(1...8192), "length of the intermediate latent w"),
        Key("model.mapping_layers", \.model.mappingLayers, .integer(1...32), "layers of the mapping network"),
        Key("model.discriminator", \.model.discriminator, .choice, "body of the discriminator"),
        Key(
            "model.mbstd_group", \.model.mbstdGroup, .integer(1...4096),
            "samples of a minibatch-stddev group, at most a microbatch"),
        Key("model.clamp", \.model.clamp, .optional(.positive), "bound on activations, times the layer's gain"),
        Key("model.pixel_norm", \.model.pixelNorm, .flag, "pggan: normalise the generator's features at each pixel"),
        Key("model.equalized_lr", \.model.equalizedLR, .flag, "pggan: scale weights as they are used"),
        Key("model.leaky_relu", \.model.leakyReLU, .flag, "pggan: leaky ReLU in the generator, else ReLU"),
        Key("ggdr.enabled", \.ggdr.enabled, .flag, "guide the discriminator by the generator's features"),
        Key(
            "ggdr.resolution", \.ggdr.resolution, .auto(.powerOfTwo(8...1024)),
            "resolution of the guiding features; auto: 64 from 256² on, else a quarter of the image"),
        Key("ggdr.weight", \.ggdr.weight, .nonNegative, "factor of the guiding loss"),
    ]

    private static let training: [Key] = [
        Key("loss.kind", \.loss.kind, .choice, "adversarial loss"),
        Key(
            "loss.r1_gamma", \.loss.r1Gamma, .auto(.nonNegative),
            "R1; auto: 0.0002 · resolution² / batch, 0 with wgan-gp"),
        Key("loss.r1_interval", \.loss.r1Interval, .integer(1...1_000_000), "steps from one R1 phase to the next"),
        Key("loss.pl_weight", \.loss.plWeight, .nonNegative, "factor of the path-length penalty, 0 for none"),
        Key(
            "loss.pl_interval", \.loss.plInterval, .integer(1...1_000_000),
            "steps from one path-length phase to the next"),
        Key(
            "loss.pl_batch_shrink", \.loss.plBatchShrink, .integer(1...4096),
            "the path-length phase draws batch / pl_batch_shrink samples"),
        Key("loss.pl_decay", \.loss.plDecay, .fraction, "rate at which the mean path length follows"),
        Key("loss.style_mixing", \.loss.styleMixing, .fraction, "probability that an image mixes two styles"),
        Key("loss.gp_weight", \.loss.gpWeight, .nonNegative, "wgan-gp: factor of the gradient penalty"),
        Key("loss.gp_target", \.loss.gpTarget, .positive, "wgan-gp: norm that the penalty pulls towards"),
        Key("loss.drift", \.loss.drift, .nonNegative, "wgan-gp: factor of D(real)²"),
        Key(
            "loss.class_weight", \.loss.classWeight, .nonNegative,
            "pggan with labels: factor of the class losses (AC-GAN)"),
        Key("optimizer.g_lr", \.optimizer.gLR, .positive, "learning rate of the generator"),
        Key("optimizer.d_lr", \.optimizer.dLR, .positive, "learning rate of the discriminator"),
        Key("optimizer.beta1", \.optimizer.beta1, .decay, "decay of Adam's first moment"),
        Key("optimizer.beta2", \.optimizer.beta2, .decay, "decay of Adam's second moment"),
        Key("optimizer.epsilon", \.optimizer.epsilon, .positive, "Adam's epsilon"),
        Key("ema.enabled", \.ema.enabled, .flag, "average the generator's parameters"),
        Key(
            "ema.half_life_kimg", \.ema.halfLifeKimg, .auto(.kimg),
            "half-life of the averaged generator; auto: batch · 10 / 32, for pggan 0.999 a step"),
        Key("ema.ramp", \.ema.ramp, .optional(.positive), "the half-life is at most ramp · images shown"),
    ]

    private static let augmentation: [Key] = [
        Key("augment.mode", \.augment.mode, .choice, "augmentation of the discriminator's images"),
        Key("augment.pipeline", \.augment.pipeline, .choice, "transforms of the augmentation"),
        Key("augment.target", \.augment.target, .fraction, "mean sign of D(real) that ada aims at"),
        Key("augment.p", \.augment.p, .fraction, "probability of a transform, at first or fixed"),
    ]

    private static let running: [Key] = [
        Key(
            "cluster.bucket_mb", \.cluster.bucketMB, .positive(upTo: 1_000_000),
            "megabytes of gradients that are summed over the ranks at once"),
        Key(
            "cluster.overlap", \.cluster.overlap, .flag,
            "sum gradients over the ranks while others are still being computed; the result is the same"),
        Key(
            "cluster.compress", \.cluster.compress, .choice,
            "bf16: gradients travel as 16 bits; faster on slow networks, but the result depends on the ranks"),
        Key(
            "cluster.kernels", \.cluster.kernels, .choice,
            "processor generation that all ranks compute as; common: the oldest among them, own: each its own"),
        Key(
            "cluster.replica_check_steps", \.cluster.replicaCheckSteps, .integer(0...Int.max),
            "steps between comparisons of the ranks' parameters, 0 for none"),
        Key(
            "cluster.stall_seconds", \.cluster.stallSeconds, .positive(upTo: 1_000_000_000),
            "seconds that ranks may wait for one: then it is named, and the job ends; more than the longest pause of a healthy run"
        ),
        Key(
            "cluster.lock_seconds", \.cluster.lockSeconds, .number("1 to 86400") { (1...86_400).contains($0) },
            "seconds without a sign of life after which the run folder of a job on another host is taken over"),
        Key("checkpoint.every_kimg", \.checkpoint.everyKimg, .kimg, "thousands of images between checkpoints"),
        Key(
            "checkpoint.every_minutes", \.checkpoint.everyMinutes, .optional(.positive(upTo: 1_000_000)),
            "minutes between checkpoints, beside every_kimg: whichever comes first; changes no result"),
        Key("checkpoint.keep", \.checkpoint.keep, .integer(1...100_000), "newest checkpoints to keep"),
        Key(
            "guard.nan", \.guards.nan, .choice,
            "a loss, gradient or parameter that is not finite: stop ends the run and keeps the last sound checkpoint, skip leaves that update out"
        ),
        Key(
            "guard.skip_limit", \.guards.skipLimit, .integer(1...1_000_000),
            "updates of one phase in a row that skip leaves out; at the next the run ends"),
        Key("snapshot.every_kimg", \.snapshot.everyKimg, .kimg, "thousands of images between sheets of samples"),
        Key("snapshot.grid", \.snapshot.grid, .grid, "columns and rows of a sheet"),
        Key(
            "snapshot.keep", \.snapshot.keep, .orAll(.integer(2...1_000_000)),
            "most sheets to keep, spread evenly over the run, the first and the newest among them"),
        Key("snapshot.metrics", \.snapshot.metrics, .choices(), "what is computed with each sheet"),
        Key(
            "snapshot.metric_images", \.snapshot.metricImages, .integer(2...10_000_000),
            "samples, and images of the data set, that the metrics take"),
    ]
}
