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
              ganglion evaluate runs/first --data data/fashion --metrics fid,kid,pr \\
                  --features inception.h5 --images 10000

            swd: sliced Wasserstein distance of local patches, times 1000, at each level of the Laplacian pyramid down to \
            16×16, and their average; low where generated images have the patches of real ones. msssim: mean multi-scale \
            similarity of random pairs; higher than that of real pairs where there is less variation. Both are those of \
            arXiv 1710.10196, section 5, and need images of 16×16 or more.

            The others look at features of a network, and carry its name: numbers in the features of two networks cannot be \
            compared. `ganglion features train` makes features.h5 of a data set, cluster/convert-inception makes one of the \
            published weights of Inception-v3. fid, kid: distances of the two sets' features. is: Inception score, of the \
            network's class probabilities; higher is better. pr: precision and recall, dc: density and coverage, the shares of \
            each set within the other's neighbourhoods; higher is better. ppl: perceptual path length, in these features \
            instead of the paper's; low where the latent space is smooth, and of no meaning for real images.

            miou: mean intersection over union of the label maps that images were made of and what a segmenter sees in them, \
            and the pixel accuracy; of checkpoints that translate, whose images are made of the data set's own \
            maps or images. `ganglion features train --maps` makes segmenter.h5.

            Of data sets of fields there are others, in physical units: spectrum, histogram, s2, moments, correlation, seam; all \
            that are defined without --metrics. Low is good, but for seam, the differences across the border over those inside, \
            which is 1 where periodic fields have no seam. Generated samples have the conditions of the real ones.

            Beside each stands what real images give: for msssim the same number of real pairs, for is as many real images, for the others two sets that \
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

    @Option(
        help:
            "Metrics, separated by commas: \(EvaluateSession.metricNames.joined(separator: ", ")); of fields \(EvaluateSession.fieldMetricNames.joined(separator: ", ")). Without it swd, msssim, those of features where there is a features file, and miou where there is a segmenter."
    )
    var metrics: String?

    @Option(help: "Features file; without it features.h5 in the data folder, where there is one.")
    var features: String?

    @Option(help: "Segmenter, for miou; without it segmenter.h5 in the data folder, where there is one.")
    var segmenter: String?

    @Option(
        help:
            "How images are resized for Inception-v3: \(FeaturesOption.resizes.joined(separator: ", ")) (as in the original graph and the StyleGAN papers)."
    )
    var resize = FeaturesOption.resizes[0]

    @Flag(help: "Take features that were learned from another data set.")
    var anyFeatures = false

    @Option(
        help:
            "Folder in which features of real images are kept for the next time, or 'none'; without it $GANGLION_CACHE, else $XDG_CACHE_HOME/ganglion, else ~/.cache/ganglion."
    )
    var cache: String?

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
                    checkpoint: checkpoint, data: data, metrics: metrics,
                    features: FeaturesOption(file: features, resize: resize, any: anyFeatures),
                    segmenter: SegmenterOption(file: segmenter), cache: cache,
                    images: images, seed: seed, threads: threads, standingStatistics: statistics.standingStatistics)
            }
        }
    }
}
