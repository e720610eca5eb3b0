import ArgumentParser
import Reporting
import Session

/// `ganglion visualize truncation`.
struct VisualizeTruncation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "truncation", abstract: "Draw the same seeds at several truncations.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion visualize truncation runs/first --out truncation.png
              ganglion visualize truncation runs/first --out beyond.png --seeds 3,8 \\
                  --psi=1.5,1,0.5,0,-0.5,-1

            A row a seed, a column a ψ: styles are so much of the way from their mean to the seed's (arXiv 1812.04948, \
            appendix B). 1 leaves them as they are, 0 is the mean itself, below 0 lies what is opposite. Only StyleGAN2's \
            layers take styles.
            """))

    @OptionGroup
    var arguments: LatentPictureArguments

    @Option(help: "Seeds, a row each. Default: 0-3.")
    var seeds: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Truncations, a column each. Default: 1,0.7,0.5,0.25,0.", valueName: "numbers"))
    var psi: String?

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: TruncationSession {
        get throws {
            try asUsage { try TruncationSession(arguments.options(), seeds: seeds, psis: psi) }
        }
    }
}
