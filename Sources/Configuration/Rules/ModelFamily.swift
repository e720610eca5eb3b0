/// Family of networks: `model.family`.
public enum ModelFamily: String, CaseIterable, Sendable, Choice {
    case stylegan2, pggan, sagan, pix2pix, ccfpse, oasis, r3gan

    /// What the family brings to the configuration. A method's rules are found here and nowhere else.
    var rules: any FamilyRules {
        switch self {
        case .stylegan2: StyleGAN2Rules()
        case .pggan: ProgressiveGANRules()
        case .sagan: SAGANRules()
        case .pix2pix: Pix2PixRules()
        case .ccfpse: CCFPSERules()
        case .oasis: OASISRules()
        case .r3gan: R3GANRules()
        }
    }

    /// Resolutions of the feature maps that attention can follow in its fully grown networks.
    public func attentionPlaces(resolution: Int) -> AttentionPlaces { rules.attentionPlaces(resolution: resolution) }
}
