import Cluster
import Configuration
import Evaluation
import Failure
import Foundation
import Reporting
import Storage

/// Spectra and histograms of a run on fields, for its report: of its newest checkpoint, beside those of the data set.
struct RunFields {
    /// Samples of each set, unless others are asked for.
    private static let samples = 512

    let record: RunRecord
    /// Of the run; nil where its file cannot be read.
    let configuration: Configuration?
    /// Folder of the data set; nil for that of the configuration.
    let data: String?
    /// File of a network that looks at pictures; nil where none was named.
    let features: String?
    let reals: Int?

    /// - Returns: nil of a run on pictures, or whose data set cannot be read.
    /// - Throws: errors that name what was asked for in so many words, and does not fit.
    func find() throws -> ReportedFields? {
        guard let path = data ?? configuration?.data.path,
            let dataset = try? Dataset(path), !dataset.description.isPicture
        else { return nil }
        guard features == nil else {
            throw DatasetError.usage(
                "--features: networks look at pictures, but \(path) has fields; leave it out")
        }
        guard let newest = record.latest ?? record.checkpoints.first?.name else {
            return ReportedFields(notes: ["The folder has no checkpoint whose samples could be looked at."])
        }
        do {
            let sets = try EvaluatedFields(
                checkpoint: record.folder.checkpoints + "/" + newest, data: path, images: reals ?? Self.samples, seed: 0
            )
            let curves = try FieldCurves(real: sets.real, generated: sets.generated, LoopbackCommunicator())
            return ReportedFields(
                charts: FieldCharts.charts(curves),
                sentence: "Of checkpoint \(newest). " + FieldCharts.sentence(curves), notes: sets.notes)
        } catch let error as any ExitCoded {
            // What was asked for must not be left out quietly.
            if data != nil { throw error }
            return ReportedFields(notes: ["Not drawn: \(error). --data DIR names the data set where it has moved."])
        }
    }
}
