import ArgumentParser
import Cluster
import Configuration
import Evaluation
import Failure
import Foundation
import Kernels
import Reporting
import Storage
import Training

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

    @Option(help: "Metrics, separated by commas: \(Metrics.names.joined(separator: ", ")).")
    var metrics = Metrics.names.joined(separator: ",")

    @Option(help: "Images of each set; at most as many as the data set has.")
    var images = 16_384

    @Option(help: "Seed of the images, patches, directions and pairs.")
    var seed: UInt32 = 0

    @Option(help: "Worker threads of a rank; without it the node's cores are shared among its ranks.")
    var threads: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        _ = try chosen
        guard images >= 2 else { throw ValidationError("--images \(images): expected 2 or more") }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): expected 1 to 1024")
        }
    }

    /// In the order in which all are listed.
    private var chosen: [any Metric.Type] {
        get throws {
            let asked = metrics.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            if let unknown = asked.first(where: { Metrics.named($0) == nil }) {
                throw ValidationError(
                    "--metrics: found '\(unknown)', expected some of \(Metrics.names.joined(separator: ", "))")
            }
            return Metrics.all.filter { asked.contains($0.name) }
        }
    }

    func run() throws {
        JobGuard.launch { communicator in
            try evaluate(communicator)
            return ExitCode.done
        }
    }

    private func evaluate(_ communicator: any Communicator) throws {
        let chosen = try chosen
        let named = try NamedCheckpoint.shared(checkpoint, communicator)
        let checkpoint = named.path
        try HostSurvey.survey(dataset: data, files: [checkpoint], communicator: communicator)
        let sets = try EvaluatedSets(checkpoint: checkpoint, data: data, images: images, seed: seed)
        try ConfigurationCheck.compare(
            entries: [
                ("--metrics", metrics), ("--images", "\(images)"), ("--seed", "\(seed)"),
                ("(generator)", sets.generatorHash), ("(data set)", sets.datasetID),
            ], communicator: communicator)
        let notes = named.notes + sets.notes + [try KernelAgreement.reach(.common, communicator)].compactMap { $0 }
        let cores = try Processors.perRank(communicator)
        try Processors.start(threads: threads ?? cores, cores: cores)

        var report = EvaluationReport(checkpoint: checkpoint, data: data, seed: seed, sets: sets, notes: notes)
        for type in chosen {
            let metric = type.init(seed: UInt64(seed), memory: EvaluatedSets.metricMemory)
            let counts = metric.counts(ofReal: sets.realImages)
            report.findings.append(
                EvaluationReport.Finding(
                    metric: type.name,
                    generated: try metric.values(of: sets.generated, real: sets.real, communicator: communicator),
                    real: try metric.values(ofReal: sets.realImages, communicator: communicator), counted: counts.name,
                    count: counts.count, realImages: counts.images))
        }
        if communicator.isRoot { printBlock(json ? report.json : report.text) }
    }
}
