/// R3GAN (arXiv 2501.05441).
struct R3GANRules: FamilyRules {
    let needsPairsInGroups = false

    var presets: [Preset] { [.r3ganSmall, .r3gan] }

    var needs: [FamilyNeed] {
        FamilyNeed.residual + [
            // Nothing can be divided by the norm of zeros.
            FamilyNeed(
                key: "model.spectral_norm", needed: "none", lacks: "spectral norm, as its blocks start with zeros"),
            FamilyNeed(key: "model.padding", needed: "zero", lacks: "border but zeros"),
        ] + TranslationRules.unknownElsewhere
    }

    /// As StyleGAN2's. Its authors say of no rule: theirs goes by a schedule.
    func emaHalfLifeKimg(batch: Int) -> Double { AutoRules.emaHalfLifeKimg(batch: batch) }

    /// The authors' widths: 768 up to 32², and half as much with each doubling.
    func channelBase(resolution: Int) -> Int { 24_576 }

    func attentionPlaces(resolution: Int) -> AttentionPlaces { .none }

    /// Channels inside blocks that are no whole groups.
    func misfit(of grid: ImageGrid, _ configuration: Configuration, depth: Int) -> (key: String, message: String)? {
        let model = configuration.model
        let base = model.channelBase.or(channelBase(resolution: grid.resolution))
        for resolution in sequence(first: 4, next: { $0 < grid.resolution ? 2 * $0 : nil }) {
            let inner = min(base / resolution, model.channelMax) * model.expansion
            guard inner % model.groupWidth != 0 else { continue }
            let nearest = max(1, (inner + model.groupWidth / 2) / model.groupWidth) * model.groupWidth
            return (
                "model.group_width",
                "model.group_width is \(model.groupWidth), but blocks have \(inner) channels at \(resolution)², which are no"
                    + " whole groups: they have model.expansion (\(model.expansion)) times min(model.channel_base"
                    + " (\(base)) / \(resolution), model.channel_max (\(model.channelMax))). The nearest number is"
                    + " \(nearest)"
            )
        }
        return nil
    }
}

extension Preset {
    /// Narrow enough for minutes on two cores.
    public static let r3ganSmall = Preset(
        "r3gan-small", .r3gan, "small R3GAN, minutes at 32²: pairs, R1 and R2 at every step", isQuick: true
    ) {
        $0.withoutNormalization()
        $0.model.channelBase = .value(2048)
        $0.model.channelMax = 128
        $0.model.blocks = 1
        // So short a run needs larger rates than the paper's, and averages that are not older than it.
        $0.optimizer.gLR = 0.001
        $0.optimizer.dLR = 0.001
        $0.schedule.gLR = 0.00025
        $0.schedule.dLR = 0.00025
    }

    /// As its authors train it on CIFAR-10.
    public static let r3gan = Preset(
        "r3gan", .r3gan, "R3GAN as published for CIFAR-10: classes, 768 channels, augmentation that comes with time"
    ) {
        $0.fullSize()
        $0.withoutNormalization()
        // As long as what is scheduled goes.
        $0.kimg = 20_000
        $0.batch = .global(512)
        $0.microbatch = .value(8)
        $0.data.labels = true
        $0.data.mirror = true
        $0.model.zDim = 64
        $0.model.channelBase = .auto
        $0.model.channelMax = 768
        $0.optimizer.gLR = 0.0002
        $0.optimizer.dLR = 0.0002
        $0.schedule.gLR = 0.00005
        $0.schedule.dLR = 0.00005
        $0.loss.r1Gamma = .value(0.05)
        $0.schedule.r1Gamma = 0.005
        $0.ema.halfLifeKimg = .value(0)
        $0.ema.ramp = nil
        $0.schedule.emaHalfLifeKimg = 5000
        $0.augment.mode = .fixed
        $0.augment.pipeline = .r3gan
        $0.augment.p = 0
        $0.schedule.augmentP = 0.55
    }
}

extension Configuration {
    /// Networks, loss and optimiser of the paper (sections 2 and 3, and its code): nothing is normalised, and penalties keep
    /// both networks from running away.
    fileprivate mutating func withoutNormalization() {
        model.clamp = nil
        model.mbstdGroup = 1
        loss.kind = .relativistic
        loss.r1Interval = 1
        loss.plWeight = 0
        loss.styleMixing = 0
        optimizer.beta2 = 0.9
        schedule.beta2 = 0.99
        ggdr.enabled = false
    }
}
