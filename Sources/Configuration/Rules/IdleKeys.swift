/// Keys that do nothing, or less than they say, as others are. They are no error: what earlier versions have stored, or written as a run's
/// `config.yaml`, may have such values.
extension Configuration {
    /// A note for each that the user named. A run's `config.yaml` names all keys: of a file only values count that are not
    /// the preset's.
    var idleKeyNotes: [String] {
        let start = preset.configuration
        return idleKeys.compactMap { path, does, reason in
            guard let key = Self.key(path), let value = key.value(in: self), !value.isEmpty else { return nil }
            let isAsked =
                explicitKeys.contains(path)
                || explicitKeys.fileContains(path) && value != key.value(in: start)
            return isAsked ? "\(path) is \(value), which \(does): \(reason)" : nil
        }
    }

    private var idleKeys: [(path: String, does: String, reason: String)] {
        var idle: [(path: String, does: String, reason: String)] = []
        func add(_ paths: [String], _ does: String = "does nothing", where isIdle: Bool, _ path: String) {
            let value = Self.key(path)?.value(in: self) ?? ""
            if isIdle { idle += paths.map { ($0, does, "\(path) is \(value)") } }
        }
        add(["data.limit_seed"], where: data.limit == nil, "data.limit")
        add(["supervision_weight"], where: supervision != .labels, "supervision")
        add(["ggdr.also", "ggdr.distance", "ggdr.depth"], where: supervision != .generator, "supervision")
        add(["ggdr.weight"], where: supervision == .labels, "supervision")
        let lecam = ["loss.lecam_decay", "loss.lecam_debias", "loss.lecam_start"]
        add(lecam, where: loss.lecamWeight == 0, "loss.lecam_weight")
        let family = model.family
        add(["model.patch_layers"], where: family != .pix2pix, "model.family")
        add(["model.blocks", "model.expansion", "model.group_width"], where: family != .r3gan, "model.family")
        add(["model.embedding"], where: family != .r3gan, "model.family")
        add(["model.norm"], where: family.rules.denseConditions.isEmpty, "model.family")
        add(["model.condition_width"], where: family != .oasis && family != .ccfpse, "model.family")
        add(
            ["model.unet_depth"], where: family.rules.denseConditions.isEmpty && model.unetDepth != .auto,
            "model.family")
        add(["model.z_dim"], where: family == .pix2pix || family == .ccfpse, "model.family")
        add(["model.channel_max"], where: !family.rules.denseConditions.isEmpty, "model.family")
        // Only OASIS tells classes.
        add(["data.dont_care"], "changes mIoU alone", where: data.dontCare && family != .oasis, "model.family")
        add(["model.w_dim", "model.mapping_layers"], where: !family.rules.denseConditions.isEmpty, "model.family")
        add(["augment.pipeline"], where: augment.mode == .none, "augment.mode")
        add(["augment.p"], where: augment.mode == .none && augment.p != 0, "augment.mode")
        add(["augment.target", "augment.speed_kimg"], where: augment.mode != .ada, "augment.mode")
        add(["schedule.augment_p"], where: augment.mode == .none && schedule.augmentP != nil, "augment.mode")
        add(
            ["schedule.ema_half_life_kimg"], where: !ema.enabled && schedule.emaHalfLifeKimg != nil, "ema.enabled")
        if schedule.kimg != nil, !schedule.isUsed {
            idle.append(("schedule.kimg", "does nothing", "no other key of schedule has a value"))
        }
        return idle
    }
}
