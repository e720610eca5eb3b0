/// What the section `schedule` cannot have beside other keys.
extension Configuration {
    /// An end that nothing could go to, or that two keys would decide.
    var scheduleConflict: (key: String, text: String)? { rateConflict ?? penaltyConflict ?? probabilityConflict }

    private func found(_ key: String) -> String { "\(key) is \(Self.key(key)?.value(in: self) ?? "")" }

    private var rateConflict: (key: String, text: String)? {
        let ends = [("schedule.g_lr", schedule.gLR), ("schedule.d_lr", schedule.dLR)]
        guard let (key, _) = ends.first(where: { $0.1 != nil }) else { return nil }
        if optimizer.decayFrom != nil {
            return (
                key,
                "\(found(key)), but \(found("optimizer.decay_from")), which takes the rates to 0: set"
                    + " optimizer.decay_from=none, or \(key)=none"
            )
        }
        guard growing.enabled, !growing.learningRate.isEmpty else { return nil }
        return (
            key,
            "\(found(key)), but \(found("growing.learning_rate")), which has a rate for each resolution: set"
                + " growing.learning_rate= (empty), or \(key)=none"
        )
    }

    private var penaltyConflict: (key: String, text: String)? {
        for (key, end, name) in [
            ("schedule.r1_gamma", schedule.r1Gamma, "R1"), ("schedule.r2_gamma", schedule.r2Gamma, "R2"),
        ] {
            guard let end, end > 0 else { continue }
            if !loss.kind.hasR1 {
                return (key, "\(found(key)), but \(found("loss.kind")), which has no \(name): set \(key)=none")
            }
            if !model.family.rules.denseConditions.isEmpty {
                return (key, "\(found(key)), but \(found("model.family")), which has no \(name): set \(key)=none")
            }
        }
        return nil
    }

    private var probabilityConflict: (key: String, text: String)? {
        guard schedule.augmentP != nil, augment.mode == .ada else { return nil }
        let key = "schedule.augment_p"
        return (
            key,
            "\(found(key)), but \(found("augment.mode")), where the probability follows the discriminator's scores: set"
                + " augment.mode=fixed, or \(key)=none"
        )
    }
}
