import ArgumentParser
import Reporting
import Session

struct StudyReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Make the table and the picture of a study, as far as its runs have come.",
        discussion: HelpText.text(
            """
            Example:

              ganglion study report rates.yaml

            The table is printed, and written as study.md into the folder of the study, beside the picture study.svg: the \
            first metric over images and over seconds of training, mean and standard deviation over seeds. Runs may still be \
            going on. What is missing or damaged in a folder, or was run with other settings, is left out, and said.
            """))

    @Argument(help: "YAML file of the study.")
    var file: String

    func run() throws {
        // Its last line ends already.
        printBlock(String(try StudyReport(file: file).write().dropLast()))
    }
}
