extension Configuration {
    /// Keys of the section `growing`.
    static let growingKeys: [Key] = [
        Key("growing.enabled", \.growing.enabled, .flag, "grow the networks progressively"),
        Key("growing.start", \.growing.start, .powerOfTwo(4...1024), "first resolution"),
        Key(
            "growing.final", \.growing.final, .auto(.powerOfTwo(8...1024)), "last resolution; auto: the data set's"),
        Key(
            "growing.training_kimg", \.growing.trainingKimg, .kimg,
            "thousands of images at each resolution; with trigger plateau the most"),
        Key(
            "growing.transition_kimg", \.growing.transitionKimg, .kimgOrNone,
            "thousands of images of each fade; 0: the next resolution comes in at once"),
        Key(
            "growing.minibatch", \.growing.minibatch, .table(.integer(1...1_048_576), example: "4:128"),
            "images of a step at each resolution, of each rank with batch_per_rank; empty: batch"),
        Key(
            "growing.microbatch", \.growing.microbatch, .table(.integer(1...4096), example: "256:4"),
            "microbatches that differ from microbatch, or from a smaller batch"),
        Key(
            "growing.learning_rate", \.growing.learningRate, .table(.positive, example: "1024:0.0015"),
            "learning rates of both networks that differ from optimizer.g_lr and d_lr"),
        Key(
            "growing.reset_moments", \.growing.resetMoments, .flag,
            "the optimisers forget their moments when layers come in or go"),
        Key("growing.trigger", \.growing.trigger, .choice, "what ends the training of a resolution"),
        Key(
            "growing.plateau_signal", \.growing.plateauSignal, .choice,
            "loss: the discriminator's, by windows; swd: of the snapshots"),
        Key(
            "growing.plateau_window_kimg", \.growing.plateauWindowKimg, .kimg,
            "thousands of images over which the loss is averaged"),
        Key(
            "growing.plateau_patience", \.growing.plateauPatience, .integer(1...1_000_000),
            "windows, or SWD values, without improvement that make a plateau"),
        Key(
            "growing.plateau_tolerance", \.growing.plateauTolerance, .decay, "relative improvement that counts"),
    ]
}
