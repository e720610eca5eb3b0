import ArgumentParser
import Cluster
import Configuration
import Failure
import Foundation
import Reporting
import Session
import Storage
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a generator and a discriminator; under mpirun on all ranks together.",
        discussion: HelpText.text(
            """
            Example, two ranks on this machine:

              mpirun -np 2 ganglion train --data data/fashion --run runs/first \\
                  --preset quick --kimg 60

            Stop it with SIGUSR1 to mpirun: the step ends, a checkpoint is written, and --resume auto, \
            the default, goes on from it, on as many ranks as you like. Ctrl-C does the same where the script \
            cluster/launch has started the ranks, which mpirun itself would kill, or where there is one. Exit codes: 0 done, 75 stopped after a checkpoint.

            Keys of the configuration (YAML with --config, or --set key=value), with the values of the preset quick:


            """
        ) + HelpText.keys())

    @Option(help: "Folder of HDF5 shards, made by `ganglion dataset`; the key data.path.")
    var data: String?

    @Option(name: .customLong("run"), help: "Run folder; created where it is missing.")
    var runFolder: String

    @Option(
        help: "Preset that the other values start from: \(Preset.available.map(\.rawValue).joined(separator: ", ")).")
    var preset: String?

    @Option(help: "YAML file with keys of the configuration.")
    var config: String?

    @Option(help: "Thousands of real images to show in all.")
    var kimg: Double?

    @Option(help: "Images of a step, over all ranks.")
    var batch: Int?

    @Option(help: "Images of a step on each rank: the batch grows with the ranks.")
    var batchPerRank: Int?

    @Option(help: "Images that are computed as one unit.")
    var microbatch: Int?

    @Option(help: "Seed of every random draw.")
    var seed: UInt64?

    @Option(help: "Worker threads of a rank; without it the node's cores are shared among its ranks.")
    var threads: Int?

    @Option(
        help:
            """
            auto: go on where the run folder stands; never: start afresh where there are no checkpoints; or a checkpoint, \
            or another run folder, of which the newest is taken.
            """
    )
    var resume = "auto"

    @Option(help: "Start afresh with the networks of this checkpoint, or of a run folder's newest.")
    var transfer: String?

    @Option(help: "Seconds to wait for the end of another job that uses the run folder; without it this one ends.")
    var lockWait = 0.0

    @Option(help: "Name that a launcher gives this start, to find it in ended.json in the run folder.")
    var launchName: String?

    @Flag(help: "Print the resolved configuration, the parameters, and an estimate of memory and time; train nothing.")
    var dryRun = false

    @Option(name: .customLong("set"), help: "key=value; may be given many times.")
    var overrides: [String] = []

    func validate() throws {
        if batch != nil && batchPerRank != nil {
            throw ValidationError("--batch and --batch-per-rank exclude each other")
        }
        if transfer != nil && resume != "auto" && resume != "never" {
            throw ValidationError("--transfer starts a new run, --resume \(resume) goes on with one: give one of them")
        }
        guard lockWait >= 0, lockWait <= 1e9 else {
            throw ValidationError("--lock-wait \(lockWait): expected seconds, 0 to 1000000000")
        }
        if let launchName, !RunEnding.isLaunchName(launchName) {
            throw ValidationError("--launch-name '\(launchName)': expected 1 to 64 letters, digits, dots, _ and -")
        }
    }

    func run() throws {
        JobGuard.launch { communicator in
            try train(communicator)
        }
    }

    private func train(_ communicator: any Communicator) throws -> Int32 {
        // A dry run writes nothing that a signal would have to wait for.
        if !dryRun { try StopSignals.install() }
        let configuration = try Configuration.load(preset: preset, file: config, overrides: assignments)
        guard let path = configuration.data.path else {
            throw DatasetError.usage("no data set: give --data DIR, or data.path in the configuration")
        }
        try HostSurvey.survey(dataset: path, communicator: communicator)
        var dataset = try Dataset(path)
        let cores = try Processors.perRank(communicator)
        var resolved = try configuration.resolve(
            resolution: dataset.description.resolution, channels: dataset.description.channels,
            classes: dataset.description.classes, ranks: communicator.size, coresPerRank: cores)
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
        if dryRun {
            try DryRun(resolved, dataset: dataset, communicator: communicator).print()
            return ExitCode.done
        }
        try TrainingRun.check(resolved, dataset: dataset)
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
            resolved, dataset: dataset, run: runFolder, start: start, lock: lock, launch: launchName,
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

    /// Options are keys with a short name; what is given with --set comes later and wins.
    private var assignments: [String] {
        let options: [(String, String?)] = [
            ("data.path", data), ("kimg", kimg.map { "\($0)" }), ("batch", batch.map { "\($0)" }),
            ("batch_per_rank", batchPerRank.map { "\($0)" }), ("microbatch", microbatch.map { "\($0)" }),
            ("seed", seed.map { "\($0)" }), ("threads", threads.map { "\($0)" }),
        ]
        return options.compactMap { key, value in value.map { "\(key)=\($0)" } } + overrides
    }
}

extension Console {
    /// Standard output; lines are rewritten only where mpirun's own output, too, goes to a terminal.
    fileprivate static var ofRank: Console {
        Launch.outputIsTerminal
            ? .standard : Console(isTerminal: false) { FileHandle.standardOutput.write(Data($0.utf8)) }
    }
}
