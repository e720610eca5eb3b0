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
              ganglion export runs/first --format onnx --out first.onnx

            safetensors is what Python's library of that name reads: arrays by the names of the reference implementations, in \
            PyTorch's order (OIHW, [out, in]), with the run's configuration in the metadata. Weights of layers with an equalised \
            learning rate are those before the run-time scale, as there.

            onnx is a graph of the averaged generator that ONNX Runtime runs, any number of samples at once: inputs z [N, numbers], \
            labels [N, classes] with a 1 for the class or condition [N, numbers] in physical units, and truncation [1, 1] where there \
            are styles; output image [N, C, H, W] in [-1, 1], or fields [N, C, H, W] in physical units. Noise inputs are the fixed \
            planes of the network. Where label maps or images condition each pixel, condition is [N, C, H, W], a 1 for the class of \
            a pixel, pictures in [-1, 1], fields in physical units; dropout_0 … are what Pix2Pix's dropout multiplies by, 1 for none.
            """))

    @Argument(
        help: "Checkpoint, or a run folder, of which the newest is taken; one built from reference weights will do.")
    var checkpoint: String

    @Option(help: "onnx or safetensors.")
    var format: String

    @Option(help: "FILE.onnx or FILE.safetensors.")
    var out: String

    @Option(
        help: """
            Of safetensors: a network of the checkpoint, such as ema, generator, discriminator; without it the averaged generator \
            (ema).
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
