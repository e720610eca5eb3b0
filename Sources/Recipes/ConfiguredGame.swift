import Configuration

extension AdversarialGame {
    /// As configured, whatever the family: its loss and gradient penalty, what supervises the discriminator, and what helps
    /// it with few images.
    init(
        _ networks: Networks, _ configuration: ResolvedConfiguration, _ aids: DiscriminatorAids, at setting: StepSetting
    ) {
        var game = AdversarialGame(networks, configuration.adversarialLoss, at: setting.level)
        game.gradientPenalty = configuration.gradientPenalty
        game.classWeight = Float(configuration.loss.classWeight)
        game.regressionWeight = Float(configuration.regressionWeight)
        game = game.guided(by: configuration.ggdr).supervised(weight: Float(configuration.supervisionWeight))
        self = aids.helping(game, at: setting)
    }

    /// R1 as configured; no phase without it.
    func r1Phases(_ configuration: ResolvedConfiguration, at setting: StepSetting) -> [Phase] {
        guard let interval = configuration.r1Interval else { return [] }
        return [
            r1Phase(
                gamma: Float(setting.stage.r1Gamma), interval: interval,
                updates: configuration.updates(inSteps: interval))
        ]
    }
}
