import Cluster
import Configuration
import Failure
import Foundation
import Recipes
import Reporting
import Storage
import Training

/// A training from its first message to its exit code, under mpirun on all ranks together.
public struct TrainSession: Sendable {
    /// Name of the preset that the other values start from; nil for that of the file, or else `quick`.
    public var preset: String?
    /// YAML file with keys of the configuration.
    public var file: String?
    /// key=value, of which later ones win.
    public var assignments: [String] = []
    /// `auto`, `never`, a checkpoint, or another run's folder.
    public var resume = "auto"
    /// Checkpoint whose networks the run starts with.
    public var transfer: String?
    /// Seconds to wait for another job's end.
    public var lockWait = 0.0
    /// What a launcher calls this start.
    public var launchName: String?
    /// Tell what the run would be, and train nothing.
    public var isDryRun = false
    private let runFolder: String

    /// - Parameter run: its folder; created where it is missing.
    public init(run: String) { runFolder = run }

    /// - Throws: ``UsageError`` where what was asked for cannot be had together, or is no such thing.
    public func check() throws(UsageError) {
        if transfer != nil && resume != "auto" && resume != "never" {
            throw UsageError("--transfer starts a new run, --resume \(resume) goes on with one: give one of them")
        }
        guard lockWait >= 0, lockWait <= 1e9 else {
            throw UsageError("--lock-wait \(lockWait): expected seconds, 0 to 1000000000")
        }
        if let launchName, !RunEnding.isLaunchName(launchName) {
            throw UsageError("--launch-name '\(launchName)': expected 1 to 64 letters, digits, dots, _ and -")
        }
    }

    /// Joins the job, trains, and exits as ``ExitCode`` says.
    public func launch() -> Never {
        JobGuard.launch { communicator in try run(communicator) }
    }

    /// The order in which a run starts. Every step is collective, and what can fail comes before what it would leave
    /// behind.
    private func run(_ communicator: any Communicator) throws -> Int32 {
        // A dry run writes nothing that a signal would have to wait for.
        if !isDryRun { try StopSignals.install() }
        let configuration = try Configuration.load(preset: preset, file: file, overrides: assignments)
        guard let path = configuration.data.path else {
            throw DatasetError.usage("no data set: give --data DIR, or data.path in the configuration")
        }
        try HostSurvey.survey(dataset: path, communicator: communicator)
        var dataset = try Dataset(path)
        let cores = try Processors.perRank(communicator)
        var resolved = try configuration.resolve(
            DataFacts(dataset.description, images: dataset.count), ranks: communicator.size, coresPerRank: cores)
        try ConfigurationCheck.compare(
            entries: resolved.entries + [
                ("(data set)", dataset.id), ("--resume", resume), ("--transfer", transfer ?? ""),
            ],
            communicator: communicator)
        if let note = try KernelAgreement.reach(resolved.cluster.kernels, communicator) {
            resolved.notes.append(note)
        }
        try Processors.start(threads: resolved.threads, cores: cores)
        try TrainingMemory.check(resolved, localRanks: communicator.localSize)
        let features = try TrainingFeatures.open(
            &resolved, data: path, datasetID: dataset.id, communicator: communicator)
        let featureCache = try RootsChoice.share(FeatureCacheFolder.path(option: nil), communicator)
        try TrainingRun.check(resolved, dataset: dataset, features: features)
        if isDryRun {
            if communicator.isRoot { try TrainingRun.check(start, of: resolved, run: runFolder) }
            try DryRun(resolved, dataset: dataset, communicator: communicator).print()
            return ExitCode.done
        }
        // Before anything that watches for stalls: a copy may take minutes, and so may another job.
        resolved.notes += try HostStaging.stage(&dataset, into: resolved.data.stage, communicator: communicator) {
            Console.ofRank.print($0)
        }
        // Before anything is written to the run folder.
        let lock = try RunFolderLock.take(
            RunFolder(runFolder), patience: resolved.cluster.lockSeconds, wait: lockWait, communicator: communicator
        ) { Console.ofRank.print($0) }
        defer { lock?.release() }
        try (communicator as? MPICommunicator)?.watch(stallSeconds: resolved.cluster.stallSeconds)
        return try TrainingRun(
            resolved, dataset: dataset, run: runFolder, start: start, features: features,
            featureCache: featureCache, lock: lock, launch: launchName,
            communicator: communicator, console: .ofRank
        ).run()
    }

    private var start: RunStart {
        if let transfer { return .transfer(transfer, overRemains: resume == "never") }
        switch resume {
        case "auto": return .auto
        case "never": return .fresh
        default: return .resume(resume)
        }
    }
}

extension Console {
    /// Standard output; lines are rewritten only where mpirun's own output, too, goes to a terminal.
    static var ofRank: Console {
        Launch.outputIsTerminal
            ? .standard : Console(isTerminal: false) { FileHandle.standardOutput.write(Data($0.utf8)) }
    }
}
