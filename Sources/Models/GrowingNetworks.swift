/// A generator that can be at any of several levels of growth (progressive growing, arXiv 1710.10196, section 2).
///
/// What levels share are the parameters: `declarations` are those of all levels, so that what is laid out by them stays
/// where it is, and `activeParameters` tells which take part. A freshly made network is at its final level.
public protocol GrowingGenerator: Generator {
    /// `resolution` of the fully grown network.
    var finalResolution: Int { get }
    /// At which it is.
    var level: GrowthLevel { get }
    /// The same at another level: a cheap copy.
    func at(_ level: GrowthLevel) -> Self
}

/// A discriminator that can be at any of several levels of growth, as a ``GrowingGenerator`` can.
public protocol GrowingDiscriminator: Discriminator {
    /// `resolution` of the fully grown network.
    var finalResolution: Int { get }
    /// At which it is.
    var level: GrowthLevel { get }
    /// The same at another level: a cheap copy.
    func at(_ level: GrowthLevel) -> Self
}

extension GrowthLevel {
    /// The generator at this level.
    ///
    /// - Parameter generator: one that grows, unless the level is that of its images.
    public func of(_ generator: any Generator) -> any Generator {
        if let growing = generator as? any GrowingGenerator { return growing.at(self) }
        precondition(
            self == GrowthLevel(resolution: generator.resolution),
            "a generator of \(generator.resolution)² that does not grow has no level \(self)")
        return generator
    }

    /// The discriminator at this level.
    ///
    /// - Parameter discriminator: one that grows, unless the level is that of the images that it takes.
    public func of(_ discriminator: any Discriminator) -> any Discriminator {
        if let growing = discriminator as? any GrowingDiscriminator { return growing.at(self) }
        precondition(
            self == GrowthLevel(resolution: discriminator.resolution),
            "a discriminator of \(discriminator.resolution)² that does not grow has no level \(self)")
        return discriminator
    }
}
