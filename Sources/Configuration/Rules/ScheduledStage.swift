/// What the section `schedule` makes of a stage's values in the course of a run.
extension ResolvedConfiguration {
    /// A stage as a step has it that begins after so many images: a pure function of both, so that a run which goes on, on
    /// any number of ranks, has the same values.
    public func scheduled(_ stage: TrainingStage, imagesShown: Int) -> TrainingStage {
        let ends = configuration.schedule
        guard ends.isUsed else { return stage }
        let progress = Double(imagesShown) / (1000 * (ends.kimg ?? configuration.kimg))
        let share = HalfCosine.share(progress)
        var stage = stage
        for way in Self.scheduleWays {
            guard let end = ends[keyPath: way.end] else { continue }
            let start = stage[keyPath: way.value]
            stage[keyPath: way.value] = share < 1 ? start + share * (end - start) : end
        }
        return stage
    }

    /// What of a stage goes somewhere, by its name in `stats.jsonl`.
    public func scheduledNumbers(_ stage: TrainingStage) -> [(name: String, value: Double)] {
        Self.scheduleWays.compactMap { way in
            guard configuration.schedule[keyPath: way.end] != nil else { return nil }
            // Without augmentation there is no probability.
            if way.isOfAugmentation, configuration.augment.mode == .none { return nil }
            return (way.name, stage[keyPath: way.value])
        }
    }

    private struct ScheduleWay {
        let name: String
        let value: WritableKeyPath<TrainingStage, Double>
        let end: KeyPath<Configuration.Schedule, Double?>
        var isOfAugmentation = false
    }

    private static var scheduleWays: [ScheduleWay] {
        [
            ScheduleWay(name: "schedule/g_lr", value: \.gLR, end: \.gLR),
            ScheduleWay(name: "schedule/d_lr", value: \.dLR, end: \.dLR),
            ScheduleWay(name: "schedule/beta2", value: \.beta2, end: \.beta2),
            ScheduleWay(name: "schedule/r1_gamma", value: \.r1Gamma, end: \.r1Gamma),
            ScheduleWay(name: "schedule/r2_gamma", value: \.r2Gamma, end: \.r2Gamma),
            ScheduleWay(name: "schedule/ema_half_life_kimg", value: \.emaHalfLifeKimg, end: \.emaHalfLifeKimg),
            ScheduleWay(name: "augment/p", value: \.augmentP, end: \.augmentP, isOfAugmentation: true),
        ]
    }
}
