/// What samples that are no pictures, rectangles and conditions ask of other keys.
extension Configuration {
    func checkSamples(_ facts: DataFacts) throws(ConfigurationError) {
        try checkAugmentation(facts)
        try checkConditions(facts)
        try checkDenseConditions(facts)
    }

    /// The grid of the samples' size.
    func grid(of facts: DataFacts) throws(ConfigurationError) -> ImageGrid {
        guard facts.channels >= 1, facts.channels <= Self.mostChannels else {
            throw inconsistent(
                "data.path",
                "data.path: the samples have \(facts.channels) channels; 1 to \(Self.mostChannels) are allowed")
        }
        if let grid = ImageGrid(height: facts.height, width: facts.width) { return grid }
        let nearest = ImageGrid.nearest(height: facts.height, width: facts.width)
        throw inconsistent(
            "data.path",
            "data.path: the samples are \(facts.sizeText), which networks cannot make: they double a start whose smaller"
                + " side is \(ImageGrid.starts.lowerBound) to \(ImageGrid.starts.upperBound) and whose larger is at most"
                + " \(ImageGrid.longestStart). The nearest size that works is \(nearest.height)×\(nearest.width)"
                + " (\(nearest.startHeight)×\(nearest.startWidth), doubled \(nearest.doublings)"
                + " time\(nearest.doublings == 1 ? "" : "s")): import the data with crops of that size, such as --crop"
                + " \(nearest.height)x\(nearest.width)")
    }

    static let mostChannels = 64

    private func checkAugmentation(_ facts: DataFacts) throws(ConfigurationError) {
        let kind =
            "\(facts.isPicture ? "pictures" : "fields") of \(facts.channels) channel\(facts.channels == 1 ? "" : "s")"
        let hasColours = facts.isPicture && (facts.channels == 1 || facts.channels == 3)
        if !hasColours, augment.diffAugment.contains(.color) {
            throw inconsistent(
                "augment.diffaugment",
                "augment.diffaugment has color, but the data set has \(kind), which have none: set"
                    + " augment.diffaugment=translation,cutout")
        }
        guard augment.mode != .none else { return }
        if !hasColours, augment.pipeline.changesColours {
            throw inconsistent(
                "augment.pipeline",
                "augment.pipeline is \(augment.pipeline.rawValue), which changes colours, but the data set has \(kind),"
                    + " which have none: set augment.pipeline=\(facts.height == facts.width ? "bg" : "geom")")
        }
        if facts.height != facts.width, augment.pipeline.hasQuarterTurns {
            throw inconsistent(
                "augment.pipeline",
                "augment.pipeline is \(augment.pipeline.rawValue), which turns samples by 90°, but those of \(facts.sizeText)"
                    + " would have another size then: set augment.pipeline=geom, filter, noise or cutout")
        }
    }

    private func checkConditions(_ facts: DataFacts) throws(ConfigurationError) {
        guard data.condition != .vector || facts.vectorComponents > 0 else {
            throw inconsistent(
                "data.condition",
                "data.condition is vector, but the data set has no numbers beside its samples. Import it with --condition,"
                    + " or set data.condition=none" + (facts.classes > 0 ? " or class" : ""))
        }
        if data.condition == .none, data.conditionDropout > 0 {
            throw inconsistent(
                "data.condition_dropout",
                "data.condition_dropout is \(Domain<Double>.canonical(data.conditionDropout)), but data.condition is none:"
                    + " there is nothing to leave out. Set data.condition, or data.condition_dropout=0")
        }
        if data.condition != .vector, let weight = loss.regressionWeight.given, weight > 0 {
            throw inconsistent(
                "loss.regression_weight",
                "loss.regression_weight is \(Domain<Double>.canonical(weight)), but data.condition is"
                    + " \(data.condition.rawValue): there are no numbers to read from samples. Set data.condition=vector, or"
                    + " loss.regression_weight=0")
        }
    }
}

extension AugmentPipeline {
    /// Whether some transform reads a picture's channels as grey or as red, green and blue.
    var changesColours: Bool {
        switch self {
        case .color, .bgc, .bgcf, .bgcfn, .bgcfnc, .r3gan: true
        case .blit, .geom, .filter, .noise, .cutout, .bg: false
        }
    }

    /// Whether some transform turns by 90°.
    var hasQuarterTurns: Bool {
        switch self {
        case .blit, .bg, .bgc, .bgcf, .bgcfn, .bgcfnc, .r3gan: true
        case .geom, .color, .filter, .noise, .cutout: false
        }
    }
}
