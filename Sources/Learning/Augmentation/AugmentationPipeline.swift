/// Which transforms the discriminator sees images through: of each a factor of the probability p that all have in common
/// (arXiv 2006.06676, appendix B). 0 for none.
public struct AugmentationPipeline: Sendable, Equatable {
    // Pixels change places.
    public var flip: Float = 0
    public var quarterTurns: Float = 0
    public var wholeShift: Float = 0
    // General geometry.
    public var scale: Float = 0
    public var rotation: Float = 0
    public var stretch: Float = 0
    public var shift: Float = 0
    // Colour.
    public var brightness: Float = 0
    public var contrast: Float = 0
    public var lumaFlip: Float = 0
    public var hue: Float = 0
    public var saturation: Float = 0
    // What corrupts images.
    public var filter: Float = 0
    public var noise: Float = 0
    public var cutout: Float = 0

    public init() {}

    public static let blit = with {
        ($0.flip, $0.quarterTurns, $0.wholeShift) = (1, 1, 1)
    }
    public static let geometry = with {
        ($0.scale, $0.rotation, $0.stretch, $0.shift) = (1, 1, 1, 1)
    }
    public static let color = with {
        ($0.brightness, $0.contrast, $0.lumaFlip, $0.hue, $0.saturation) = (1, 1, 1, 1, 1)
    }
    public static let filter = with { $0.filter = 1 }
    public static let noise = with { $0.noise = 1 }
    public static let cutout = with { $0.cutout = 1 }

    /// Whether it moves things.
    var movesThings: Bool {
        [flip, quarterTurns, wholeShift, scale, rotation, stretch, shift].contains { $0 > 0 }
    }
    /// Whether it reads channels as grey or as red, green and blue: of 1 or 3 channels only.
    public var changesColors: Bool { [brightness, contrast, lumaFlip, hue, saturation].contains { $0 > 0 } }

    /// All transforms of both.
    public static func + (a: AugmentationPipeline, b: AugmentationPipeline) -> AugmentationPipeline {
        var sum = a
        for factor in factors { sum[keyPath: factor] += b[keyPath: factor] }
        return sum
    }

    /// The same transforms, so many times as often.
    public static func * (pipeline: AugmentationPipeline, share: Float) -> AugmentationPipeline {
        var scaled = pipeline
        for factor in factors { scaled[keyPath: factor] *= share }
        return scaled
    }

    private static var factors: [WritableKeyPath<AugmentationPipeline, Float>] {
        [
            \.flip, \.quarterTurns, \.wholeShift, \.scale, \.rotation, \.stretch, \.shift, \.brightness, \.contrast,
            \.lumaFlip, \.hue, \.saturation, \.filter, \.noise, \.cutout,
        ]
    }

    private static func with(_ change: (inout AugmentationPipeline) -> Void) -> AugmentationPipeline {
        var pipeline = AugmentationPipeline()
        change(&pipeline)
        return pipeline
    }
}
