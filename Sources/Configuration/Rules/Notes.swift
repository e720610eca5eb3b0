/// What the user should know about a run, said once at its start.
extension Configuration {
    func notes(on resolved: ResolvedConfiguration, coresPerRank: Int) -> [String] {
        var notes = batchRuleNotes(on: resolved)
        let small = resolved.stages.filter { $0.microbatch < model.mbstdGroup }
        if !small.isEmpty {
            let groups = phrase(resolved, small, \.microbatch) { "\($0) in place of \(model.mbstdGroup)" }
            notes.append("model.mbstd_group: \(groups), as groups lie inside a microbatch")
        }
        let shrink = loss.plBatchShrink
        let uneven = resolved.stages.filter { $0.microbatch % shrink != 0 && shrink % $0.microbatch != 0 }
        if loss.plWeight > 0, !uneven.isEmpty {
            let sizes = phrase(resolved, uneven, \.microbatch) { "\($0)" }
            let taken = phrase(resolved, uneven, \.microbatch) { "\(resolved.pathLengthMicrobatch(of: $0))" }
            notes.append(
                "loss.pl_batch_shrink is \(shrink), which does not divide the microbatch of \(sizes): the path-length"
                    + " phase takes \(taken) of each")
        }
        let odd = resolved.stages.filter { !$0.microbatches.isPowerOfTwo }
        if !resolved.ranks.isPowerOfTwo {
            notes.append(
                "\(resolved.ranks) ranks are no power of two: the result equals that of other numbers of ranks to"
                    + " rounding, not bit for bit")
        } else if !odd.isEmpty {
            notes.append(
                "batch / microbatch is \(phrase(resolved, odd, \.microbatches) { "\($0)" }), no power of two: the result depends on"
                    + " the number of ranks, to rounding")
        }
        let isListed = growing.enabled && !growing.minibatch.isEmpty
        if batch == .auto && !isListed || batchPerRank != nil {
            notes.append(growing.enabled ? growingBatchNote(on: resolved) : batchNote(on: resolved))
        }
        let shared = resolved.stages.filter {
            $0.microbatch < 8 && (!growing.enabled || growing.microbatch[$0.resolution] == nil)
        }
        if microbatch == .auto, !shared.isEmpty {
            let sizes = phrase(resolved, shared, \.microbatch) { "\($0)" }
            let shares = phrase(resolved, shared, \.batch) { "\($0 / resolved.ranks)" }
            notes.append(
                "microbatch is \(sizes) because each rank has \(shares) images of a step;"
                    + " runs are bit-equal only with the same microbatch")
        }
        if resolved.threads > coresPerRank {
            notes.append("threads is \(resolved.threads), but a rank has \(coresPerRank) core(s)")
        }
        if augment.mode == .ada, !loss.kind.scoresHaveZero, !loss.kind.judgesPairs {
            notes.append(
                "augment.mode is ada, which counts how often scores of real images are positive; scores of loss.kind"
                    + " \(loss.kind.rawValue) have no zero that means anything: augment.mode=fixed is surer")
        }
        let grid = resolved.grid
        if !grid.isSquare {
            notes.append(
                "resolutions are nominal: of samples of \(grid.height)×\(grid.width), doubled from \(grid.startHeight)×"
                    + "\(grid.startWidth), that of the whole counts as \(grid.resolution)")
        }
        return notes + idleKeyNotes + translationNotes(on: resolved) + growthNotes(on: resolved)
            + rateNotes(on: resolved) + plateauNotes(on: resolved)
    }

    /// Learning rates that the command line names, where a table has others.
    private func rateNotes(on resolved: ResolvedConfiguration) -> [String] {
        guard explicitKeys.contains("optimizer.g_lr") || explicitKeys.contains("optimizer.d_lr") else { return [] }
        let other = resolved.stages.filter { growing.enabled && growing.learningRate[$0.resolution] != nil }
        guard !other.isEmpty else { return [] }
        let rates = phrase(resolved, other, \.gLR) { Domain<Double>.canonical($0) }
        return ["growing.learning_rate has other rates than optimizer.g_lr and d_lr: \(rates)"]
    }

    /// Plateaus that cannot be seen before the time of a resolution is over.
    private func plateauNotes(on resolved: ResolvedConfiguration) -> [String] {
        guard growing.enabled, growing.trigger == .plateau else { return [] }
        let window = growing.plateauSignal == .swd ? measuringKimg : growing.plateauWindowKimg
        let needed = Double(growing.plateauPatience + 1) * window
        guard needed >= growing.trainingKimg else { return [] }
        let measuring = metrics.everyKimg == nil ? "snapshot.every_kimg" : "metrics.every_kimg"
        let key = growing.plateauSignal == .swd ? measuring : "growing.plateau_window_kimg"
        return [
            "a plateau takes \(Domain<Double>.canonical(needed)) kimg to be seen (\(key) ×"
                + " (growing.plateau_patience + 1)), but a resolution trains"
                + " \(Domain<Double>.canonical(growing.trainingKimg)) kimg at most: none will end it earlier"
        ]
    }

    /// Where ranks do not divide what the auto rule says.
    private func batchRuleNotes(on resolved: ResolvedConfiguration) -> [String] {
        guard batch == .auto else { return [] }
        func rule(_ resolution: Int) -> Int {
            AutoRules.publishedBatch(resolution: resolution, ranks: resolved.ranks)
        }
        let changed = resolved.stages.filter {
            $0.batch != rule($0.resolution) && (!growing.enabled || growing.minibatch[$0.resolution] == nil)
        }
        guard !changed.isEmpty else { return [] }
        let rules = phrase(resolved, changed, { rule($0.resolution) }) { "\($0)" }
        return [
            "batch: the auto rule says \(rules); \(resolved.ranks) ranks share"
                + " \(phrase(resolved, changed, \.batch) { "\($0)" })"
        ]
    }

    /// A batch that grows with the ranks, and what grows with it.
    private func batchNote(on resolved: ResolvedConfiguration) -> String {
        var followers: [String] = []
        if r1FollowsBatch { followers.append("loss.r1_gamma is \(resolved.r1Gamma)") }
        if ema.halfLifeKimg == .auto { followers.append("ema.half_life_kimg is \(resolved.emaHalfLifeKimg)") }
        let consequence = followers.isEmpty ? "" : "; with it \(followers.joined(separator: " and "))"
        return "batch is \(resolved.batch) for \(ranks(resolved))\(consequence); \(ratesNote). Fix it with batch"
    }

    /// The same where every resolution has its own.
    private func growingBatchNote(on resolved: ResolvedConfiguration) -> String {
        var followers: [String] = []
        if r1FollowsBatch { followers.append("loss.r1_gamma") }
        if ema.halfLifeKimg == .auto { followers.append("ema.half_life_kimg") }
        let consequence =
            followers.isEmpty
            ? "" : "; \(followers.joined(separator: " and ")) follow\(followers.count == 1 ? "s" : "")"
        let batches = "\(phrase(resolved, resolved.stages, \.batch) { "\($0)" }) for \(ranks(resolved))"
        if growing.minibatch.isEmpty {
            return "batch is \(batches)\(consequence); \(ratesNote). Fix it with batch or growing.minibatch"
        }
        return
            "growing.minibatch is of each rank, as batch_per_rank is chosen, whose own value does not count: a step's"
            + " images are \(batches)\(consequence); \(ratesNote). Fix it with batch"
    }

    /// What learning rates do where the batch is another.
    private var ratesNote: String {
        guard let batch = optimizer.rateBatch else { return "learning rates stay, as optimizer.rate_batch is none" }
        return "learning rates are times √(batch / \(batch))"
    }

    private var r1FollowsBatch: Bool { loss.r1Gamma == .auto && hasR1ByDefault && loss.kind.r1Rule == .batchAndPixels }

    private func ranks(_ resolved: ResolvedConfiguration) -> String {
        "\(resolved.ranks) \(resolved.ranks == 1 ? "rank" : "ranks")"
    }

    /// A run that ends before its networks are grown.
    private func growthNotes(on resolved: ResolvedConfiguration) -> [String] {
        let needed = resolved.growthImages
        guard growing.enabled, resolved.totalImages <= needed else { return [] }
        let latest = growing.trigger == .plateau ? " at the latest" : ""
        return [
            "kimg is \(Domain<Double>.canonical(kimg)), but the networks are fully grown after"
                + " \(Domain<Double>.canonical(Double(needed) / 1000)) kimg\(latest): the run may end before it trains"
                + " \(resolved.resolution)² alone"
        ]
    }

    /// What some stages say, each value once: "3 at 8² and 16², 6 at 32²"; "3" where all stages of the run say so.
    private func phrase<Value: Hashable>(
        _ resolved: ResolvedConfiguration, _ stages: [TrainingStage], _ value: (TrainingStage) -> Value,
        text: (Value) -> String
    ) -> String {
        var places: [(value: Value, resolutions: [Int])] = []
        for stage in stages {
            let own = value(stage)
            if let known = places.firstIndex(where: { $0.value == own }) {
                places[known].resolutions.append(stage.resolution)
            } else {
                places.append((own, [stage.resolution]))
            }
        }
        if let only = places.first, only.resolutions.count == resolved.stages.count { return text(only.value) }
        return places.map { "\(text($0.value)) at \(Self.places($0.resolutions))" }.joined(separator: ", ")
    }
}
