import ArgumentParser

/// `ganglion features`: networks in whose features metrics compare images.
struct FeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Make networks in whose features metrics compare images.",
        subcommands: [FeaturesTrain.self])
}
