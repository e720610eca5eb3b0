extension Configuration {
    /// What the discriminator's decoder learns from: the one value behind the keys `supervision` and `ggdr.enabled`.
    public var supervision: Supervision {
        get { ggdr.supervision }
        set { ggdr.supervision = newValue }
    }

    static let supervisionKeys: [Key] = [
        Key(
            "supervision", \.supervision, .choice,
            "dense supervision of the discriminator: the generator's features (GGDR, as ggdr.enabled), label maps of real"
                + " images, or none"),
        Key(
            "supervision_weight", \.supervisionWeight, .nonNegative,
            "supervision=labels: factor of the cross-entropy of label maps"),
    ]

    /// `supervision` and `ggdr.enabled` in one file, or on one command line, must say the same.
    ///
    /// - Parameter list: what one of them says.
    static func checkSupervision(_ list: [Assignment]) throws(ConfigurationError) {
        guard let asked = list.last(where: { $0.path == "supervision" }),
            let enabled = list.last(where: { $0.path == "ggdr.enabled" }),
            (asked.text == Supervision.generator.rawValue) != (enabled.text.lowercased() == "true")
        else { return }
        throw ConfigurationError(
            .conflict, key: asked.path, source: asked.source,
            message: "supervision is \(asked.text), but ggdr.enabled is \(enabled.text), which says"
                + " \(enabled.text.lowercased() == "true" ? "supervision=generator" : "that it is not generator"): give one"
                + " of the two")
    }
}

/// What the discriminator's decoder learns from: `supervision` (the comparison of arXiv 2207.13320, figure 1).
public enum Supervision: String, CaseIterable, Sendable, Choice {
    /// There is no decoder.
    case none
    /// Label maps of real images.
    case labels
    /// The generator's feature maps: GGDR.
    case generator
}
