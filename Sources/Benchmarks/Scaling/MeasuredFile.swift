import Failure
import Foundation
import Reporting
import Storage

/// Reads what `ganglion bench cluster --json` printed, and writes what follows from it.
public enum MeasuredFile {
    /// The report on steps measured by several jobs.
    ///
    /// - Throws: ``MeasuredFileError`` that names the file.
    public static func report(on files: [String], _ question: ScalingReport.Question) throws -> ScalingReport {
        let results = try files.map(Self.results)
        do {
            return ScalingReport(try ScalingData(results), question)
        } catch let error as ScalingError {
            throw MeasuredFileError(
                file: files.joined(separator: ", "), reason: error.found, expected: error.expected)
        }
    }

    /// Draws efficiencies.
    ///
    /// - Throws: ``ReportingError``.
    public static func draw(_ report: ScalingReport, to svg: String) throws {
        do {
            try Data(ScalingPicture.svg(report).utf8).write(to: URL(fileURLWithPath: svg), options: .atomic)
        } catch {
            throw ReportingError(attempt: "write the picture", path: svg, reason: error.localizedDescription)
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
