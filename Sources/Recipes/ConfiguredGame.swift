import Configuration

extension AdversarialGame {
    /// As configured, whatever the family: its loss and gradient penalty, what supervises the discriminator, and what helps
    /// it with few images.
    init(
        _ networks: Networks, _ configuration: ResolvedConfiguration, _ aids: DiscriminatorAids, at setting: StepSetting
    ) {
        var game = AdversarialGame(networks, judging: configuration.judgement, at: setting.level)
        game.discriminatorSteps = configuration.loss.dSteps
        if configuration.penalizesInMainPhase { game.penalties = configuration.penalties(at: setting.stage) }
        game.gradientPenalty = configuration.gradientPenalty
        game.classWeight = Float(configuration.loss.classWeight)
        game.regressionWeight = Float(configuration.regressionWeight)
        game = game.guided(by: configuration.ggdr).supervised(weight: Float(configuration.supervisionWeight))
        self = aids.helping(game, at: setting)
    }

    /// The phases that there are of every method: the discriminator's, then the generator's.
    func phasesDiscriminatorFirst(_ configuration: ResolvedConfiguration, at setting: StepSetting) -> [Phase] {
        let statistics = [trackedStatistics]
        var phases = discriminatorMainPhases(configuration.loss.dSteps, tracking: statistics)
        phases += penaltyPhases(configuration, at: setting, tracking: statistics)
        return phases + [generatorMainPhase(tracking: statistics)]
    }

    /// R1 and R2 as configured, where they have a phase of their own; none without them.
    ///
    /// - Parameter tracking: of what the generator notes.
    func penaltyPhases(
        _ configuration: ResolvedConfiguration, at setting: StepSetting, tracking: [Tracking] = []
    ) -> [Phase] {
        guard let interval = configuration.penaltyInterval else { return [] }
        return [
            penaltyPhase(
                configuration.penalties(at: setting.stage), interval: interval,
                updates: configuration.updates(inSteps: interval), tracking: tracking)
        ]
    }
}
