import ArgumentParser
import Failure
import Foundation
import Reporting
import Storage
import Training

/// `ganglion bench scaling`.
struct BenchScaling: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scaling", abstract: "Fit a model to steps measured on several ranks, and predict more ranks.",
        discussion: HelpText.text(
            """
            Example, of what cluster/scaling measures:

              ganglion bench scaling measured/*.json --svg scaling.svg

            Reads what `ganglion bench cluster --json` printed: of one rank with several batches, and of 2, 4, … ranks, \
            one to a host, with alone, overlapped and exposed by turns. Links limited to several bandwidths, told with \
            --rate, show what bytes cost. The model is fitted to overlapped and exposed steps; held out is a model that \
            knows only steps of fewer ranks. Predicted are nodes such as the one measured, with one rank each.
            """))

    @Argument(help: "JSON of ganglion bench cluster, a file for each job.")
    var files: [String]

    @Option(help: "Images of a rank in weak scaling. Default: the most that one rank was measured with.")
    var batchPerRank: Int?

    @Option(help: "Images of all ranks in strong scaling.")
    var batch = 1024

    @Option(help: "Bandwidths to predict for.")
    var rates = "1gbit,10gbit,25gbit,100gbit"

    @Option(help: "Draw efficiencies into this file.")
    var svg: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try BenchCommand.check(("batch-per-rank", batchPerRank, 1_048_576), ("batch", batch, 1_048_576))
        _ = try chosenRates
    }

    func run() throws {
        var question = ScalingReport.Question()
        question.rates = try chosenRates
        question.imagesPerRank = batchPerRank
        question.batch = batch
        let results = try files.map(Self.results)
        let data: ScalingData
        do { data = try ScalingData(results) } catch let error as ScalingError {
            throw MeasuredFileError(
                file: files.joined(separator: ", "), reason: error.found, expected: error.expected)
        }
        let report = ScalingReport(data, question)
        if let svg {
            do {
                try Data(ScalingPicture.svg(report).utf8).write(to: URL(fileURLWithPath: svg), options: .atomic)
            } catch {
                throw ReportingError(attempt: "write the picture", path: svg, reason: error.localizedDescription)
            }
        }
        if json { try BenchCommand.printJSON("scaling", report) } else { printBlock(ScalingText.text(report)) }
    }

    private var chosenRates: [Double] {
        get throws {
            try rates.split(separator: ",", omittingEmptySubsequences: false).map { word in
                guard let rate = LinkRate(argument: String(word))?.gigabitsPerSecond else {
                    throw ValidationError("--rates: found '\(word)', expected some such as 500mbit,10gbit")
                }
                return rate
            }
        }
    }

    private static func results(_ file: String) throws -> [ClusterBenchmark.Result] {
        if FileManager.default.fileExists(atPath: file) { try Files.requireRegular(file) }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw MeasuredFileError(file: file, reason: nil)
        }
        do {
            let report = try CheckedJSON.decode([String: [ClusterBenchmark.Result]].self, from: Array(data))
            guard let results = report["cluster"] else {
                throw MeasuredFileError(file: file, reason: "no key 'cluster'")
            }
            return results
        } catch DecodingError.keyNotFound(let key, _) {
            throw MeasuredFileError(file: file, reason: "a result without '\(key.stringValue)'")
        } catch let error as DecodingError {
            throw MeasuredFileError(file: file, reason: "\(error)")
        } catch let error as JSONSyntaxError {
            throw MeasuredFileError(file: file, reason: "\(error)")
        }
    }
}

/// A file that is not what `ganglion bench cluster --json` prints.
struct MeasuredFileError: ExitCoded, CustomStringConvertible {
    let file: String
    /// Nil where there is no file.
    let reason: String?
    var expected = "what ganglion bench cluster --json prints"
    var exitCode: Int32 { reason == nil ? ExitCode.missingInput : ExitCode.badData }
    var description: String {
        "\(file): found \(reason ?? "no file that can be read"); expected \(expected)"
    }
}
