import ArgumentParser
import Reporting
import Session

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract:
            "Compare what a checkpoint's averaged generator makes with the data; under mpirun on all ranks together.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion evaluate runs/first --data data/fashion
              mpirun -np 2 ganglion evaluate runs/first/checkpoints/00060000.h5 \\
                  --data data/fashion --metrics swd --images 4096 --json

            swd: sliced Wasserstein distance of local patches, times 1000, at each level of the Laplacian pyramid down to \
            16×16, and their average; low where generated images have the patches of real ones. msssim: mean multi-scale \
            similarity of random pairs; higher than that of real pairs where there is less variation. Both are those of \
            arXiv 1710.10196, section 5, and need images of 16×16 or more.

            Beside each stands what real images give: for msssim the same number of real pairs, for swd two sets that \
            share no image, each of --images images or of half the data set, whichever is fewer. That is the floor; with \
            fewer images it is a little higher.

            Real images are drawn without replacement; larger ones are reduced by means of their pixels. A generator that \
            still grows is compared at its final resolution, the pixels of its images repeated, as in training. \
            Generated images are those of the seeds S·N … S·N + N − 1 of `ganglion sample`, S of --seed and N their number; classes take turns. \
            The result depends on the seed, not on ranks and threads.
            """))

    @Argument(
        help:
            "Checkpoint, or a run folder, of which the newest is taken; one built from reference weights will do.")
    var checkpoint: String

    @Option(help: "Folder of HDF5 shards, made by `ganglion dataset`.")
    var data: String

    @Option(help: "Metrics, separated by commas: \(EvaluateSession.metricNames.joined(separator: ", ")).")
    var metrics = EvaluateSession.metricNames.joined(separator: ",")

    @Option(help: "Images of each set; at most as many as the data set has.")
    var images = 16_384

    @Option(help: "Seed of the images, patches, directions and pairs.")
    var seed: UInt32 = 0

    @OptionGroup
    var statistics: StatisticsOption

    @Option(help: "Worker threads of a rank; without it the node's cores are shared among its ranks.")
    var threads: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws { _ = try session }

    func run() throws { try session.launch { printBlock(json ? $0.json : $0.text) } }

    private var session: EvaluateSession {
        get throws {
            try asUsage {
                try EvaluateSession(
                    checkpoint: checkpoint, data: data, metrics: metrics, images: images, seed: seed, threads: threads,
                    standingStatistics: statistics.standingStatistics)
            }
        }
    }
}
