extension Configuration {
    /// Likewise of pictures.
    ///
    /// - Parameters:
    ///   - resolution: Height and width of the images of the data set.
    ///   - channels: Channels of the images.
    ///   - classes: Classes of the data set, 0 without labels.
    ///   - semanticClasses: Values of its label maps, 0 without maps.
    ///   - images: Their number; nil where it is not known.
    ///   - ranks: Processes that train together.
    ///   - coresPerRank: Cores that each of them may use.
    /// - Throws: ``ConfigurationError``, which names the keys and the nearest values that work.
    public func resolve(
        resolution: Int, channels: Int, classes: Int, semanticClasses: Int = 0, images: Int? = nil, ranks: Int,
        coresPerRank: Int
    ) throws(ConfigurationError) -> ResolvedConfiguration {
        try resolve(
            DataFacts(
                height: resolution, width: resolution, channels: channels, classes: classes,
                semanticClasses: semanticClasses, isPicture: true, images: images),
            ranks: ranks, coresPerRank: coresPerRank)
    }

    /// Fills in every `auto` and checks the values against the data set and the ranks.
    ///
    /// - Parameters:
    ///   - facts: of the data set.
    ///   - ranks: Processes that train together.
    ///   - coresPerRank: Cores that each of them may use.
    /// - Throws: ``ConfigurationError``, which names the keys and the nearest values that work.
    public func resolve(
        _ facts: DataFacts, ranks: Int, coresPerRank: Int
    ) throws(ConfigurationError) -> ResolvedConfiguration {
        precondition(ranks >= 1 && coresPerRank >= 1 && facts.classes >= 0)
        try checkCombinations { _ in .resolution }
        let grid = try checkData(facts)
        try checkMaps(facts.semanticClasses, of: "\(facts.sizeText) images, \(facts.classes) classes of labels")
        try checkLimit(facts.images)
        try checkSamples(facts)
        let final = try finalResolution(data: grid)
        let stages = try stages(final: final, of: grid, ranks: ranks)
        guard let last = stages.last else { preconditionFailure("a run without a stage") }
        let places = model.family.rules.guidePlaces(
            resolution: final, patchLayers: model.patchLayers,
            depth: model.unetDepth.or(model.family.rules.unetDepth(grid)))
        let rule = AutoRules.ggdrResolution(resolution: final)
        let guide = ggdr.resolution.or(min(max(rule, places.lowerBound), max(places.upperBound, 8)))
        try checkGuide(guide, places: places)
        try checkFurtherGuides(from: places.lowerBound, below: guide)
        // Channels of fields stand side by side, the first eight.
        try checkSheet(
            ImageGrid(resolution: final, startHeight: grid.startHeight, startWidth: grid.startWidth),
            channels: facts.isPicture ? sheetParts(facts) : min(facts.channels, 8))

        var resolved = ResolvedConfiguration(
            configuration: self, resolution: final, startHeight: grid.startHeight, startWidth: grid.startWidth,
            dataResolution: grid.resolution, channels: facts.channels, isPicture: facts.isPicture,
            classes: facts.classes, vectorComponents: facts.vectorComponents,
            mapClasses: supervision == .labels ? facts.semanticClasses : 0, semanticClasses: facts.semanticClasses,
            imageConditionChannels: facts.conditionChannels, ranks: ranks,
            threads: threads.or(coresPerRank), batch: last.batch, microbatch: last.microbatch,
            channelBase: model.channelBase.or(model.family.rules.channelBase(resolution: final)),
            mbstdGroup: min(model.mbstdGroup, stages.map(\.microbatch).max() ?? last.microbatch),
            ggdrResolution: guide,
            attention: model.attention.or(model.family.rules.attention(resolution: final)), r1Gamma: last.r1Gamma,
            r2Gamma: last.r2Gamma,
            regressionWeight: data.condition == .vector
                ? loss.regressionWeight.or(model.family.rules.regressionWeight) : 0,
            emaHalfLifeKimg: last.emaHalfLifeKimg,
            unetDepth: model.unetDepth.or(model.family.rules.unetDepth(grid)), stages: stages,
            notes: [])
        try checkChannels(resolved)
        try checkAttention(resolved)
        if let misfit = model.family.rules.misfit(of: resolved.grid, self, depth: resolved.unetDepth) {
            throw inconsistent(misfit.key, misfit.message)
        }
        resolved.notes = notes(on: resolved, coresPerRank: coresPerRank)
        if let limit = data.limit, let images = facts.images {
            resolved.notes.append(
                "data.limit: trains on \(limit) of \(images) images; metrics compare with all of them")
        }
        if data.condition == .vector, model.family == .pggan, resolved.regressionWeight == 0 {
            resolved.notes.append(
                "loss.regression_weight is 0: the discriminator of model.family=pggan judges numbers by nothing else, so"
                    + " that samples will have nothing to do with them")
        }
        resolved.configuration.fixChoices(of: resolved)
        return resolved
    }

    /// Replaces `auto` by what was chosen, so that the same run can be described again without its data set and ranks.
    private mutating func fixChoices(of resolved: ResolvedConfiguration) {
        batch = .global(resolved.batch)
        microbatch = .value(resolved.microbatch)
        model.channelBase = .value(resolved.channelBase)
        model.mbstdGroup = resolved.mbstdGroup
        model.attention = .value(resolved.attention)
        ggdr.resolution = .value(resolved.ggdrResolution)
        if resolved.unetDepth > 0 { model.unetDepth = .value(resolved.unetDepth) }
        // Elsewhere it means nothing, and would be in the way of who conditions a run like this one.
        if data.condition == .vector { loss.regressionWeight = .value(resolved.regressionWeight) }
        if loss.r2Gamma == .auto, loss.kind.hasR2ByDefault { schedule.r2Gamma = schedule.r2Gamma ?? schedule.r1Gamma }
        if schedule.isUsed { schedule.kimg = schedule.kimg ?? kimg }
        guard growing.enabled else {
            loss.r1Gamma = .value(resolved.r1Gamma)
            loss.r2Gamma = .value(resolved.r2Gamma)
            ema.halfLifeKimg = .value(resolved.emaHalfLifeKimg)
            return
        }
        growing.final = .value(resolved.resolution)
        growing.learningRate = growing.learningRate.limited(to: resolved.stages.map(\.resolution))
        growing.minibatch = ResolutionTable()
        growing.microbatch = ResolutionTable()
        for stage in resolved.stages {
            growing.minibatch[stage.resolution] = stage.batch
            growing.microbatch[stage.resolution] = stage.microbatch
        }
    }

    private func checkData(_ facts: DataFacts) throws(ConfigurationError) -> ImageGrid {
        let grid = facts.isPicture ? try pictureGrid(facts.height, channels: facts.channels) : try grid(of: facts)
        guard !data.labels || facts.classes > 0 else {
            throw inconsistent(
                "data.labels",
                "data.labels is true, but the data set has no labels. Import it with --labels, or set data.labels=false"
            )
        }
        return grid
    }

    private func pictureGrid(_ resolution: Int, channels: Int) throws(ConfigurationError) -> ImageGrid {
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
        return ImageGrid(resolution: resolution)
    }

    private func checkMaps(_ semanticClasses: Int, of what: String) throws(ConfigurationError) {
        guard supervision == .labels, semanticClasses < 2 else { return }
        throw inconsistent(
            "supervision",
            "supervision is labels, but the data set \(data.path ?? "") has "
                + (semanticClasses == 0 ? "no label maps (\(what))" : "maps of one class, which tell nothing apart")
                + ". Import it with --maps FOLDER, see `ganglion dataset import --help`, or set supervision=none or"
                + " generator")
    }

    private func checkLimit(_ images: Int?) throws(ConfigurationError) {
        guard let limit = data.limit, let images, limit > images else { return }
        throw inconsistent(
            "data.limit",
            "data.limit is \(limit), but the data set has \(images) images; allowed: 1 to \(images), or all")
    }

    /// The resolution of the fully grown networks.
    private func finalResolution(data grid: ImageGrid) throws(ConfigurationError) -> Int {
        let data = grid.resolution
        // Of rectangles resolutions are nominal.
        let size =
            grid.isSquare ? "\(data)×\(data)" : "\(grid.height)×\(grid.width), whose resolution counts as \(data)"
        let final = growing.final.or(data)
        guard growing.enabled else {
            guard final == data else {
                throw inconsistent(
                    "growing.final",
                    "growing.final is \(final), but growing.enabled is false and the images are \(size):"
                        + " set growing.enabled=true, or growing.final=auto")
            }
            return data
        }
        // What a file says, `load` has checked; values may also be set one by one.
        guard final.isPowerOfTwo, final >= 8, final <= data else {
            throw inconsistent(
                "growing.final",
                "growing.final is \(final), but the images are \(size); allowed: a power of two from"
                    + " \(max(growing.start, 8)) to \(data), or auto. Or import the images again with"
                    + " --resolution \(final.nearestPowerOfTwo)")
        }
        guard growing.start.isPowerOfTwo, growing.start >= 4, growing.start <= final else {
            throw inconsistent(
                "growing.start",
                "growing.start is \(growing.start), but growing.final is \(final); allowed: a power of two from 4 to"
                    + " \(final)")
        }
        return final
    }

    private func checkGuide(_ guide: Int, places: ClosedRange<Int>) throws(ConfigurationError) {
        guard supervision != .none, !places.contains(guide) || !guide.isPowerOfTwo else { return }
        let source = growing.enabled ? "growing.final" : "the images"
        throw inconsistent(
            "ggdr.resolution",
            "ggdr.resolution is \(guide); allowed: a power of two from \(places.lowerBound) to \(places.upperBound) (\(source)), or auto"
        )
    }

    private func checkFurtherGuides(from first: Int, below guide: Int) throws(ConfigurationError) {
        guard ggdr.enabled, let odd = ggdr.also.first(where: { $0 < first || $0 >= guide }) else { return }
        throw inconsistent(
            "ggdr.also",
            "ggdr.also has \(odd); allowed: powers of two from \(first) to below ggdr.resolution, which is \(guide), or empty"
        )
    }

    /// A sheet is held in memory, and other programs are to open it.
    ///
    /// - Parameter channels: that stand side by side in it: one of a picture's, whatever it has.
    private func checkSheet(_ images: ImageGrid, channels: Int) throws(ConfigurationError) {
        let side = (
            columns: snapshot.grid.columns * images.width * channels, rows: snapshot.grid.rows * images.height
        )
        guard side.columns * side.rows > Self.mostSheetPixels else { return }
        throw inconsistent(
            "snapshot.grid",
            "snapshot.grid is \(snapshot.grid.columns)x\(snapshot.grid.rows): sheets of \(side.columns)×\(side.rows)"
                + " pixels; allowed: \(Self.mostSheetPixels) pixels, such as 8x8")
    }

    /// 16x16 images of 1024².
    private static let mostSheetPixels = 1 << 28

    private func checkChannels(_ resolved: ResolvedConfiguration) throws(ConfigurationError) {
        guard resolved.channelBase < resolved.resolution else { return }
        throw inconsistent(
            "model.channel_base",
            "model.channel_base is \(resolved.channelBase), which leaves no channel at \(resolved.resolution)²;"
                + " allowed: \(resolved.resolution) or more")
    }

    /// Attention where a network has no feature map would be left out without a word.
    private func checkAttention(_ resolved: ResolvedConfiguration) throws(ConfigurationError) {
        let places = model.family.attentionPlaces(resolution: resolved.resolution)
        for (network, isAsked, allowed) in [
            ("generator", model.attentionIn.isInGenerator, places.generator),
            ("discriminator", model.attentionIn.isInDiscriminator, places.discriminator),
        ] where isAsked {
            guard let absent = resolved.attention.first(where: { !allowed.contains($0) }) else { continue }
            let other = network == "discriminator" && places.generator.contains(absent)
            throw inconsistent(
                "model.attention",
                "model.attention is \(resolved.attention.map(String.init).joined(separator: ",")), but the \(network) of"
                    + " \(model.family.rawValue) at \(resolved.resolution)² has no feature map of \(absent)²; it has"
                    + " \(allowed.isEmpty ? "none" : Self.places(allowed))"
                    + (other ? ". Or set model.attention_in=g" : ""))
        }
    }

    func inconsistent(_ key: String, _ message: String) -> ConfigurationError {
        ConfigurationError(.outOfRange, key: key, source: .resolution, message: message)
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
