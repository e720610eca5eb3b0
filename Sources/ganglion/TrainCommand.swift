import ArgumentParser
import Configuration
import Reporting
import Session

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
        ) + HelpText.list(Configuration.help(columns: HelpText.width)))

    @Option(help: "Folder of HDF5 shards, made by `ganglion dataset`; the key data.path.")
    var data: String?

    @Option(name: .customLong("run"), help: "Run folder; created where it is missing.")
    var runFolder: String

    @Option(
        help: "Preset that the other values start from: \(Preset.allCases.map(\.rawValue).joined(separator: ", ")).")
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
        try asUsage { try session.check() }
    }

    func run() throws { session.launch() }

    private var session: TrainSession {
        var session = TrainSession(run: runFolder)
        (session.preset, session.file, session.assignments) = (preset, config, assignments)
        (session.resume, session.transfer, session.isDryRun) = (resume, transfer, dryRun)
        (session.lockWait, session.launchName) = (lockWait, launchName)
        return session
    }

    /// Options are keys with a short name; what is given with --set comes later and wins.
    private var assignments: [String] {
        let options: [(String, (any CustomStringConvertible)?)] = [
            ("data.path", data), ("kimg", kimg), ("batch", batch), ("batch_per_rank", batchPerRank),
            ("microbatch", microbatch), ("seed", seed), ("threads", threads),
        ]
        return options.compactMap { key, value in value.map { "\(key)=\($0)" } } + overrides
    }
}
