import Cluster
import Evaluation
import Failure
import Recipes
import Reporting
import Storage

/// An image projected into a generator's styles: the strip of how it comes near, the style, and the curve of the loss. Under
/// mpirun the first rank works.
public struct ProjectSession: Sendable {
    public var settings = ImageProjection.Settings()
    /// An HDF5 file for the style; nil for none.
    public var style: String?
    /// An SVG or PNG file for the loss over the steps; nil for none.
    public var curve: String?
    private let options: LatentPictureOptions
    private let image: String
    private let features: String?

    /// Images in the strip, between the start and the end.
    private static let shown = 6
    private static let mostSteps = 100_000

    /// - Parameters:
    ///   - options: its classes are those whose styles the way begins in the middle of.
    ///   - image: a PNG or JPEG file; its middle square is brought to the generator's size.
    ///   - features: a file of `ganglion features train`; nil for pixels alone.
    public init(_ options: LatentPictureOptions, image: String, features: String?) {
        self.options = options
        self.image = image
        self.features = features
    }

    /// - Throws: ``UsageError``.
    public func check() throws(UsageError) {
        try options.check()
        guard (2...Self.mostSteps).contains(settings.steps) else {
            throw UsageError("--steps \(settings.steps): expected 2 to \(Self.mostSteps)")
        }
        guard settings.learningRate > 0, settings.learningRate <= 100 else {
            throw UsageError("--learning-rate \(settings.learningRate): expected a number above 0, at most 100")
        }
        guard settings.pixelWeight >= 0, settings.pixelWeight <= 1e6, features != nil || settings.pixelWeight > 0
        else {
            throw UsageError(
                "--pixel-weight \(settings.pixelWeight): expected 0 to 1000000, and more than 0 without --features")
        }
        if let curve, !curve.hasSuffix(".svg"), !curve.hasSuffix(".png") {
            throw UsageError("--curve \(curve): expected FILE.svg or FILE.png")
        }
        if let style, !style.hasSuffix(".h5") { throw UsageError("--style \(style): expected FILE.h5") }
    }

    /// Projects, and says so.
    ///
    /// - Parameter say: takes a line at a time.
    /// - Throws: errors that name the file and what is wrong with it, such as that it has no styles.
    public func run(_ say: (String) -> Void = { printLine($0) }) throws {
        guard Launch.isFirst else { return }
        try check()
        let file = try options.open("visualize project", needsStyles: true, say)
        let (side, channels) = (file.level.resolution, file.generator.imageChannels)
        let target = try target(side: side, channels: channels)
        let extractor = try extractor(side: side, channels: channels)
        try options.check(rows: 1, columns: Self.shown + 3, of: file)
        let chosen = try ClassChoice.classes(options.label, of: file)
        let projection = ImageProjection(
            file, classes: chosen.isEmpty ? nil : chosen, extractor: extractor, settings)
        var strip: [UInt8] = target.pixels
        var steps: [ImageProjection.Step] = []
        let kept = Set((0...Self.shown).map { $0 * settings.steps / (Self.shown + 1) })
        var counting = CountingLine("projecting, step", total: settings.steps)
        let isFinite: Bool
        do {
            // A message must not stand behind it.
            defer { counting.clear() }
            isFinite = try projection.fit(to: target.pixels) { step in
                steps.append(step)
                if kept.contains(step.number) { strip += try made(projection, file) }
                counting.show(step.number + 1)
            }
        }
        guard isFinite else {
            guard steps.count > 1 else {
                throw DatasetError.badData(
                    "\(file.path): the image of the mean of all styles is not finite: its generator's parameters are far too "
                        + "large; take an older checkpoint of its run")
            }
            throw DatasetError.usage(
                "--learning-rate \(settings.learningRate): the style is not finite after \(steps.count) steps; give a smaller "
                    + "one")
        }
        strip += try made(projection, file)
        try ImageFile.write(
            AttentionPicture.sheet([LatentPictureOptions.cells(strip, of: file)]), to: options.out)
        if let style { try write(projection, to: style, file) }
        if let curve { try draw(steps, to: curve) }
        if let first = steps.first, let last = steps.last {
            var text = "mean square of pixels \(NumberText.short(first.pixels)) to \(NumberText.short(last.pixels))"
            if let before = first.features, let after = last.features {
                text += ", distance of features \(NumberText.short(before)) to \(NumberText.short(after))"
            }
            say(text)
        }
        say(
            "\(image) in \(settings.steps) steps; from the left: the image, the mean of all styles, the way, the end: "
                + options.out)
    }

    private func made(_ projection: ImageProjection, _ file: GeneratorFile) throws -> [UInt8] {
        do { return try projection.image() } catch is NotFiniteImage {
            throw DatasetError.badData(
                "\(file.path): the image of a style is not finite: its generator's parameters are far too large, or "
                    + "--learning-rate is")
        }
    }

    private func target(side: Int, channels: Int) throws -> RasterImage {
        let square = try ImageFile.read(image, channels: channels).centerSquare()
        guard square.height != side else { return square }
        return Resampler(
            fromHeight: square.height, width: square.width, toHeight: side, width: side, filter: .lanczos)(square)
    }

    private func extractor(side: Int, channels: Int) throws -> LearnedFeatures? {
        guard let features else { return nil }
        guard let learned = try FeatureFile.extractor(features, resize: .pytorch) as? LearnedFeatures else {
            throw DatasetError.usage(
                "--features \(features): holds Inception-v3, through which nothing is differentiated here; expected a file "
                    + "of `ganglion features train`")
        }
        try learned.check(resolution: side, channels: channels)
        return learned
    }

    /// As ``GeneratorFile`` would be fed it.
    private func write(_ projection: ImageProjection, to path: String, _ file: GeneratorFile) throws {
        let written = try HDF5File(inMemory: path)
        defer { written.close() }
        try written.write(projection.values, shape: projection.shape, to: "w")
        try written.withImage { try AtomicFile.write([$0], to: path) }
    }

    private func draw(_ steps: [ImageProjection.Step], to path: String) throws {
        let numbers = steps.map { Double($0.number) }
        var curves = [
            BandChart.Curve("loss", x: numbers, middle: steps.map(\.loss)),
            BandChart.Curve("mean square of pixels", x: numbers, middle: steps.map(\.pixels)),
        ]
        if features != nil {
            curves.append(
                BandChart.Curve("distance of features", x: numbers, middle: steps.map { $0.features ?? 0 }))
        }
        let chart = BandChart(
            title: "projection", xLabel: "step", yLabel: "loss", hasLogarithmicY: true, curves: curves)
        if path.hasSuffix(".svg") {
            try AtomicFile.write(BandChart.document([chart], columns: 1), to: path)
        } else {
            try ImageFile.write(BandChart.picture([chart], columns: 1), to: path)
        }
    }
}
