import ArgumentParser

/// Whence a generator that samples has the statistics of batch normalisation.
struct StatisticsOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Take statistics of batch normalisation anew, from so many batches as large as the run's, in place of the \
            moving averages of the checkpoint, which stays as it is; evaluate and translate take those of checkpoints that \
            translate from a data set's label maps or images.
            """, valueName: "batches"))
    var standingStatistics: Int?
}
