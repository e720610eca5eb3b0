extension Configuration {
    /// Values that make no sense together, whatever the data set: an error that names the keys and what to set.
    func checkCombinations(source: (String) -> ConfigurationSource) throws(ConfigurationError) {
        func conflict(_ key: String, _ message: String) -> ConfigurationError {
            ConfigurationError(.conflict, key: key, source: source(key), message: message)
        }
        let misfits = familyMisfits
        if let first = misfits.first {
            let list = misfits.map { "\($0.key)=\($0.needed) (now \($0.found))" }.joined(separator: ", ")
            throw conflict(
                first.key, "model.family is \(model.family.rawValue), which has no \(first.lacks): set \(list)")
        }
        if let message = translationConflict { throw conflict(message.key, message.text) }
        if loss.kind == .wganGP, let gamma = loss.r1Gamma.given, gamma > 0 {
            throw conflict(
                "loss.r1_gamma",
                "loss.kind is wgan-gp, whose gradient penalty takes R1's place, but loss.r1_gamma is"
                    + " \(Domain<Double>.canonical(gamma)): set loss.r1_gamma=0, or loss.kind=logistic")
        }
        if loss.kind == .wganGP, let gamma = loss.r2Gamma.given, gamma > 0 {
            throw conflict(
                "loss.r2_gamma",
                "loss.kind is wgan-gp, whose gradient penalty takes R2's place, but loss.r2_gamma is"
                    + " \(Domain<Double>.canonical(gamma)): set loss.r2_gamma=0, or loss.kind=relativistic")
        }
        if let message = augmentConflict { throw conflict(message.key, message.text) }
        if let message = scheduleConflict { throw conflict(message.key, message.text) }
        if let best = metrics.best, !metrics.names.contains(where: { best == $0 || best.hasPrefix($0 + "/") }) {
            throw conflict(
                "metrics.best",
                "metrics.best is \(best), which metrics.names does not measure"
                    + (metrics.names.isEmpty ? "" : " (\(metrics.names.joined(separator: ", ")))")
                    + ": set metrics.names=\(best.prefix { $0 != "/" }) too, or metrics.best=none")
        }
        if let patience = metrics.patienceKimg, metrics.best == nil {
            throw conflict(
                "metrics.patience_kimg",
                "metrics.patience_kimg is \(Domain<Double>.canonical(patience)), but there is no value to wait for: set"
                    + " metrics.best, or metrics.patience_kimg=none")
        }
        guard growing.enabled else { return }
        if growing.trigger == .plateau, growing.plateauSignal == .swd, !metrics.names.contains("swd") {
            throw conflict(
                "growing.plateau_signal",
                "growing.plateau_signal is swd, but metrics.names does not compute it:"
                    + " set metrics.names=swd, or growing.plateau_signal=loss")
        }
        if let final = growing.final.given, final < growing.start {
            throw conflict(
                "growing.start",
                "growing.start is \(growing.start), above growing.final, which is \(final):"
                    + " set growing.start=\(final) or less")
        }
    }

    /// Values of the section `augment` that exclude each other, or that would do nothing.
    private var augmentConflict: (key: String, text: String)? {
        if !augment.diffAugment.isEmpty, augment.mode != .none {
            return (
                "augment.diffaugment",
                "augment.diffaugment is \(augment.diffAugment.map(\.rawValue).joined(separator: ",")) and augment.mode is"
                    + " \(augment.mode.rawValue), but images go through one of them only: set augment.mode=none, or"
                    + " augment.diffaugment= (empty)"
            )
        }
        guard augment.mode == .fixed, augment.p == 0, schedule.augmentP ?? 0 == 0 else { return nil }
        return (
            "augment.p",
            "augment.mode is fixed, but augment.p is 0, which would change no image: set augment.p, or"
                + " augment.mode=none"
        )
    }

    /// What a file or the command line asks for, where a table of the preset, or of the file against the command line,
    /// would silently win over it.
    ///
    /// - Parameter sources: of the keys that a file or the command line names.
    func checkTables(_ sources: [String: ConfigurationSource]) throws(ConfigurationError) {
        guard growing.enabled else { return }
        for (key, table, isEmpty) in [
            ("batch", "growing.minibatch", growing.minibatch.isEmpty),
            ("microbatch", "growing.microbatch", growing.microbatch.isEmpty),
        ] {
            guard !isEmpty, let source = sources[key] else { continue }
            let isNamedAlike =
                explicitKeys.contains(key) ? explicitKeys.contains(table) : sources[table] != nil
            if isNamedAlike { continue }
            throw ConfigurationError(
                .conflict, key: key, source: source,
                message:
                    "\(key) was given, but \(table) has other values by resolution: give --set \(table)= (empty) for one"
                    + " \(key) at every resolution, or another table")
        }
    }

    /// Keys that ask the family of networks for something that it does not have.
    private var familyMisfits: [(key: String, found: String, needed: String, lacks: String)] {
        model.family.rules.needs.compactMap { need in
            guard let found = Self.key(need.key)?.value(in: self), found != need.needed else { return nil }
            return (need.key, found, need.needed, need.lacks)
        }
    }
}
