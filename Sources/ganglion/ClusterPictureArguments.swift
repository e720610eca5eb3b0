import ArgumentParser
import Session

/// What the commands that draw clustered feature maps have in common.
struct ClusterPictureArguments: ParsableArguments {
    @Option(help: "FILE.png.")
    var out: String

    @Option(help: "Images, 1 to 64. Default: 8, and 4 of several checkpoints.")
    var count: Int?

    @Option(help: "Clusters of each resolution, 2 to 32.")
    var clusters = ClusterPictureOptions.usualClusters

    @Option(help: "Checkpoints of a run that are shown, 2 to 12: the first, the last, and others evenly between.")
    var columns = ClusterPictureOptions.usualColumns

    @Option(help: "Seed of the first generated image, which the others follow, and of the clusters.")
    var seed: UInt32 = 0

    @OptionGroup
    var truncation: TruncationArgument

    @Option(
        name: .customLong("class"),
        help: "Classes of a conditional generator, by their numbers or names; several take turns. Default: all.")
    var label: String?

    @OptionGroup
    var statistics: StatisticsOption

    var options: ClusterPictureOptions {
        var options = ClusterPictureOptions(out: out)
        (options.count, options.clusters, options.columns) = (count, clusters, columns)
        (options.seed, options.truncation, options.label) = (seed, truncation.psi, label)
        options.standingStatistics = statistics.standingStatistics
        return options
    }
}
