import Cluster
import Configuration
import Evaluation
import Failure
import Foundation
import Models
import Reporting
import Storage
import Training

/// A training of features of one's own, from its first message to its exit code, under mpirun on all ranks together.
public struct FeaturesSession: Sendable {
    /// What was asked for.
    public struct Options: Sendable {
        /// Folder of shards.
        public var data: String
        /// File to write; nil for `features.h5`, or of a segmenter `segmenter.h5`, in the data's folder.
        public var out: String?
        /// Whether a file that is there may be replaced.
        public var force = false
        /// Learn by rotation, whether there are labels or not.
        public var unlabelled = false
        /// Learn the label maps: a segmenter, for `miou`.
        public var maps = false
        /// Class 0 of the label maps is no class of any.
        public var dontCare = false
        /// Thousand images to show, or epochs; nil and nil for the usual length.
        public var kimg: Double?
        public var epochs: Double?
        /// Images of a step; nil for the usual number.
        public var batch: Int?
        /// Side of the images that the network looks at; nil for the data's, but no more than 128.
        public var resolution: Int?
        public var seed: UInt32 = 0
        /// Of a rank; nil for its share of the cores.
        public var threads: Int?

        public init(data: String) { self.data = data }
    }

    private let options: Options
    private let program: String
    private var out: String {
        options.out ?? "\(options.data)/\(options.maps ? SegmenterOption.name : FeaturesOption.name)"
    }

    /// Larger images are looked at reduced to this.
    private static let usualResolution = 128
    private static let mostImages = 1_000_000_000.0

    /// - Parameter program: the version that the file names.
    /// - Throws: ``UsageError``.
    public init(_ options: Options, program: String) throws(UsageError) {
        self.options = options
        self.program = program
        if options.maps && options.unlabelled { throw UsageError("--maps and --unlabelled exclude each other") }
        if options.dontCare && !options.maps {
            throw UsageError("--dont-care is of label maps, expected --maps beside it")
        }
        if options.kimg != nil && options.epochs != nil { throw UsageError("--kimg and --epochs exclude each other") }
        if let kimg = options.kimg, !(kimg > 0 && kimg * 1000 <= Self.mostImages) {
            throw UsageError("--kimg \(kimg): expected more than 0, at most \(Int(Self.mostImages / 1000))")
        }
        if let epochs = options.epochs, !(epochs > 0 && epochs <= 100_000) {
            throw UsageError("--epochs \(epochs): expected more than 0, at most 100000")
        }
        if let batch = options.batch, !(1...65_536).contains(batch) {
            throw UsageError("--batch \(batch): expected 1 to 65536")
        }
        let sides = FeatureClassifierShape.resolutions
        if let side = options.resolution, !sides.contains(side) || side & (side - 1) != 0 {
            throw UsageError(
                "--resolution \(side): expected a power of two from \(sides.lowerBound) to \(sides.upperBound)")
        }
        if let threads = options.threads, !(1...1024).contains(threads) {
            throw UsageError("--threads \(threads): expected 1 to 1024")
        }
    }

    /// Joins the job, trains, writes, and exits.
    public func launch() -> Never {
        JobGuard.launch { communicator in try run(communicator) }
    }

    private func run(_ communicator: any Communicator) throws -> Int32 {
        try StopSignals.install()
        try HostSurvey.survey(dataset: options.data, communicator: communicator)
        let dataset = try Dataset(options.data)
        guard dataset.description.isPicture else {
            throw DatasetError.usage(
                "\(options.data): has fields, but features are learned of pictures; metrics of fields need none")
        }
        if communicator.isRoot { try checkOut() }
        let settings = try settings(dataset, ranks: communicator.size)
        try ConfigurationCheck.compare(
            entries: [
                ("--kimg, --epochs", "\(settings.images)"), ("--batch", "\(settings.batch)"),
                ("--resolution", "\(settings.shape.resolution)"), ("--seed", "\(settings.seed)"),
                ("--unlabelled", "\(options.unlabelled)"), ("--maps", "\(options.maps)"),
                ("--dont-care", "\(options.dontCare)"), ("--out", out),
                ("(data set)", dataset.id),
            ], communicator: communicator)
        let note = try KernelAgreement.reach(.common, communicator)
        let cores = try Processors.perRank(communicator)
        try Processors.start(threads: options.threads ?? cores, cores: cores)
        try checkMemory(settings, communicator)
        try (communicator as? MPICommunicator)?.watch(stallSeconds: Configuration.Cluster().stallSeconds)

        let console = communicator.isRoot ? Console.ofRank : nil
        if let note { console?.print(note) }
        let training = FeatureTraining(settings, dataset: dataset, communicator: communicator)
        for line in introduction(settings, dataset, ranks: communicator.size) { console?.print(line) }
        var shown: Stopwatch?
        let watch = Stopwatch()
        let ending = try training.run { progress in
            guard let console else { return }
            guard progress.isTick || console.isTerminal && (shown?.seconds ?? 1) > 0.5 else { return }
            console.progress(Self.line(progress))
            shown = Stopwatch()
        }
        console?.endProgress()
        switch ending {
        case .stopped(let signal):
            console?.print("stopped by \(StopSignals.name(of: signal)): \(out) was not written")
            return ExitCode.stopped
        case .done(let asked, let right):
            let file = file(
                settings, dataset, asked: asked, right: right, intersection: training.heldOutIntersection)
            if communicator.isRoot { try file.write(training.parameters, to: out) }
            console?.print(Self.result(file))
            let what = options.maps ? "\(settings.shape.classes) classes" : "\(settings.shape.dimension) features"
            console?.print("\(out): \(what), \(NumberText.duration(watch.seconds))")
            try communicator.barrier()
            return ExitCode.done
        }
    }

    // MARK: What is asked for, held against the data

    package func settings(_ dataset: Dataset, ranks: Int) throws -> FeatureSettings {
        let description = dataset.description
        guard let shares = FeatureTraining.shares(of: dataset.count) else {
            throw DatasetError.badData(
                "\(options.data): holds \(dataset.count) images, expected \(FeatureTraining.fewestImages) or more to "
                    + "learn features from")
        }
        guard !options.maps || description.semanticClasses > 0 else {
            throw DatasetError.badData(
                "\(options.data): has no label maps, which --maps learns; `ganglion dataset import --maps` brings them in, "
                    + "`ganglion dataset synthesize` makes some")
        }
        let task: FeatureTask =
            options.maps ? .segmenter : options.unlabelled || dataset.labels == nil ? .rotation : .classifier
        guard task != .segmenter || description.semanticClasses >= 2 else {
            throw DatasetError.badData("\(options.data): its label maps have one class, expected 2 or more")
        }
        guard !options.dontCare || description.semanticClasses > 2 else {
            throw DatasetError.badData(
                "\(options.data): its label maps have one class beside class 0, which --dont-care leaves out; expected 2 "
                    + "or more")
        }
        guard task != .classifier || description.classes >= 2 else {
            throw DatasetError.badData(
                "\(options.data): has one class, expected 2 or more; --unlabelled learns features without labels")
        }
        let side = options.resolution ?? min(description.resolution, Self.usualResolution)
        guard side <= description.resolution else {
            throw DatasetError.usage(
                "--resolution \(side): the images of \(options.data) are \(description.resolution)×"
                    + "\(description.resolution), expected at most that")
        }
        let classes =
            switch task {
            case .classifier: description.classes
            case .rotation: FeatureTask.turns
            case .segmenter: description.semanticClasses
            }
        if let problem = FeatureClassifierShape.problem(
            resolution: side, imageChannels: description.channels, classes: classes, widths: nil)
        {
            throw DatasetError.badData("\(options.data): \(problem)")
        }
        let unit = FeatureSettings.microbatches(ranks)
        let batch = options.batch ?? FeatureSettings.usualBatch(resolution: side, ranks: ranks)
        guard batch % unit == 0 else {
            throw DatasetError.usage(
                "--batch \(batch): expected a multiple of \(unit), the parts of a batch on \(ranks) rank"
                    + (ranks == 1 ? "" : "s"))
        }
        let asked = options.kimg.map { $0 * 1000 } ?? options.epochs.map { $0 * Double(shares.trained) }
        let images = asked.map { Int(max(1, min($0, Self.mostImages)).rounded()) }
        return FeatureSettings(
            task: task,
            shape: FeatureClassifierShape(resolution: side, imageChannels: description.channels, classes: classes),
            images: images ?? FeatureSettings.usualImages(trained: shares.trained), batch: batch, ranks: ranks,
            seed: UInt64(options.seed), ignored: options.dontCare ? 0 : nil)
    }

    /// Before anything is computed.
    private func checkOut() throws {
        if FileManager.default.fileExists(atPath: out) {
            if let problem = FileKind(at: out)?.problem { throw DatasetError.cannotWrite("\(out): \(problem)") }
            guard options.force else {
                throw DatasetError.cannotWrite("\(out): is there already; --force replaces it")
            }
        }
        let parent = (out as NSString).deletingLastPathComponent
        let folder = parent.isEmpty ? "." : parent
        guard FileKind(at: folder) == .folder, FileManager.default.isWritableFile(atPath: folder) else {
            throw DatasetError.cannotWrite("\(out): \(folder) is no folder that can be written to")
        }
    }

    /// What could never work is refused before it begins.
    private func checkMemory(_ settings: FeatureSettings, _ communicator: any Communicator) throws {
        let available = ProcessMemory.availableBytes / communicator.localSize
        // A segmenter goes back up as it came down, and has scores at every pixel, whose targets are as many.
        let (shape, side) = (settings.shape, settings.shape.resolution)
        let floats =
            settings.task == .segmenter
            ? 2 * shape.activationCount + 4 * side * side * shape.classes : shape.activationCount
        let bytes = floats * 4 * settings.batch / communicator.size
        guard available == 0 || bytes <= available else {
            throw DatasetError.usage(
                "--batch \(settings.batch): the feature maps would take \(NumberText.memory(bytes)) on a rank, which has "
                    + "\(NumberText.memory(available)); lower --batch or --resolution")
        }
    }

    private func file(
        _ settings: FeatureSettings, _ dataset: Dataset, asked: Int, right: Int, intersection: Double?
    ) -> LearnedFeaturesFile {
        let names =
            switch settings.task {
            case .classifier: dataset.description.classNames
            case .rotation: [String]()
            case .segmenter: dataset.description.semanticNames
            }
        return LearnedFeaturesFile(
            task: settings.task, shape: settings.shape,
            classNames: names, datasetID: dataset.id,
            images: dataset.count, imagesShown: settings.images, heldOut: asked, heldOutRight: right,
            batch: settings.batch, seed: Int(settings.seed), program: program,
            heldOutIntersection: intersection, ignoredClass: settings.ignored)
    }

    // MARK: What is said

    private func introduction(_ settings: FeatureSettings, _ dataset: Dataset, ranks: Int) -> [String] {
        let (description, shape) = (dataset.description, settings.shape)
        let held = FeatureTraining.shares(of: dataset.count)?.heldOut ?? 0
        let declarations =
            settings.task == .segmenter ? Segmenter(shape).declarations : FeatureClassifier(shape).declarations
        let parameters = declarations.filter(\.isTrained).map(\.layout.count).reduce(0, +)
        let side = description.resolution
        var lines = [
            "data: \(NumberText.grouped(dataset.count)) images, \(side)x\(side)x\(description.channels), dataset "
                + "\(dataset.id); \(NumberText.grouped(held)) are held out",
            Self.title(settings.task, classes: shape.classes)
                + (settings.ignored.map { ", of which \($0) does not count" } ?? "")
                + ": \(NumberText.fixed(Double(parameters) / 1e6, 2)) million parameters, "
                + "\(NumberText.plain(Double(settings.images) / 1000)) kimg in batches of \(settings.batch)",
        ]
        if settings.shape.resolution < side {
            lines.append("images are reduced to \(shape.resolution)×\(shape.resolution)")
        }
        if settings.microbatches != FeatureSettings.microbatches(1) {
            lines.append(
                "\(ranks) ranks take \(settings.microbatches) parts of a batch: not the bits of 1, 2, 4 or 8 ranks")
        }
        return lines
    }

    private static func title(_ task: FeatureTask, classes: Int) -> String {
        switch task {
        case .classifier: "classifier of \(classes) classes"
        case .rotation: "rotation: quarter turns"
        case .segmenter: "segmenter of \(classes) classes"
        }
    }

    private static func line(_ progress: FeatureTraining.Progress) -> String {
        let left = Double(progress.images - progress.imagesShown) / max(progress.imagesPerSecond, 1e-9)
        let parts = [
            "\(NumberText.fixed(Double(progress.imagesShown) / 1000, 1))/"
                + "\(NumberText.plain(Double(progress.images) / 1000)) kimg",
            "\(NumberText.fixed(progress.imagesPerSecond, 1)) img/s", "loss \(NumberText.short(progress.loss))",
            "\(NumberText.fixed(100 * progress.accuracy, 1)) % right",
            progress.imagesShown < progress.images ? "\(NumberText.duration(left)) left" : "done",
            progress.memoryBytes.map { NumberText.memory($0) },
        ]
        return parts.compactMap { $0 }.joined(separator: " · ")
    }

    private static func result(_ file: LearnedFeaturesFile) -> String {
        if let intersection = file.heldOutIntersection {
            return "mIoU \(NumberText.fixed(intersection, 3)), \(NumberText.fixed(100 * file.accuracy, 1)) % of "
                + "\(NumberText.grouped(file.heldOut)) held-out pixels right"
        }
        let what = file.task == .classifier ? "held-out images" : "turned held-out images"
        return "\(NumberText.fixed(100 * file.accuracy, 1)) % of \(NumberText.grouped(file.heldOut)) \(what) right, "
            + "\(NumberText.fixed(100 / Double(file.shape.classes), 1)) % by chance"
    }
}
