extension Configuration {
    /// Fills in every `auto` and checks the values against the data set and the ranks.
    ///
    /// - Parameters:
    ///   - resolution: Height and width of the images.
    ///   - channels: Channels of the images.
    ///   - classes: Classes of the data set, 0 without labels.
    ///   - ranks: Processes that train together.
    ///   - coresPerRank: Cores that each of them may use.
    /// - Throws: ``ConfigurationError``, which names the keys and the nearest values that work.
    public func resolve(
        resolution: Int, channels: Int, classes: Int, ranks: Int, coresPerRank: Int
    ) throws(ConfigurationError) -> ResolvedConfiguration {
        precondition(ranks >= 1 && coresPerRank >= 1 && classes >= 0)
        try checkSupported { _ in .resolution }
        try checkData(resolution: resolution, channels: channels, classes: classes)
        let batch = resolvedBatch(resolution: resolution, ranks: ranks)
        let microbatch = microbatch.or(AutoRules.microbatch(batch: batch, ranks: ranks))
        try checkDivision(batch: batch, microbatch: microbatch, ranks: ranks)
        let group = min(model.mbstdGroup, microbatch)
        try checkGroup(group, microbatch: microbatch)
        let guide = ggdr.resolution.or(AutoRules.ggdrResolution(resolution: resolution))
        try checkGuide(guide, resolution: resolution)

        var resolved = ResolvedConfiguration(
            configuration: self, resolution: resolution, channels: channels, classes: classes, ranks: ranks,
            threads: threads.or(coresPerRank), batch: batch, microbatch: microbatch,
            channelBase: model.channelBase.or(AutoRules.channelBase(resolution: resolution)), mbstdGroup: group,
            ggdrResolution: guide, r1Gamma: loss.r1Gamma.or(AutoRules.r1Gamma(resolution: resolution, batch: batch)),
            emaHalfLifeKimg: ema.halfLifeKimg.or(AutoRules.emaHalfLifeKimg(batch: batch)), stages: [], notes: [])
        resolved.stages = [
            TrainingStage(
                resolution: resolution, batch: batch, microbatch: microbatch, gLR: optimizer.gLR, dLR: optimizer.dLR,
                r1Gamma: resolved.r1Gamma, emaHalfLifeKimg: resolved.emaHalfLifeKimg)
        ]
        try checkChannels(resolved)
        resolved.notes = notes(on: resolved, coresPerRank: coresPerRank)
        resolved.configuration.batch = .global(batch)
        resolved.configuration.microbatch = .value(microbatch)
        resolved.configuration.model.channelBase = .value(resolved.channelBase)
        resolved.configuration.model.mbstdGroup = group
        resolved.configuration.ggdr.resolution = .value(guide)
        resolved.configuration.loss.r1Gamma = .value(resolved.r1Gamma)
        resolved.configuration.ema.halfLifeKimg = .value(resolved.emaHalfLifeKimg)
        return resolved
    }

    private func resolvedBatch(resolution: Int, ranks: Int) -> Int {
        switch batch {
        case .auto: AutoRules.batch(resolution: resolution, ranks: ranks)
        case .global(let count): count
        case .perRank(let count): count * ranks
        }
    }

    private func checkData(resolution: Int, channels: Int, classes: Int) throws(ConfigurationError) {
        guard resolution >= 8, resolution.isPowerOfTwo else {
            throw inconsistent(
                "data.path",
                "data.path: the images are \(resolution)×\(resolution); the resolution must be a power of two, 8 or more."
                    + " Import them again with --resolution \(max(8, resolution.nearestPowerOfTwo))")
        }
        guard channels == 1 || channels == 3 else {
            throw inconsistent(
                "data.path", "data.path: the images have \(channels) channels; 1 (grey) or 3 (colour) are allowed")
        }
        guard !data.labels || classes > 0 else {
            throw inconsistent(
                "data.labels",
                "data.labels is true, but the data set has no labels. Import it with --labels, or set data.labels=false"
            )
        }
    }

    private func checkDivision(batch: Int, microbatch: Int, ranks: Int) throws(ConfigurationError) {
        let unit = microbatch * ranks
        guard batch % unit != 0 else { return }
        let key = batchPerRank == nil ? "batch" : "batch_per_rank"
        let scale = batchPerRank == nil ? 1 : ranks
        let nearest = [batch / unit * unit, (batch / unit + 1) * unit].filter { $0 > 0 }.map { String($0 / scale) }
        var message =
            "\(key) is \(batch / scale), which cannot be dealt to \(ranks) \(ranks == 1 ? "rank" : "ranks") in"
            + " microbatches of \(microbatch): it must be a multiple of \(unit / scale)."
            + " Nearest that work: \(key)=\(nearest.joined(separator: " or "))"
        if batch % ranks == 0 {
            let share = batch / ranks
            let smaller = (1...min(microbatch, share)).last { share % $0 == 0 && $0 % min($0, model.mbstdGroup) == 0 }
            if let smaller {
                message += ", or microbatch=\(smaller)"
            }
        }
        throw inconsistent(key, message)
    }

    private func checkGroup(_ group: Int, microbatch: Int) throws(ConfigurationError) {
        guard microbatch % group != 0 else { return }
        let working = (1...microbatch).filter { microbatch % $0 == 0 }.map(String.init).joined(separator: ", ")
        throw inconsistent(
            "model.mbstd_group",
            "model.mbstd_group is \(group), which does not divide the microbatch of \(microbatch). Allowed: \(working)")
    }

    private func checkGuide(_ guide: Int, resolution: Int) throws(ConfigurationError) {
        guard ggdr.enabled, guide < 8 || guide > resolution || !guide.isPowerOfTwo else { return }
        throw inconsistent(
            "ggdr.resolution",
            "ggdr.resolution is \(guide); allowed: a power of two from 8 to \(resolution) (the images), or auto")
    }

    private func checkChannels(_ resolved: ResolvedConfiguration) throws(ConfigurationError) {
        guard resolved.channelBase < resolved.resolution else { return }
        throw inconsistent(
            "model.channel_base",
            "model.channel_base is \(resolved.channelBase), which leaves no channel at \(resolved.resolution)²;"
                + " allowed: \(resolved.resolution) or more")
    }

    private func inconsistent(_ key: String, _ message: String) -> ConfigurationError {
        ConfigurationError(.outOfRange, key: key, source: .resolution, message: message)
    }

    /// A batch that grows with the ranks, and what grows with it.
    private func batchNote(on resolved: ResolvedConfiguration) -> String {
        var followers: [String] = []
        if loss.r1Gamma == .auto { followers.append("loss.r1_gamma is \(resolved.r1Gamma)") }
        if ema.halfLifeKimg == .auto { followers.append("ema.half_life_kimg is \(resolved.emaHalfLifeKimg)") }
        let ranks = "\(resolved.ranks) \(resolved.ranks == 1 ? "rank" : "ranks")"
        let consequence = followers.isEmpty ? "" : "; with it \(followers.joined(separator: " and "))"
        return "batch is \(resolved.batch) for \(ranks)\(consequence); learning rates stay. Fix it with batch"
    }

    private func notes(on resolved: ResolvedConfiguration, coresPerRank: Int) -> [String] {
        var notes: [String] = []
        if batch == .auto {
            let rule = max(min(resolved.ranks * min(4096 / resolved.resolution, 32), 64), resolved.ranks)
            if rule != resolved.batch {
                notes.append("batch: the auto rule says \(rule); \(resolved.ranks) ranks share \(resolved.batch)")
            }
        }
        if model.mbstdGroup > resolved.mbstdGroup {
            notes.append(
                "model.mbstd_group: \(resolved.mbstdGroup) in place of \(model.mbstdGroup), as groups lie inside a"
                    + " microbatch")
        }
        let (size, shrink) = (resolved.microbatch, loss.plBatchShrink)
        if loss.plWeight > 0, size % shrink != 0, shrink % size != 0 {
            notes.append(
                "loss.pl_batch_shrink is \(shrink), which does not divide the microbatch of \(size): the path-length phase"
                    + " takes \(resolved.pathLengthMicrobatch) of each")
        }
        if !resolved.ranks.isPowerOfTwo {
            notes.append(
                "\(resolved.ranks) ranks are no power of two: the result equals that of other numbers of ranks to"
                    + " rounding, not bit for bit")
        } else if !resolved.microbatches.isPowerOfTwo {
            notes.append(
                "batch / microbatch is \(resolved.microbatches), no power of two: the result depends on the number of"
                    + " ranks, to rounding")
        }
        if batch == .auto || batchPerRank != nil {
            notes.append(batchNote(on: resolved))
        }
        if microbatch == .auto, resolved.microbatch < 8 {
            notes.append(
                "microbatch is \(resolved.microbatch) because each rank has \(resolved.batchPerRank) images of a step;"
                    + " runs are bit-equal only with the same microbatch")
        }
        if resolved.threads > coresPerRank {
            notes.append("threads is \(resolved.threads), but a rank has \(coresPerRank) core(s)")
        }
        return notes
    }
}

extension Int {
    var isPowerOfTwo: Bool { self > 0 && self & (self - 1) == 0 }

    /// The power of two at or below, or above where that is nearer.
    var nearestPowerOfTwo: Int {
        guard self > 1 else { return 1 }
        let below = 1 << (Int.bitWidth - 1 - leadingZeroBitCount)
        return self - below <= 2 * below - self ? below : 2 * below
    }
}
