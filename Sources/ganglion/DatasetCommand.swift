import ArgumentParser

/// `ganglion dataset`: makes and examines datasets.
struct DatasetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "Make a dataset of HDF5 shards, or examine one.",
        subcommands: [Import.self, Synthesize.self, Info.self])
}
