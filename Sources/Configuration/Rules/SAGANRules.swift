/// The self-attention GAN (arXiv 1805.08318).
struct SAGANRules: FamilyRules {
    /// There is no recipe of it yet.
    let isBuilt = false
    let needsPairsInGroups = false

    var presets: [Preset] { [.sagan, .saganGGDR] }

    var needs: [FamilyNeed] { [] }

    func emaHalfLifeKimg(batch: Int) -> Double { AutoRules.emaHalfLifeKimg(batch: batch) }
}

extension Preset {
    public static let sagan = Preset("sagan", .sagan, "self-attention GAN (not in this version)") {
        $0.fullSize()
        $0.loss.kind = .hinge
        $0.ggdr.enabled = false
    }

    public static let saganGGDR = Preset("sagan-ggdr", .sagan, "self-attention GAN + GGDR (not in this version)") {
        $0.fullSize()
        $0.loss.kind = .hinge
    }
}
