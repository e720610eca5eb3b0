/// What is trained at each resolution, and whether the ranks can share it.
extension Configuration {
    /// The stages from the first resolution to `final`; one of `final` where nothing grows.
    func stages(final: Int, of grid: ImageGrid, ranks: Int) throws(ConfigurationError) -> [TrainingStage] {
        let resolutions =
            growing.enabled ? Array(sequence(first: growing.start) { $0 < final ? 2 * $0 : nil }) : [final]
        try checkCoverage(resolutions)
        var stages: [TrainingStage] = []
        for resolution in resolutions {
            let stage = stage(at: resolution, of: grid, ranks: ranks)
            try checkDivision(stage, ranks: ranks)
            try checkGroup(stage)
            stages.append(stage)
        }
        return stages
    }

    private func stage(at resolution: Int, of grid: ImageGrid, ranks: Int) -> TrainingStage {
        let batch = batch(at: resolution, ranks: ranks)
        let microbatch = microbatch(at: resolution, batch: batch, ranks: ranks)
        let rate = growing.enabled ? growing.learningRate[resolution] : nil
        let gamma = loss.r1Gamma.or(r1Gamma(at: resolution, of: grid, batch: batch))
        return TrainingStage(
            resolution: resolution, batch: batch, microbatch: microbatch, gLR: rate ?? optimizer.gLR,
            dLR: rate ?? optimizer.dLR, beta2: optimizer.beta2, r1Gamma: gamma,
            r2Gamma: loss.r2Gamma.or(loss.kind.hasR2ByDefault ? gamma : 0),
            emaHalfLifeKimg: ema.halfLifeKimg.or(model.family.rules.emaHalfLifeKimg(batch: batch * loss.dSteps)),
            augmentP: augment.p)
    }

    /// A rule of the number of pixels: of a start that is not 4×4 there are so many times more.
    private func r1Gamma(at resolution: Int, of grid: ImageGrid, batch: Int) -> Double {
        guard hasR1ByDefault else { return 0 }
        let pixels = Double(grid.startHeight * grid.startWidth) / 16
        return switch loss.kind.r1Rule {
        case .none: 0
        case .batchAndPixels: AutoRules.r1Gamma(resolution: resolution, batch: batch) * pixels
        case .pixels: AutoRules.relativisticGamma(resolution: resolution) * pixels
        }
    }

    private func batch(at resolution: Int, ranks: Int) -> Int {
        let listed = growing.enabled ? growing.minibatch[resolution] : nil
        return switch batch {
        case .auto: listed ?? AutoRules.batch(resolution: resolution, ranks: ranks)
        case .global(let count): listed ?? count
        case .perRank(let count): (listed ?? count) * ranks
        }
    }

    /// A function of the configuration only, unless `microbatch` is auto: then the bits of a run do not depend on how
    /// many ranks share it.
    private func microbatch(at resolution: Int, batch: Int, ranks: Int) -> Int {
        guard let size = microbatch.given else {
            return (growing.enabled ? growing.microbatch[resolution] : nil)
                ?? AutoRules.microbatch(batch: batch, ranks: ranks)
        }
        guard growing.enabled else { return size }
        // With a batch that grows with the ranks bits depend on them anyway.
        return growing.microbatch[resolution] ?? min(size, batchPerRank == nil ? batch : batch / ranks)
    }

    private func checkCoverage(_ resolutions: [Int]) throws(ConfigurationError) {
        guard growing.enabled, !growing.minibatch.isEmpty, let first = resolutions.first, let last = resolutions.last
        else { return }
        let missing = resolutions.filter { growing.minibatch[$0] == nil }
        guard !missing.isEmpty else { return }
        let found = Self.key("growing.minibatch")?.value(in: self) ?? ""
        throw inconsistent(
            "growing.minibatch",
            "growing.minibatch has no images of a step for \(Self.places(missing)), but the networks grow from \(first)²"
                + " to \(last)²; it has \(found). Add \(missing.map { "\($0):…" }.joined(separator: " ")), or leave it"
                + " empty for batch at every resolution")
    }

    private func checkDivision(_ stage: TrainingStage, ranks: Int) throws(ConfigurationError) {
        let unit = stage.microbatch * ranks
        guard stage.batch % unit != 0 else { return }
        let isListed = growing.enabled && growing.minibatch[stage.resolution] != nil
        let key = isListed ? "growing.minibatch" : batchPerRank == nil ? "batch" : "batch_per_rank"
        let scale = batchPerRank == nil ? 1 : ranks
        let nearest = [stage.batch / unit * unit, (stage.batch / unit + 1) * unit].filter { $0 > 0 }
            .map { (isListed ? "\(stage.resolution):" : "") + String($0 / scale) }.joined(separator: " or ")
        var message =
            "\(key) is \(stage.batch / scale)\(place(of: stage)), which cannot be dealt to \(ranks)"
            + " \(ranks == 1 ? "rank" : "ranks") in microbatches of \(stage.microbatch): it must be a multiple of"
            + " \(unit / scale). Nearest that work: " + (isListed ? "\(nearest) in \(key)" : "\(key)=\(nearest)")
        if stage.batch % ranks == 0 {
            let share = stage.batch / ranks
            let smaller = (1...min(stage.microbatch, share)).last {
                share % $0 == 0 && $0 % min($0, model.mbstdGroup) == 0
            }
            if let smaller {
                message +=
                    growing.enabled
                    ? ", or \(stage.resolution):\(smaller) in growing.microbatch" : ", or microbatch=\(smaller)"
            }
        }
        throw inconsistent(key, message)
    }

    private func checkGroup(_ stage: TrainingStage) throws(ConfigurationError) {
        let group = min(model.mbstdGroup, stage.microbatch)
        guard !model.family.rules.needsPairsInGroups || model.mbstdGroup == 1 || group > 1 else {
            throw inconsistent(
                "model.mbstd_group",
                "model.mbstd_group is \(model.mbstdGroup), but microbatches of 1\(place(of: stage)) have no groups: set"
                    + " microbatch=2 or more, or model.mbstd_group=1 for networks without that statistic")
        }
        guard stage.microbatch % group != 0 else { return }
        let working = (1...stage.microbatch).filter { stage.microbatch % $0 == 0 }.map(String.init)
        throw inconsistent(
            "model.mbstd_group",
            "model.mbstd_group is \(group), which does not divide the microbatch of"
                + " \(stage.microbatch)\(place(of: stage)). Allowed: \(working.joined(separator: ", "))")
    }

    /// " at 16²", for messages; nothing where a run has one resolution.
    private func place(of stage: TrainingStage) -> String { growing.enabled ? " at \(stage.resolution)²" : "" }

    /// "4², 8² and 16²"
    static func places(_ resolutions: [Int]) -> String {
        let names = resolutions.map { "\($0)²" }
        return names.count < 2
            ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }
}
