import Cluster
import Evaluation
import Failure
import Foundation
import Kernels
import Recipes
import Reporting
import State
import Storage
import Training

/// Images of label maps or images in files, from the checkpoint to the files, under mpirun on all ranks together.
public struct TranslateSession: Sendable {
    /// What was asked for.
    public struct Options: Sendable {
        /// A file, or a run folder, of which the newest is taken.
        public var checkpoint: String
        /// A PNG or JPEG file, a folder of them, or a data set.
        public var input: String
        /// A folder.
        public var out: String
        /// Images that are made, of the first files or rows; nil for all.
        public var count: Int?
        /// Of noise and dropout: the same of every file, so that its image does not depend on the others.
        public var seed: UInt32 = 0
        /// `global`, or `class:K`; nil for global.
        public var noise: String?
        /// Names and colours of label maps' classes; nil for `palette.json` beside the inputs, where there is one.
        public var palette: String?
        /// Whether inputs are images whose edges are to be drawn, and translated.
        public var edges = false
        /// A PNG file; nil for none.
        public var sheet: String?
        /// A folder of what was there in truth, for the sheet, named as the inputs are.
        public var real: String?
        /// Batches that statistics of batch normalisation are taken anew from; nil for the checkpoint's moving averages.
        public var standingStatistics: Int?
        /// The data set of whose label maps or images those batches are; nil for the input, where it is one.
        public var data: String?
        /// Of a rank; nil for its share of the cores.
        public var threads: Int?

        public init(checkpoint: String, input: String, out: String) {
            (self.checkpoint, self.input, self.out) = (checkpoint, input, out)
        }
    }

    private let options: Options
    private let noise: NoiseOption

    /// - Throws: ``UsageError``.
    public init(_ options: Options) throws(UsageError) {
        self.options = options
        noise = try NoiseOption.parse(options.noise)
        if let sheet = options.sheet, !sheet.lowercased().hasSuffix(".png") {
            throw UsageError("--sheet \(sheet): expected the name of a PNG file")
        }
        if options.real != nil, options.sheet == nil {
            throw UsageError("--real: what was there in truth is shown in a sheet: give --sheet FILE.png, too")
        }
        try StandingStatisticsOption.check(options.standingStatistics)
        if let data = options.data, options.standingStatistics == nil {
            throw UsageError(
                "--data \(data): statistics are taken of it with --standing-statistics alone; leave it out")
        }
        if let count = options.count, count < 1 { throw UsageError("--count \(count): expected 1 or more") }
        if let threads = options.threads, !(1...1024).contains(threads) {
            throw UsageError("--threads \(threads): expected 1 to 1024")
        }
    }

    /// Joins the job, translates, and exits.
    public func launch() -> Never {
        JobGuard.launch { communicator in
            try run(communicator) { if communicator.isRoot { printLine($0) } }
            return ExitCode.done
        }
    }

    /// Collective. Files take turns on the ranks; an image has the same bits on whichever it is made.
    ///
    /// - Parameters:
    ///   - available: bytes of memory that the ranks of a node share; 0 where the system does not tell.
    ///   - say: takes a line at a time, on all ranks alike.
    /// - Throws: errors that name the checkpoint or the file and what is wrong with it; where one rank alone has failed,
    ///   ``OtherRankError`` on the others.
    package func run(
        _ communicator: any Communicator, available: Int = ProcessMemory.availableBytes, _ say: (String) -> Void
    ) throws {
        try ConfigurationCheck.compare(entries: entries, communicator: communicator)
        let named = try NamedCheckpoint.shared(options.checkpoint, communicator)
        try HostSurvey.survey(dataset: nil, files: [named.path], communicator: communicator)
        let (file, noise) = try communicator.attempt {
            let file = try GeneratorFile(named.path)
            try check(file)
            return (file, try self.noise.noise(of: file))
        }
        let (files, dataset) = try inputs(communicator)
        let shown = try standingData(dataset, communicator)
        let sizes = TranslationSizes(file, share: available / max(1, communicator.localSize))
        let reader = try communicator.attempt {
            try ConditionReader(file, options, folder: files.folder, dataset: dataset, sizes: sizes)
        }
        let hash = [file.parameters.values, file.parameters.state].map { String(StateHash.hash($0), radix: 16) }
        try ConfigurationCheck.compare(
            entries: [
                ("(generator)", hash.joined(separator: "-")), ("(data set)", dataset?.id ?? "none"),
                ("(palette)", reader.paletteText), ("(data set of statistics)", shown?.id ?? "none"),
            ], communicator: communicator)
        try communicator.attempt {
            if communicator.isRoot { try checkOutputs(files, reader, sizes) }
        }
        let note = try KernelAgreement.reach(.common, communicator)
        let cores = try Processors.perRank(communicator)
        try Processors.start(threads: options.threads ?? cores, cores: cores)
        for line in named.notes + [note].compactMap({ $0 }) { say(line) }
        // Every rank takes all of them by itself: the same of the same file.
        if let shown, let batches = options.standingStatistics {
            say(
                try communicator.attempt {
                    try StandingStatisticsOption.take(
                        batches, file, conditions: try file.standingConditions(of: shown),
                        ranks: communicator.localSize, available: available)
                })
        }

        try makeFolders(files, communicator)
        let work = TranslationWork(file: file, reader: reader, seed: options.seed, noise: noise)
        // All begin a round together: none waits for long, and none goes on where another has failed.
        let round = communicator.size * reader.together
        for first in stride(from: 0, to: files.count, by: round) {
            try communicator.attempt {
                let own = stride(from: first + communicator.rank, to: first + round, by: communicator.size)
                try work.make(files.jobs(own))
            }
        }
        say("\(files.count) image\(files.count == 1 ? "" : "s") in \(options.out)")
        guard let sheet = options.sheet else { return }
        try communicator.attempt {
            if communicator.isRoot { try ImageFile.write(work.sheet(files.shown, real: options.real), to: sheet) }
        }
        let hasReal = options.real != nil || reader.knowsTruth
        say("\(files.shown.count) of them in \(sheet): condition, generated" + (hasReal ? ", real" : ""))
    }

    /// What must not differ between ranks.
    private var entries: [(key: String, value: String)] {
        [
            ("checkpoint", options.checkpoint), ("--input", options.input), ("--out", options.out),
            ("--count", options.count.map { "\($0)" } ?? "all"), ("--seed", "\(options.seed)"),
            ("--noise", options.noise ?? "global"), ("--palette", options.palette ?? "none"),
            ("--standing-statistics", options.standingStatistics.map { "\($0)" } ?? ""),
            ("--data", options.data ?? "none"), ("--edges", "\(options.edges)"), ("--sheet", options.sheet ?? "none"),
            ("--real", options.real ?? "none"),
        ]
    }

    /// - Throws: ``DatasetError`` of a checkpoint that makes no pictures of what stands at each pixel: 64 for another kind,
    ///   65 for channels that pictures do not have.
    private func check(_ file: GeneratorFile) throws {
        let generator = file.generator
        guard generator.conditionChannels > 0 else {
            throw DatasetError.usage(
                "translate: \(file.path) makes \(file.sampleFormat == nil ? "images" : "fields") of latents, not of label "
                    + "maps or images; ganglion sample makes them. Expected a checkpoint of pix2pix, ccfpse or oasis")
        }
        if let format = file.sampleFormat {
            throw DatasetError.usage(
                "translate: \(file.path) makes fields of \(format.sizeText) with \(format.channels.count) channels, which "
                    + "PNG files do not hold; expected a checkpoint of a run on pictures")
        }
        guard [1, 3].contains(generator.imageChannels) else {
            throw DatasetError.badData(
                "\(file.path): its images have \(generator.imageChannels) channels, expected 1 or 3, as PNG files have")
        }
    }

    /// Collective. What rank 0 sees of the inputs, and the data set where they are one.
    private func inputs(_ communicator: any Communicator) throws -> (files: TranslationFiles, dataset: Dataset?) {
        let found = try communicator.attempt {
            try communicator.isRoot
                ? TranslationFiles(input: options.input, out: options.out, limit: options.count) : nil
        }
        let bytes = try found.map { Array(try JSONEncoder().encode($0)) } ?? []
        var files = try JSONDecoder().decode(
            TranslationFiles.self, from: Data(communicator.broadcast(bytes, from: 0)))
        guard files.isDataset else { return (files, nil) }
        try HostSurvey.survey(dataset: files.folder, communicator: communicator)
        let dataset = try communicator.attempt { try Dataset(files.folder) }
        files.rows = min(options.count ?? dataset.count, dataset.count)
        return (files, dataset)
    }

    /// Collective. The data set that statistics are taken of, where that is asked for.
    private func standingData(_ input: Dataset?, _ communicator: any Communicator) throws -> Dataset? {
        guard options.standingStatistics != nil else { return nil }
        guard let folder = options.data else {
            return try communicator.attempt {
                guard let input else {
                    throw DatasetError.usage(
                        "--standing-statistics: \(options.input) is no data set, which batches could be taken of; expected "
                            + "--data with the data set of the run")
                }
                return input
            }
        }
        try HostSurvey.survey(dataset: folder, communicator: communicator)
        return try communicator.attempt { try Dataset(folder) }
    }

    /// Before hours of work: what is written must replace nothing that is read, and a sheet must be possible.
    private func checkOutputs(_ files: TranslationFiles, _ reader: ConditionReader, _ sizes: TranslationSizes) throws {
        if let real = options.real {
            guard !files.isDataset else {
                throw DatasetError.usage(
                    "--real \(real): the images of \(files.folder) itself stand in the sheet; leave it out")
            }
            guard Files.isFolder(real) else {
                throw DatasetError.missingInput("--real \(real): no such folder, expected one of real images")
            }
        }
        try files.checkPlaces(sheet: options.sheet, real: options.real)
        guard let sheet = options.sheet else { return }
        let rows = try files.shown.map { job in
            let (picture, image) = try reader.size(of: job)
            guard let real = options.real else { return [picture, image] + (reader.knowsTruth ? [image] : []) }
            let (height, width) = try ImageFile.size(of: TranslationWork.real(of: job, in: real))
            return [picture, image, SheetSize(height, width)]
        }
        try TranslationSheet.check(sheet, rows, share: sizes.share)
    }

    private func makeFolders(_ files: TranslationFiles, _ communicator: any Communicator) throws {
        try communicator.attempt {
            for folder in files.folders {
                do {
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                } catch {
                    throw DatasetError.cannotWrite("\(folder): cannot be made a folder: \(error.localizedDescription)")
                }
            }
        }
    }
}

extension Communicator {
    /// Collective. Does what a rank does by itself.
    ///
    /// - Throws: on all ranks alike where `body` throws on one.
    fileprivate func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        let result = Result { try body() }
        var failure: (any Error)?
        if case .failure(let error) = result { failure = error }
        try agree(on: failure)
        return try result.get()
    }
}
