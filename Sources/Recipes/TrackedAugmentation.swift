import Configuration
import Kernels
import Learning
import Models
import State

/// What the discriminator sees images through, as configured, with what is kept of it from step to step.
struct TrackedAugmentation {
    private let settings: Configuration.Augment
    /// Whether the probability goes from one value to another: then a step's setting has it.
    private let isScheduled: Bool
    private let grid: NetworkGrid
    /// Of a probability that adapts: p, r_t, and what has been seen since the last adjustment.
    private let state: [NamedTensor]

    init(_ configuration: ResolvedConfiguration) {
        settings = configuration.augment
        isScheduled = configuration.schedule.augmentP != nil
        grid = configuration.networkGrid
        state =
            settings.mode == .ada
            ? [
                .scalar("state/augment_p", Float(settings.p)), .scalar("state/augment_sign"),
                .scalar("state/augment_phases"), .scalar("state/augment_images"), .scalar("state/augment_signs"),
            ] : []
    }

    var tracked: [NamedTensor] { state }

    var trackedNumbers: [(name: String, value: Float)] {
        switch settings.mode {
        case .none: []
        // What changes by a schedule, reports have from there.
        case .fixed: isScheduled ? [] : [("augment/p", Float(settings.p))]
        case .ada: [("augment/p", kept.p), ("augment/sign", kept.sign)]
        }
    }

    /// Nil for none.
    func augmentation(at setting: StepSetting) -> (any Augmentation)? {
        if !settings.diffAugment.isEmpty {
            let size = grid.size(at: setting.stage.resolution)
            return DiffAugment(settings.diffAugment.map(\.policy), height: size.height, width: size.width)
        }
        switch settings.mode {
        case .none: return nil
        case .fixed:
            let p = Float(setting.stage.augmentP)
            return PipelineAugmentation(settings.pipeline.transforms) { p }
        case .ada:
            // A phase's draws read what the phases before it have left here.
            let p = state[0].view
            return PipelineAugmentation(settings.pipeline.transforms) { p.array[0] }
        }
    }

    /// How p follows the signs of the discriminator's scores, after each of its main phases.
    func tracking(at setting: StepSetting) -> [Tracking] {
        guard settings.mode == .ada else { return [] }
        let rule = AdaptiveProbability(target: Float(settings.target), images: settings.speedKimg * 1000)
        return [
            Tracking(.realSign, state: "state/augment_p") { sign in
                keep(rule.after(kept, meanSign: sign[0], batch: setting.stage.batch))
                return [kept.p, kept.sign, kept.images, kept.signs].allSatisfy { $0.isFinite }
            }
        ]
    }

    private var kept: AdaptiveProbability.State {
        AdaptiveProbability.State(
            p: state[0].scalar, sign: state[1].scalar, phases: state[2].scalar, images: state[3].scalar,
            signs: state[4].scalar)
    }

    private func keep(_ new: AdaptiveProbability.State) {
        for (tensor, value) in zip(state, [new.p, new.sign, new.phases, new.images, new.signs]) {
            tensor.scalar = value
        }
    }
}

extension DiffAugmentChoice {
    var policy: DiffAugment.Policy {
        switch self {
        case .color: .color
        case .translation: .translation
        case .cutout: .cutout
        }
    }
}

extension AugmentPipeline {
    var transforms: AugmentationPipeline {
        switch self {
        case .blit: .blit
        case .geom: .geometry
        case .color: .color
        case .filter: .filter
        case .noise: .noise
        case .cutout: .cutout
        case .bg: .blit + .geometry
        case .bgc: Self.bg.transforms + .color
        case .bgcf: Self.bgc.transforms + .filter
        case .bgcfn: Self.bgcf.transforms + .noise
        case .bgcfnc: Self.bgcfn.transforms + .cutout
        case .r3gan: .blit + .geometry + .color * 0.5 + .cutout
        }
    }
}
