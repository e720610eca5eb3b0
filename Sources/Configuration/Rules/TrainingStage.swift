/// What is trained at one resolution (arXiv 1710.10196, section 2); a run that does not grow has one stage.
public struct TrainingStage: Codable, Equatable, Sendable {
    public var resolution: Int
    /// Images of a step over all ranks.
    public var batch: Int
    public var microbatch: Int
    public var gLR: Double
    public var dLR: Double
    public var beta2: Double
    public var r1Gamma: Double
    public var r2Gamma: Double
    public var emaHalfLifeKimg: Double
    /// Where the probability of an augmentation does not adapt.
    public var augmentP: Double

    public init(
        resolution: Int, batch: Int, microbatch: Int, gLR: Double, dLR: Double, beta2: Double, r1Gamma: Double,
        r2Gamma: Double, emaHalfLifeKimg: Double, augmentP: Double
    ) {
        self.resolution = resolution
        self.batch = batch
        self.microbatch = microbatch
        self.gLR = gLR
        self.dLR = dLR
        self.beta2 = beta2
        self.r1Gamma = r1Gamma
        self.r2Gamma = r2Gamma
        self.emaHalfLifeKimg = emaHalfLifeKimg
        self.augmentP = augmentP
    }

    /// Microbatches of a step over all ranks.
    public var microbatches: Int { batch / microbatch }
}

extension ResolvedConfiguration {
    /// The stage of a resolution that the run goes through.
    public func stage(at resolution: Int) -> TrainingStage {
        guard let stage = stages.first(where: { $0.resolution == resolution }) else {
            preconditionFailure("no stage at \(resolution)")
        }
        return stage
    }

    /// Images that are shown at a stage's resolution, its fade included; where plateaus decide, if none comes.
    public func images(of stage: TrainingStage) -> Int {
        guard stages.count > 1, let place = stages.firstIndex(of: stage) else { return totalImages }
        let growing = configuration.growing
        let phase = growing.trainingImages + growing.transitionImages
        let begin = place == 0 ? 0 : place * phase - growing.transitionImages
        let end = place == stages.count - 1 ? totalImages : begin + (place == 0 ? growing.trainingImages : phase)
        return max(0, min(end, totalImages) - begin)
    }

    /// Images after which the networks are fully grown: all trainings and fades before the last resolution is alone.
    /// Where plateaus decide, the most of them.
    public var growthImages: Int {
        (stages.count - 1) * (configuration.growing.trainingImages + configuration.growing.transitionImages)
    }
}
