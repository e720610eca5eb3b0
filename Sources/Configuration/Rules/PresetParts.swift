/// What presets of several families have in common.
extension Configuration {
    /// Sizes and length of published runs.
    mutating func fullSize() {
        kimg = 25_000
        model.channelMax = 512
        model.zDim = 512
        model.wDim = 512
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
