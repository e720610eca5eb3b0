import ArgumentParser
import Reporting
import Session

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write one HTML file that shows a run, or several beside one another.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion report runs/first
              ganglion report runs/first --out first.html --data data/photos
              ganglion report runs/first runs/second --out comparison.html

            The file needs nothing else, neither a network nor a server: curves with what they mean, sheets over time, real \
            images and the nearest of them to samples, the configuration, warnings, checkpoints. A run may still be going on. \
            What is missing or damaged in its folder is left out, and said.
            """))

    @Argument(help: "Run folders; of several the curves stand over one another.")
    var runs: [String]

    @Option(help: "The file; report.html in the folder of a single run without it.")
    var out: String?

    @Option(
        help: "Folder of the data set, where samples' nearest real images are looked for; that of the run without it.")
    var data: String?

    @Option(help: "Features file in which neighbours are looked for; that of the run without it.")
    var features: String?

    @Option(help: "Real images that are looked through; 20000 without it, or 4000 with Inception-v3.")
    var reals: Int?

    @Option(help: "Threads; one for each core without it.")
    var threads: Int?

    func run() throws {
        let session = try asUsage {
            try ReportSession(
                runs: runs, out: out, data: data, features: features, reals: reals, threads: threads)
        }
        printLine("report: \(try session.run())")
    }
}
