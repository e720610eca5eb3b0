import ArgumentParser

/// `ganglion visualize`: pictures of what networks do, a file a kind.
struct VisualizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visualize", abstract: "Draw what a checkpoint's networks do.",
        subcommands: [
            VisualizeAttention.self, VisualizeFeatures.self, VisualizeDecoder.self, VisualizeSpectrum.self,
            VisualizeInterpolation.self, VisualizeMixing.self, VisualizeTruncation.self, VisualizeNeighbours.self,
            VisualizeProject.self,
        ])
}
