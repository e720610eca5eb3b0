import ArgumentParser
import Reporting
import Session

/// `ganglion features train`: features of one's own.
struct FeaturesTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract:
            "Train a small classifier whose features metrics look at, or a segmenter; under mpirun on all ranks together.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion features train --data data/fashion
              mpirun -np 2 ganglion features train --data data/photos --unlabelled \\
                  --out features.h5 --epochs 20
              ganglion features train --data data/shapes --maps

            A residual network learns the classes of a labelled data set, or, where there are none or with --unlabelled, \
            by which of four quarter turns an image was turned. A part of the images is held out: how many of them it \
            tells right is printed, and stands in the file. With the file go the identity of its data, and all that is \
            needed to use it: `ganglion evaluate` prints distances in its features under its name, classifier or \
            rotation. Such numbers can be compared among each other, and with no others.

            With --maps it is a segmenter, which learns the label maps beside the images: by it `ganglion evaluate` tells how \
            well images keep to the maps that they were made of (miou). With --dont-care class 0 of the maps is no class of \
            any, as in a run with data.dont_care=true: it is not learned, and its pixels do not count.

            The result is the same, bit for bit, on 1, 2, 4 and 8 ranks. Ctrl-C ends it with 75 and without a file.
            """))

    @Option(help: "Folder of HDF5 shards, made by `ganglion dataset`.")
    var data: String

    @Option(
        help:
            "File to write; without it features.h5, with --maps segmenter.h5, in the folder of the data, where metrics look for it."
    )
    var out: String?

    @Flag(help: "Replace a file that is there.")
    var force = false

    @Flag(help: "Learn quarter turns, even where there are labels.")
    var unlabelled = false

    @Flag(help: "Learn the label maps: a segmenter, for miou.")
    var maps = false

    @Flag(help: "Class 0 of the label maps is of no known class: it is not learned, and does not count.")
    var dontCare = false

    @Option(help: "Thousand images to show; without it 100, but at most 40 epochs.")
    var kimg: Double?

    @Option(help: "How often to show each image, in place of --kimg.")
    var epochs: Double?

    @Option(help: "Images of a step, over all ranks; without it 128, fewer of images larger than 64x64.")
    var batch: Int?

    @Option(help: "Side of the images that the network looks at; without it that of the data, at most 128.")
    var resolution: Int?

    @Option(help: "Seed of the weights and of the order of the images.")
    var seed: UInt32 = 0

    @Option(help: "Worker threads of a rank; without it the node's cores are shared among its ranks.")
    var threads: Int?

    func validate() throws { _ = try session }

    func run() throws { try session.launch() }

    private var session: FeaturesSession {
        get throws {
            var options = FeaturesSession.Options(data: data)
            options.out = out
            options.force = force
            options.unlabelled = unlabelled
            options.maps = maps
            options.dontCare = dontCare
            options.kimg = kimg
            options.epochs = epochs
            options.batch = batch
            options.resolution = resolution
            options.seed = seed
            options.threads = threads
            return try asUsage { try FeaturesSession(options, program: Ganglion.configuration.version) }
        }
    }
}
