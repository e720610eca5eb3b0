/// What presets of several families have in common.
extension Configuration {
    /// Sizes and length of published runs.
    mutating func fullSize() {
        kimg = 25_000
        model.channelMax = 512
        model.zDim = 512
        model.wDim = 512
    }

    /// What networks that make images of images, or of label maps, have none of; the discriminator's dense supervision is
    /// their own, and sheets show a condition, the real image and the one that is made of it side by side.
    mutating func imageToImage() {
        model.channelBase = .auto
        model.channelMax = 1024
        model.clamp = nil
        model.mbstdGroup = 1
        loss.plWeight = 0
        loss.styleMixing = 0
        ggdr.enabled = false
        ema.enabled = false
        ema.ramp = nil
        snapshot.grid = Grid(columns: 3, rows: 8)
    }

    /// Steps that are many rather than large: a few minutes have room for some thousand images.
    mutating func quickTranslation(kimg images: Double) {
        kimg = images
        batch = .global(8)
        microbatch = .value(4)
        snapshot.everyKimg = 1
        checkpoint.everyKimg = images / 4
    }

    /// What a study of few minutes found for small networks.
    mutating func learnInMinutes() {
        // There is more to gain from many and large steps than from exact ones.
        batch = .global(8)
        microbatch = .value(4)
        optimizer.gLR = 0.01
        optimizer.dLR = 0.01
        // R3GAN's loss: pairs, R1 and R2 keep so large steps from running away.
        loss.kind = .relativistic
    }

    /// Ten thousand images to each resolution below the last, and half of a run to the last.
    mutating func growQuickly() {
        growing.enabled = true
        growing.trainingKimg = 5
        growing.transitionKimg = 5
        // The published average would be older than such a run.
        ema.halfLifeKimg = .value(10)
        snapshot.everyKimg = 5
        checkpoint.everyKimg = 10
    }
}
