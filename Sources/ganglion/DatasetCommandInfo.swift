import ArgumentParser
import Reporting
import Session

extension DatasetCommand {
    /// `ganglion dataset info`.
    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a dataset holds, and check it.",
            discussion: HelpText.text(
                """
                Example:

                  ganglion dataset info data/fashion --preview preview.png --verify
                """))

        @Argument(help: "The dataset's folder.")
        var folder: String

        @Option(
            help: ArgumentHelp(
                "Write 64 of the images, or with labels a row of each class, to a PNG file: 8 in a row.",
                valueName: "file"))
        var preview: String?

        @Flag(help: "Read everything and compare it with its checksums.")
        var verify = false

        func validate() throws {
            guard let preview, !preview.lowercased().hasSuffix(".png") else { return }
            throw ValidationError("--preview \(preview): expected FILE.png")
        }

        func run() throws { try DatasetInfoSession(folder: folder, preview: preview, verify: verify).run() }
    }
}
