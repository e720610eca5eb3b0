/// Where a run stands, for the progress line.
public struct Progress: Equatable, Sendable {
    /// How far networks that grow have grown.
    public struct Growth: Equatable, Sendable {
        /// Height and width of the images.
        public var resolution: Int
        /// The old resolution's share while the new one fades in, as networks count it; 0 when only the new one shows.
        public var fade: Float

        public init(resolution: Int, fade: Float = 0) {
            self.resolution = resolution
            self.fade = fade
        }

        /// "16²", or "32² fading in, 60%" while 32² has 60% of the picture and 16² the rest.
        ///
        /// Never 100% as long as the old resolution has any share.
        public var text: String {
            guard fade > 0 else { return "\(resolution)²" }
            let percent = max(0, min(99, Int(((1 - Double(fade)) * 100).rounded())))
            return "\(resolution)² fading in, \(percent)%"
        }
    }

    /// Real images shown so far.
    public var imagesShown: Int
    /// Real images to show in all.
    public var totalImages: Int
    /// Since the last tick.
    public var imagesPerSecond: Double
    /// Nil where the networks do not grow.
    public var phase: Growth?
    /// Means since the last tick; nil where the phase did not run.
    public var generatorLoss: Double?
    public var discriminatorLoss: Double?
    public var ggdrLoss: Double?
    public var r1Penalty: Double?
    public var pathLength: Double?
    /// Probability of augmentation, where it is on.
    public var augmentP: Double?
    /// Updates that were left out because they were not finite, since the first step.
    public var leftOut = 0
    /// Resident bytes of this rank.
    public var memoryBytes: Int?

    /// Whether the rest of the run is as fast, so that its time can be told; not while networks have yet to grow.
    public var isSpeedLasting = true

    public init(imagesShown: Int, totalImages: Int, imagesPerSecond: Double) {
        self.imagesShown = imagesShown
        self.totalImages = totalImages
        self.imagesPerSecond = imagesPerSecond
    }

    /// Seconds for the images that are left, at the present speed.
    public var secondsLeft: Double {
        imagesPerSecond > 0 ? Double(max(0, totalImages - imagesShown)) / imagesPerSecond : .infinity
    }

    /// The progress line: `12 800 images · 12.8/60 kimg · 85.3 img/s · 11.7 s/kimg · G 0.91 · D 1.21 · …`.
    public var line: String {
        var parts = [
            "\(NumberText.grouped(imagesShown)) images",
            "\(NumberText.fixed(Double(imagesShown) / 1000, 1))/\(Self.kimg(totalImages)) kimg",
            "\(NumberText.fixed(imagesPerSecond, imagesPerSecond < 10 ? 2 : 1)) img/s",
            "\(imagesPerSecond > 0 ? NumberText.fixed(1000 / imagesPerSecond, 1) : "-") s/kimg",
        ]
        if let phase { parts.append(phase.text) }
        let numbers = [
            ("G", generatorLoss), ("D", discriminatorLoss), ("GGDR", ggdrLoss), ("R1", r1Penalty), ("PL", pathLength),
            ("p", augmentP),
        ]
        for case (let name, let value?) in numbers {
            parts.append("\(name) \(NumberText.short(value))")
        }
        if leftOut > 0 { parts.append("\(NumberText.grouped(leftOut)) left out") }
        if imagesShown >= totalImages {
            parts.append("done")
        } else if isSpeedLasting {
            parts.append("\(NumberText.duration(secondsLeft)) left")
        }
        if let memoryBytes { parts.append(NumberText.memory(memoryBytes)) }
        return parts.joined(separator: " · ")
    }

    private static func kimg(_ images: Int) -> String {
        images % 1000 == 0 ? "\(images / 1000)" : NumberText.fixed(Double(images) / 1000, 1)
    }
}
