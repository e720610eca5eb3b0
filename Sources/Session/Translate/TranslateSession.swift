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
        /// A PNG or JPEG file, or a folder of them.
        public var input: String
        /// A folder.
        public var out: String
        /// Of noise and dropout: the same of every file, so that its image does not depend on the others.
        public var seed: UInt32 = 0
        /// `global`, or `class:K`; nil for global.
        public var noise: String?
        /// Names and colours of label maps' classes; nil for `palette.json` beside the inputs, where there is one.
        public var palette: String?
        /// A PNG file; nil for none.
        public var sheet: String?
        /// A folder of what was there in truth, for the sheet, named as the inputs are.
        public var real: String?
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
    /// - Parameter say: takes a line at a time, on all ranks alike.
    /// - Throws: errors that name the checkpoint or the file and what is wrong with it; where one rank alone has failed,
    ///   ``OtherRankError`` on the others.
    package func run(_ communicator: any Communicator, _ say: (String) -> Void) throws {
        let named = try NamedCheckpoint.shared(options.checkpoint, communicator)
        try HostSurvey.survey(dataset: nil, files: [named.path], communicator: communicator)
        let file = try GeneratorFile(named.path)
        guard file.generator.conditionChannels > 0 else {
            throw DatasetError.usage(
                "translate: \(named.path) makes \(file.sampleFormat == nil ? "images" : "fields") of latents, not of label "
                    + "maps or images; ganglion sample makes them. Expected a checkpoint of pix2pix, ccfpse or oasis")
        }
        let noise = try self.noise.noise(of: file)
        let files = try shared(communicator)
        let reader = try ConditionReader(file, palette: options.palette, folder: files.folder)
        let hash = [file.parameters.values, file.parameters.state].map { String(StateHash.hash($0), radix: 16) }
        try ConfigurationCheck.compare(
            entries: [
                ("(generator)", hash.joined(separator: "-")), ("--seed", "\(options.seed)"),
                ("--noise", options.noise ?? "global"), ("--out", options.out),
            ], communicator: communicator)
        let note = try KernelAgreement.reach(.common, communicator)
        let cores = try Processors.perRank(communicator)
        try Processors.start(threads: options.threads ?? cores, cores: cores)
        for line in named.notes + [note].compactMap({ $0 }) { say(line) }

        try makeFolders(files, communicator)
        // All begin a round together: none waits for long, and none goes on where another has failed.
        for first in stride(from: 0, to: files.jobs.count, by: communicator.size) {
            try communicator.attempt {
                let own = first + communicator.rank
                guard own < files.jobs.count else { return }
                let job = files.jobs[own]
                try ImageFile.write(try translated(reader.read(job.input), file, noise), to: job.output)
            }
        }
        let count = files.jobs.count
        say("\(count) image\(count == 1 ? "" : "s") in \(options.out)")
        guard let sheet = options.sheet else { return }
        try communicator.attempt {
            if communicator.isRoot { try write(sheet, files, reader, file, noise) }
        }
        say(
            "\(min(count, TranslationSheet.mostRows)) of them in \(sheet): condition, generated"
                + (options.real == nil ? "" : ", real"))
    }

    /// What rank 0 sees of the files.
    private func shared(_ communicator: any Communicator) throws -> TranslationFiles {
        var found: TranslationFiles?
        try communicator.attempt {
            if communicator.isRoot { found = try TranslationFiles(input: options.input, out: options.out) }
        }
        let bytes = try found.map { Array(try JSONEncoder().encode($0)) } ?? []
        return try JSONDecoder().decode(TranslationFiles.self, from: Data(communicator.broadcast(bytes, from: 0)))
    }

    private func makeFolders(_ files: TranslationFiles, _ communicator: any Communicator) throws {
        try communicator.attempt {
            for folder in Set(files.jobs.map { Self.folder(of: $0.output) }).sorted() {
                do {
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                } catch {
                    throw DatasetError.cannotWrite("\(folder): cannot be made a folder: \(error.localizedDescription)")
                }
            }
        }
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    private func translated(
        _ condition: ConditionReader.Condition, _ file: GeneratorFile, _ noise: TranslationNoise
    ) throws -> RasterImage {
        let pixels = try file.translated(condition.pixels, seeds: [Int(options.seed)], noise: noise)
        return RasterImage(
            height: condition.height, width: condition.width, channels: file.generator.imageChannels, pixels: pixels)
    }

    /// Its images are made once more: those of other ranks may lie on other hosts.
    private func write(
        _ path: String, _ files: TranslationFiles, _ reader: ConditionReader, _ file: GeneratorFile,
        _ noise: TranslationNoise
    ) throws {
        var sheet = TranslationSheet()
        for job in files.jobs.prefix(TranslationSheet.mostRows) {
            let condition = try reader.read(job.input)
            var row = [condition.picture, try translated(condition, file, noise)]
            if let real = options.real { row.append(try ImageFile.read(try Self.real(of: job, in: real))) }
            sheet.add(row)
        }
        try ImageFile.write(sheet.picture(), to: path)
    }

    /// The file of a name, whatever its ending.
    private static func real(of job: TranslationFiles.Job, in folder: String) throws -> String {
        let names = ["png", "jpg", "jpeg", "PNG", "JPG", "JPEG"].map { "\(folder)/\(job.stem).\($0)" }
        guard let name = names.first(where: { FileKind(at: $0) != nil }) else {
            throw DatasetError.missingInput(
                "--real \(folder): has no image of \(job.input): expected \(folder)/\(job.stem).png, or .jpg")
        }
        return name
    }
}

extension Communicator {
    /// Collective. Does what a rank does by itself.
    ///
    /// - Throws: on all ranks alike where `body` throws on one.
    fileprivate func attempt(_ body: () throws -> Void) throws {
        var failure: (any Error)?
        do { try body() } catch { failure = error }
        try agree(on: failure)
    }
}
