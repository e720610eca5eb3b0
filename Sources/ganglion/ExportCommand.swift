import ArgumentParser
import Reporting
import Session

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a checkpoint's network for other programs.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion export runs/first --format safetensors --out first.safetensors
              ganglion export runs/first --format safetensors --out d.safetensors \\
                  --network discriminator

            safetensors is what Python's library of that name reads: arrays by the names of the reference implementations, in \
            PyTorch's order (OIHW, [out, in]), with the run's configuration in the metadata. Weights of layers with an equalised \
            learning rate are those before the run-time scale, as there.
            """))

    @Argument(
        help: "Checkpoint, or a run folder, of which the newest is taken; one built from reference weights will do.")
    var checkpoint: String

    @Option(help: "safetensors.")
    var format: String

    @Option(help: "FILE.safetensors.")
    var out: String

    @Option(
        help: """
            A network of the checkpoint, such as ema, generator, discriminator; without it the averaged generator (ema).
            """)
    var network: String?

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: ExportSession {
        get throws {
            try asUsage {
                try ExportSession(checkpoint: checkpoint, format: format, out: out, network: network)
            }
        }
    }
}
