/// What families that make images of images or of label maps have in common.
enum TranslationRules {
    /// What none of them has.
    static let needs: [FamilyNeed] = [
        FamilyNeed.withoutStyles, [oneBody, FamilyNeed.withoutClamp, FamilyNeed.withoutDeviation],
        FamilyNeed.withoutVariants, others,
    ].flatMap { $0 }
    private static let oneBody = FamilyNeed(
        key: "model.discriminator", needed: "resnet", lacks: "second body of its discriminator")
    private static let others = [
        FamilyNeed(key: "model.padding", needed: "zero", lacks: "border but zeros"),
        FamilyNeed.withoutGrowth,
        FamilyNeed(key: "augment.mode", needed: "none", lacks: "augmentation that changes conditions alike"),
        FamilyNeed(key: "augment.diffaugment", needed: "", lacks: "augmentation that changes conditions alike"),
        FamilyNeed(key: "data.condition_dropout", needed: "0", lacks: "way to leave out what each pixel is made of"),
        FamilyNeed(key: "loss.d_steps", needed: "1", lacks: "further discriminator phases in a step"),
        FamilyNeed(key: "loss.lecam_weight", needed: "0", lacks: "score of a whole image"),
        FamilyNeed(key: "freeze_d", needed: "0", lacks: "layers of its discriminator that can be frozen"),
        FamilyNeed(key: "memory", needed: "full", lacks: "blocks that are computed again"),
    ]

    /// What other families lack of these.
    static let unknownElsewhere: [FamilyNeed] = [l1, featureMatching, labelMix]

    static let l1 = FamilyNeed(key: "loss.l1_weight", needed: "0", lacks: "difference from the real image as a loss")
    static let featureMatching = FamilyNeed(key: "loss.feature_matching", needed: "0", lacks: "feature matching")
    static let labelMix = FamilyNeed(key: "loss.labelmix", needed: "0", lacks: "LabelMix")

    /// The width of the authors' networks, 64 at the images' resolution, whatever that is.
    static func channelBase(resolution: Int) -> Int { 64 * resolution }

    /// How often both sides can be halved.
    static func halvings(of grid: ImageGrid) -> Int {
        min(grid.height.trailingZeroBitCount, grid.width.trailingZeroBitCount)
    }

    /// Maps that the generator has and that a decoder on the discriminator's can predict: it doubles their smallest.
    ///
    /// - Parameter halvings: of the discriminator.
    static func guidePlaces(resolution: Int, halvings: Int) -> ClosedRange<Int> {
        let first = max(8, 2 * (resolution >> halvings))
        return first...max(first, resolution / 2)
    }

    /// Sides that networks cannot halve so often.
    ///
    /// - Parameters:
    ///   - name: of the family.
    ///   - fewest: halvings that its networks can do with.
    static func misfit(
        of grid: ImageGrid, _ name: String, depth: Int, fewest: Int, most: Int
    ) -> (key: String, message: String)? {
        let possible = halvings(of: grid)
        if depth >= fewest, depth <= min(possible, most) { return nil }
        let size = "\(grid.height)×\(grid.width)"
        let halved = "\(size), whose sides can be halved \(possible) time\(possible == 1 ? "" : "s")"
        guard possible >= fewest else {
            let (unit, nearest) = (
                1 << fewest, { (side: Int) in max(1, (side + (1 << fewest) / 2) >> fewest) << fewest }
            )
            return (
                "data.path",
                "data.path: the images are \(halved), but model.family=\(name) halves them \(fewest) times at least: both"
                    + " sides must be multiples of \(unit). Import them again with --resolution or --crop, such as"
                    + " \(nearest(grid.height))x\(nearest(grid.width)) (height x width)"
            )
        }
        let allowed = min(possible, most)
        return (
            "model.unet_depth",
            "model.unet_depth is \(depth), but the images are \(halved); allowed with model.family=\(name):"
                + " \(fewest == allowed ? "\(fewest)" : "\(fewest) to \(allowed)"), or auto"
        )
    }
}

extension Configuration {
    /// Conditions and losses that the family does not have, and what only image to image can do.
    var translationConflict: (key: String, text: String)? {
        let (rules, name) = (model.family.rules, model.family.rawValue)
        let dense = rules.denseConditions
        if dense.isEmpty, data.condition.isDense {
            let families = ModelFamily.allCases.filter { $0.rules.denseConditions.contains(data.condition) }
            return (
                "data.condition",
                "data.condition is \(data.condition.rawValue), but model.family is \(name), which makes samples of noise:"
                    + " set model.family=\(families.map(\.rawValue).joined(separator: ", ")), or data.condition=none"
            )
        }
        if !dense.isEmpty, !dense.contains(data.condition) {
            return (
                "data.condition",
                "model.family is \(name), which makes images of \(dense.map(\.description).joined(separator: " or of ")):"
                    + " set data.condition=\(dense.map(\.rawValue).joined(separator: " or "))"
                    + " (now \(data.condition.rawValue))"
            )
        }
        if !rules.losses.contains(loss.kind) {
            return (
                "loss.kind",
                "loss.kind is \(loss.kind.rawValue), which model.family=\(name) does not have: set"
                    + " loss.kind=\(rules.losses.map(\.rawValue).joined(separator: ", "))"
            )
        }
        if !dense.isEmpty, let gamma = loss.r1Gamma.given, gamma > 0 {
            return (
                "loss.r1_gamma",
                "loss.r1_gamma is \(Domain<Double>.canonical(gamma)), but model.family is \(name), which has no R1: set"
                    + " loss.r1_gamma=0"
            )
        }
        if !dense.isEmpty, let gamma = loss.r2Gamma.given, gamma > 0 {
            return (
                "loss.r2_gamma",
                "loss.r2_gamma is \(Domain<Double>.canonical(gamma)), but model.family is \(name), which has no R2: set"
                    + " loss.r2_gamma=0"
            )
        }
        if !dense.isEmpty, supervision == .labels {
            return (
                "supervision",
                "supervision is labels, but model.family is \(name), whose discriminator is told conditions anyway: set"
                    + " supervision=none, or generator for GGDR"
            )
        }
        if data.dontCare, data.condition != .map {
            return (
                "data.dont_care",
                "data.dont_care is true, but data.condition is \(data.condition.rawValue): there are no classes of pixels."
                    + " Set data.condition=map, or data.dont_care=false"
            )
        }
        if let share = optimizer.decayFrom, growing.enabled {
            return (
                "optimizer.decay_from",
                "optimizer.decay_from is \(Domain<Double>.canonical(share)), but growing.enabled is true, where"
                    + " growing.learning_rate has the rates: set optimizer.decay_from=none"
            )
        }
        return nil
    }

    /// What networks lack of so small images, or at such a depth.
    func translationNotes(on resolved: ResolvedConfiguration) -> [String] {
        switch model.family {
        case .stylegan2, .pggan, .sagan, .oasis, .r3gan: []
        case .pix2pix:
            resolved.unetDepth > 5
                ? []
                : [
                    "model.unet_depth is \(resolved.unetDepth): a U-Net has dropout from 6 halvings on; without it the seed"
                        + " changes nothing"
                ]
        case .ccfpse:
            min(resolved.grid.height, resolved.grid.width) > 32
                ? []
                : [
                    "the images are 32 pixels high or wide: the discriminator's coarsest map has a single pixel there, of which"
                        + " instance normalisation leaves nothing; 64 or more has all of its scales"
                ]
        }
    }

    /// What a data set must have for conditions at each pixel.
    func checkDenseConditions(_ facts: DataFacts) throws(ConfigurationError) {
        guard model.family.rules.denseConditions.isEmpty || facts.isPicture else {
            throw inconsistent(
                "data.path",
                "data.path: the samples are fields of \(facts.sizeText), but model.family=\(model.family.rawValue) makes"
                    + " pictures alone, whose values a tanh keeps between black and white: import pictures, squares that are"
                    + " a power of two wide")
        }
        switch data.condition {
        case .none, .class, .vector: return
        case .map:
            guard facts.semanticClasses < 2 else { return }
            throw inconsistent(
                "data.condition",
                "data.condition is map, but the data set \(data.path ?? "") has "
                    + (facts.semanticClasses == 0 ? "no label maps" : "maps of one class, which tell nothing apart")
                    + ". Import it with --maps FOLDER, see `ganglion dataset import --help`"
                    + (facts.conditionChannels > 0 && model.family.rules.denseConditions.contains(.image)
                        ? ", or set data.condition=image" : ""))
        case .image:
            guard facts.conditionChannels < 1 else { return }
            throw inconsistent(
                "data.condition",
                "data.condition is image, but the data set \(data.path ?? "") has no images beside its samples. Import it"
                    + " with --pair FOLDER, side-by-side or edges, see `ganglion dataset import --help`"
                    + (facts.semanticClasses > 1 && model.family.rules.denseConditions.contains(.map)
                        ? ", or set data.condition=map" : ""))
        }
    }
}

extension Configuration {
    /// Pictures that stand side by side in a cell of a sheet: a condition, the real image and the one that is made of it.
    func sheetParts(_ facts: DataFacts) -> Int {
        switch data.condition {
        case .none, .class, .vector: 1
        case .map: 3
        // Of fields channels stand side by side, the first eight.
        case .image: 2 + min(max(facts.conditionChannels, 1), 8)
        }
    }

    /// Whether R1 is a part of the losses where γ is open.
    var hasR1ByDefault: Bool { loss.kind.hasR1ByDefault && model.family.rules.denseConditions.isEmpty }
}

extension ConditionChoice {
    /// For messages.
    fileprivate var description: String {
        switch self {
        case .none: "noise"
        case .class: "classes"
        case .vector: "numbers"
        case .map: "label maps"
        case .image: "images"
        }
    }
}
